"""A step of a DCGAN for images of 28 x 28.

The running statistics of the batch normalisation are part of the state of the other contenders and
are left out here: they are two sums of numbers that are there already.
"""
import jax
import jax.numpy as jnp

from .common import conv2d, conv_transpose2d, leaky_relu
from .gan import gan_step


def build(batch, device="cpu"):
    return gan_step("dcgan", _generate, _discriminate, 8, batch, device, latent=64,
                    lr=2e-4, betas=(0.5, 0.999))


def _batch_norm(x, scale, shift):
    mean = jnp.mean(x, axis=(0, 1, 2))
    variance = jnp.mean((x - mean) ** 2, axis=(0, 1, 2))
    return scale * (x - mean) / jnp.sqrt(variance + 1e-5) + shift


def _generate(p, z):
    h = jax.nn.relu(_batch_norm((z @ p[0]).reshape(-1, 7, 7, 128), p[1], p[2]))
    h = jax.nn.relu(_batch_norm(conv_transpose2d(h, p[3], 2, 1), p[4], p[5]))
    return jnp.tanh(conv_transpose2d(h, p[6], 2, 1) + p[7])


def _discriminate(p, x):
    h = leaky_relu(conv2d(x, p[0], 2, 1) + p[1])
    h = leaky_relu(conv2d(h, p[2], 2, 1) + p[3])
    return h.reshape(len(h), -1) @ p[4] + p[5]
