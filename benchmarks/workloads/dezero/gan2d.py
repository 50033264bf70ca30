"""A step of a GAN that learns points of the plane."""
from dezero import functions as F

from benchmarks.workloads import start

from .common import mlp
from .gan import gan_step


def build(batch, device="cpu"):
    def network(p, x):
        return mlp(p, x, F.leaky_relu)
    return gan_step("gan2d", start.parameters("gan2d"), network, network, 6, batch, latent=2)
