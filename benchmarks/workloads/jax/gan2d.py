"""A step of a GAN that learns points of the plane."""
from .common import leaky_relu, mlp
from .gan import gan_step


def build(batch, device="cpu"):
    def network(p, x):
        return mlp(p, x, leaky_relu)
    return gan_step("gan2d", network, network, 6, batch, device, latent=2, lr=1e-3)
