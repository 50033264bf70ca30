"""A step of a convolutional VAE on bits."""
import jax

from .common import conv2d, conv_transpose2d
from .elbo import vae_step


def build(batch, device="cpu"):
    return vae_step("cvae", _encode, _decode, batch, device)


def _encode(p, x):
    h = jax.nn.relu(conv2d(x, p[0], 2, 1) + p[1])
    h = jax.nn.relu(conv2d(h, p[2], 2, 1) + p[3])
    return h.reshape(len(h), -1) @ p[4] + p[5]


def _decode(p, z):
    h = jax.nn.relu(z @ p[6] + p[7]).reshape(-1, 7, 7, 64)
    h = jax.nn.relu(conv_transpose2d(h, p[8], 2, 1, 1) + p[9])
    return conv_transpose2d(h, p[10], 2, 1, 1) + p[11]
