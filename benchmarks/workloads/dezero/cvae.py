"""A step of a convolutional VAE on bits."""
from dezero import functions as F

from benchmarks.workloads import start

from .elbo import vae_step


def build(batch, device="cpu"):
    values = start.parameters("cvae")
    values[4] = start.channels_first(values[4].T, (7, 7)).T.copy()
    values[6:8] = [start.channels_first(value, (7, 7)) for value in values[6:8]]
    return vae_step("cvae", values, _encode, _decode, batch)


def _encode(p, x):
    h = F.relu(F.conv2d(x, p[0], p[1], 2, 1))
    h = F.relu(F.conv2d(h, p[2], p[3], 2, 1))
    return F.linear(F.reshape(h, (h.shape[0], -1)), p[4], p[5])


def _decode(p, z):
    h = F.reshape(F.relu(F.linear(z, p[6], p[7])), (-1, 64, 7, 7))
    h = F.relu(F.deconv2d(h, p[8], p[9], 2, 1, (14, 14)))
    return F.deconv2d(h, p[10], p[11], 2, 1, (28, 28))
