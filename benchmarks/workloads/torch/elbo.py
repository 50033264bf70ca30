"""The loss of a VAE as in PyTorch's example, with log sigma where that has log sigma^2."""
import torch
from torch.nn import functional as F

from benchmarks.workloads import start

from .common import adam, normal


def vae_step(encoder, decoder, x, device, tuned):
    optimiser = adam([*encoder.parameters(), *decoder.parameters()], tuned, lr=1e-3)
    batch, rng = len(x), start.noise()

    def step():
        loc, log_scale = encoder(x).chunk(2, dim=1)
        z = loc + log_scale.exp() * normal(rng, batch, 20, device)
        reconstruction = F.binary_cross_entropy_with_logits(decoder(z), x, reduction="sum")
        divergence = -0.5 * torch.sum(1 + 2 * log_scale - loc.pow(2) - (2 * log_scale).exp())
        loss = (reconstruction + divergence) / batch
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return (loss.detach(),)

    return step
