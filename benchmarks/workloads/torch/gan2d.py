"""A step of a GAN that learns points of the plane."""
from torch import nn

from .common import begin, data
from .gan import gan_step


def build(batch, device="cpu", tuned=False):
    generator, discriminator = _network(2), _network(1)
    begin("gan2d", generator, discriminator, device=device)
    return gan_step(generator, discriminator, data("gan2d", batch, device), device, tuned,
                    latent=2, lr=1e-3)


def _network(outputs):
    return nn.Sequential(nn.Linear(2, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2),
                         nn.Linear(64, outputs))
