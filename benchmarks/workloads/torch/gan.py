"""The step of a GAN: the discriminator learns, then the generator through it."""
import torch
from torch.nn import functional as F

from benchmarks.workloads import start

from .common import DEVICES, adam, normal


def gan_step(generator, discriminator, x, device, tuned, latent, **settings):
    """One step of each, on one batch of fakes: the step of PyTorch's DCGAN example."""
    adam_g = adam(generator.parameters(), tuned, **settings)
    adam_d = adam(discriminator.parameters(), tuned, **settings)
    batch, rng = len(x), start.noise()
    ones = torch.ones(batch, 1, device=DEVICES[device])
    zeros = torch.zeros_like(ones)
    bce = F.binary_cross_entropy_with_logits

    def step():
        fake = generator(normal(rng, batch, latent, device))
        loss_d = bce(discriminator(x), ones) + bce(discriminator(fake.detach()), zeros)
        adam_d.zero_grad()
        loss_d.backward()
        adam_d.step()

        if tuned:                           # the example computes these gradients for nothing
            discriminator.requires_grad_(False)
        loss_g = bce(discriminator(fake), ones)
        adam_g.zero_grad()
        loss_g.backward()
        adam_g.step()
        if tuned:
            discriminator.requires_grad_(True)
        return loss_d.detach(), loss_g.detach()

    return step
