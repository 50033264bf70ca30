"""Twenty-five Adam steps of a small dense VAE in PyTorch, on fixed weights, batches and noise.

    encoder 64 - 32 - (3, 3), decoder 3 - 32 - 64, ReLU; the encoder gives loc and log scale
    z = loc + exp(log scale) noise,      prior N(0, I)
    x | z ~ Bernoulli(logits), or Normal(mean, s) with one learned s for all pixels, 1/2 at first
    loss = batch mean of  -sum over pixels log p(x | z) + KL(q(z | x) || p(z)),  nats per example
"""
import numpy as np
import torch
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

PIXELS, HIDDEN, LATENT, BATCH, STEPS, RATE = 64, 32, 3, 16, 25, 1e-3
SHAPES = {                                               # weights are (in, out)
    "encoder.weight": (PIXELS, HIDDEN), "encoder.bias": (HIDDEN,),
    "loc.weight": (HIDDEN, LATENT), "loc.bias": (LATENT,),
    "log_scale.weight": (HIDDEN, LATENT), "log_scale.bias": (LATENT,),
    "decoder.weight": (LATENT, HIDDEN), "decoder.bias": (HIDDEN,),
    "pixels.weight": (HIDDEN, PIXELS), "pixels.bias": (PIXELS,),
}
GREYS = 16


def draw(rng):
    """Weights with variance 1/fan in, small biases; and images (bits, greys) of two causes."""
    weights = {name: rng.normal(size=shape) / (np.sqrt(shape[0]) if len(shape) == 2 else 10)
               for name, shape in SHAPES.items()}
    causes = rng.normal(size=(STEPS, BATCH, 2)) @ rng.normal(size=(2, PIXELS))
    ink = causes + rng.normal(size=(STEPS, BATCH, PIXELS))
    batches = {"bernoulli": (ink > 0.5).astype(np.uint8),
               "gaussian": np.clip(GREYS * (ink + 2) / 4, 0, GREYS).astype(np.uint8)}
    return weights, batches, rng.normal(size=(STEPS, BATCH, LATENT))


def terms(w, x, noise):
    """(reconstruction, KL), each (N,) in nats."""
    hidden = torch.relu(x @ w["encoder.weight"] + w["encoder.bias"])
    loc = hidden @ w["loc.weight"] + w["loc.bias"]
    scale = torch.exp(hidden @ w["log_scale.weight"] + w["log_scale.bias"])
    z = loc + scale * noise
    hidden = torch.relu(z @ w["decoder.weight"] + w["decoder.bias"])
    y = hidden @ w["pixels.weight"] + w["pixels.bias"]
    pixels = Normal(y, torch.exp(w["pixels.log_scale"])) if "pixels.log_scale" in w \
        else Bernoulli(logits=y)
    prior = Normal(torch.zeros_like(loc), torch.ones_like(loc))
    return (Independent(pixels, 1).log_prob(x),
            kl_divergence(Independent(Normal(loc, scale), 1), Independent(prior, 1)))


def train(weights, batches, noise):
    """(losses (T,), mean KL at each step (T,), the weights after the last step)."""
    w = {name: torch.tensor(value, requires_grad=True) for name, value in weights.items()}
    optimiser = torch.optim.Adam(w.values(), lr=RATE)
    losses, kls = [], []
    for x, e in zip(torch.tensor(batches), torch.tensor(noise)):
        reconstruction, kl = terms(w, x, e)
        loss = (kl - reconstruction).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        kls.append(kl.mean().item())
    return losses, kls, {name: value.detach().numpy() for name, value in w.items()}


def record(rng):
    weights, batches, noise = draw(rng)
    arrays = {"noise": noise}
    for likelihood, images in batches.items():
        initial, top = dict(weights), 1
        if likelihood == "gaussian":
            initial["pixels.log_scale"], top = np.array(np.log(0.5)), GREYS
        losses, kls, final = train(initial, images / top, noise)
        arrays |= {f"{likelihood}/batches": images, f"{likelihood}/losses": np.array(losses),
                   f"{likelihood}/kl": np.array(kls)}
        arrays |= {f"{likelihood}/initial/{name}": value for name, value in initial.items()}
        arrays |= {f"{likelihood}/final/{name}": value for name, value in final.items()}
    return arrays, {"lr": RATE, "pixels": PIXELS, "hidden": HIDDEN, "latent": LATENT,
                    "levels": {"bernoulli": 1, "gaussian": GREYS}}
