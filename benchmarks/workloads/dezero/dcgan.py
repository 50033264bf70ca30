"""A step of a DCGAN for images of 28 x 28."""
import numpy as np
from dezero import functions as F

from benchmarks.workloads import start

from .gan import gan_step


def build(batch, device="cpu"):
    values = start.parameters("dcgan")
    values[0] = start.channels_first(values[0], (7, 7))
    values[12] = start.channels_first(values[12].T, (7, 7)).T.copy()
    running = [[np.zeros(c, np.float32), np.ones(c, np.float32)] for c in (128, 64)]

    def generate(p, z):
        h = F.reshape(F.linear(z, p[0]), (-1, 128, 7, 7))
        h = F.relu(F.batch_nrom(h, p[1], p[2], *running[0], eps=1e-5))
        h = F.deconv2d(h, p[3], None, 2, 1)
        h = F.relu(F.batch_nrom(h, p[4], p[5], *running[1], eps=1e-5))
        return F.tanh(F.deconv2d(h, p[6], p[7], 2, 1))

    return gan_step("dcgan", values, generate, _discriminate, 8, batch, latent=64,
                    lr=2e-4, betas=(0.5, 0.999))


def _discriminate(p, x):
    h = F.leaky_relu(F.conv2d(x, p[0], p[1], 2, 1))
    h = F.leaky_relu(F.conv2d(h, p[2], p[3], 2, 1))
    return F.linear(F.reshape(h, (h.shape[0], -1)), p[4], p[5])
