"""A step of a DCGAN (Radford, Metz and Chintala 2016) for images of 28 x 28."""
from torch import nn

from .common import begin, data
from .gan import gan_step


def build(batch, device="cpu", tuned=False, channels_last=False):
    generator = nn.Sequential(
        nn.Linear(64, 6272, bias=False), nn.Unflatten(1, (128, 7, 7)),
        nn.BatchNorm2d(128), nn.ReLU(),
        nn.ConvTranspose2d(128, 64, 4, 2, 1, bias=False),
        nn.BatchNorm2d(64), nn.ReLU(),
        nn.ConvTranspose2d(64, 1, 4, 2, 1), nn.Tanh())
    discriminator = nn.Sequential(
        nn.Conv2d(1, 64, 4, 2, 1), nn.LeakyReLU(0.2),
        nn.Conv2d(64, 128, 4, 2, 1), nn.LeakyReLU(0.2),
        nn.Flatten(), nn.Linear(6272, 1))
    begin("dcgan", generator, discriminator, device=device, channels_last=channels_last,
          corner=(7, 7))
    return gan_step(generator, discriminator, data("dcgan", batch, device, channels_last),
                    device, tuned, latent=64, lr=2e-4, betas=(0.5, 0.999))
