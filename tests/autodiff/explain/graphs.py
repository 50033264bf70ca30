"""Losses to explain: of numbers, of a network, of a VAE, of a GAN."""
import numpy as np

import scratchgen as sg
from scratchgen import Tensor, ops


X = np.array([[0.5, -1.2, 0.3], [0.8, 0.4, -0.7]])


def leaf(x):
    return Tensor(x, requires_grad=True)


def parabola():
    """(y - (w x + b))^2 + w^2, in which w is used twice."""
    w, x, b, y = leaf(2.0), leaf(3.0), leaf(-1.0), leaf(4.0)
    loss = (y - (w * x + b)) ** 2 + w ** 2
    return sg.explain(loss)


def network():
    """The mean squared error of two layers, with data and target as constants."""
    rng = np.random.default_rng(0)
    net = sg.nn.mlp(3, 4, 1, activation="tanh", rng=0)
    data, target = (rng.normal(size=(5, n)).astype("float32") for n in (3, 1))
    loss = ops.mean(ops.square(net(data) - target))
    return sg.explain(loss)


def vae_elbo():
    """The negative ELBO of a small VAE on eight digits."""
    rng = np.random.default_rng(0)
    vae = sg.models.vae_dense(64, latent=2, hidden=(16,), rng=0)
    images = sg.data.binarise(sg.data.load("digits").train.images)[:8]
    loss = -vae.elbo(images, rng=rng).mean()
    return sg.explain(loss)


def gan():
    """The loss of a discriminator, whose parameters are used twice."""
    rng = np.random.default_rng(0)
    generator = sg.nn.mlp(2, 8, 2, activation="relu", rng=1)
    discriminator = sg.nn.mlp(2, 8, 1, activation="leaky_relu", rng=2)
    game = sg.models.GAN(generator, discriminator, latent=2)
    real = rng.normal(size=(6, 2)).astype("float32")
    loss = game.discriminator_loss(real, game.noise(6, rng=rng)).mean()
    return sg.explain(loss)


def convolution():
    rng = np.random.default_rng(0)
    conv = sg.nn.Conv2d(1, 2, 3, rng=0)
    images = rng.normal(size=(2, 5, 5, 1)).astype("float32")
    loss = ops.sum(ops.max_pool2d(ops.relu(conv(images)), 3))
    return sg.explain(loss)


def second_order():
    """A squared gradient, as in a gradient penalty."""
    x, w = leaf([0.7, -0.2]), leaf([1.5, 0.5])
    slope = sg.grad(lambda x: ops.sum(ops.tanh(x * w) ** 2))(x)
    loss = ops.sum(slope ** 2)
    return sg.explain(loss)


def chain(n):
    """The same op n times, and no module anywhere."""
    x = leaf(1.0)
    y = x
    for _ in range(n):
        y = y * 0.999
    return sg.explain(y)
