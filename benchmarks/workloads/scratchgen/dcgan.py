"""A step of a DCGAN (Radford, Metz and Chintala 2016) for images of 28 x 28."""
from scratchgen import nn

from .gan import gan_step


def build(batch, device="cpu"):
    form = {"stride": 2, "padding": 1, "rng": 0}
    generator = nn.Sequential(
        nn.Linear(64, 6272, bias=False, rng=0), nn.Reshape((7, 7, 128)),
        nn.BatchNorm(128, activation="relu"),
        nn.ConvTranspose2d(128, 64, 4, bias=False, **form),
        nn.BatchNorm(64, activation="relu"),
        nn.ConvTranspose2d(64, 1, 4, activation="tanh", **form))
    discriminator = nn.Sequential(
        nn.Conv2d(1, 64, 4, activation="leaky_relu", **form),
        nn.Conv2d(64, 128, 4, activation="leaky_relu", **form),
        nn.Flatten(), nn.Linear(6272, 1, rng=0))
    return gan_step("dcgan", generator, discriminator, batch, device, latent=64,
                    lr=2e-4, betas=(0.5, 0.999))
