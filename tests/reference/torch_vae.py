"""Twenty-five Adam steps of a small dense VAE in PyTorch, on fixed weights, batches and noise.

    encoder 64 - 32 - (3, 3), decoder 3 - 32 - 64, ReLU; the encoder gives loc and log scale
    z = loc + exp(log scale) noise,      x | z ~ Bernoulli(logits),      prior N(0, I)
    loss = batch mean of  sum over pixels bce(logits, x) + KL(q(z | x) || p(z)),  nats per example
"""
import numpy as np
import torch
import torch.nn.functional as F
from torch.distributions import Independent, Normal, kl_divergence

PIXELS, HIDDEN, LATENT, BATCH, STEPS, RATE = 64, 32, 3, 16, 25, 1e-3
SHAPES = {                                               # weights are (in, out)
    "encoder.weight": (PIXELS, HIDDEN), "encoder.bias": (HIDDEN,),
    "loc.weight": (HIDDEN, LATENT), "loc.bias": (LATENT,),
    "log_scale.weight": (HIDDEN, LATENT), "log_scale.bias": (LATENT,),
    "decoder.weight": (LATENT, HIDDEN), "decoder.bias": (HIDDEN,),
    "logits.weight": (HIDDEN, PIXELS), "logits.bias": (PIXELS,),
}


def draw(rng):
    """Weights with variance 1/fan in, small biases; and binary images with two hidden causes."""
    weights = {name: rng.normal(size=shape) / (np.sqrt(shape[0]) if len(shape) == 2 else 10)
               for name, shape in SHAPES.items()}
    causes = rng.normal(size=(STEPS, BATCH, 2)) @ rng.normal(size=(2, PIXELS))
    batches = (causes + rng.normal(size=(STEPS, BATCH, PIXELS)) > 0.5).astype(np.uint8)
    return weights, batches, rng.normal(size=(STEPS, BATCH, LATENT))


def terms(w, x, noise):
    """(reconstruction, KL), each (N,) in nats."""
    hidden = torch.relu(x @ w["encoder.weight"] + w["encoder.bias"])
    loc = hidden @ w["loc.weight"] + w["loc.bias"]
    scale = torch.exp(hidden @ w["log_scale.weight"] + w["log_scale.bias"])
    z = loc + scale * noise
    hidden = torch.relu(z @ w["decoder.weight"] + w["decoder.bias"])
    logits = hidden @ w["logits.weight"] + w["logits.bias"]
    reconstruction = -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)
    prior = Normal(torch.zeros_like(loc), torch.ones_like(loc))
    return reconstruction, kl_divergence(Independent(Normal(loc, scale), 1), Independent(prior, 1))


def record(rng):
    weights, batches, noise = draw(rng)
    w = {name: torch.tensor(value, requires_grad=True) for name, value in weights.items()}
    optimiser = torch.optim.Adam(w.values(), lr=RATE)
    losses, kls = [], []
    for x, e in zip(torch.tensor(batches, dtype=torch.float64), torch.tensor(noise)):
        reconstruction, kl = terms(w, x, e)
        loss = (kl - reconstruction).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        kls.append(kl.mean().item())
    arrays = {"batches": batches, "noise": noise, "losses": np.array(losses), "kl": np.array(kls)}
    arrays |= {f"initial/{name}": value for name, value in weights.items()}
    arrays |= {f"final/{name}": value.detach().numpy() for name, value in w.items()}
    return arrays, {"lr": RATE, "pixels": PIXELS, "hidden": HIDDEN, "latent": LATENT}
