"""A step of a GAN that learns points of the plane."""
from scratchgen import nn

from .gan import gan_step


def build(batch, device="cpu"):
    generator = nn.mlp(2, 64, 64, 2, activation="leaky_relu", rng=0)
    discriminator = nn.mlp(2, 64, 64, 1, activation="leaky_relu", rng=0)
    return gan_step("gan2d", generator, discriminator, batch, device, latent=2, lr=1e-3)
