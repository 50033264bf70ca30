"""A step of a GAN that learns points of the plane."""
import autograd.numpy as anp
from autograd import make_vjp, value_and_grad

from benchmarks.workloads import start

from .common import Adam, bce, leaky_relu, mlp


def build(batch, device="cpu"):
    parameters = start.parameters("gan2d")
    pg, pd = parameters[:6], parameters[6:]
    adam_g, adam_d = Adam(pg), Adam(pd)
    x, rng = start.data("gan2d", batch), start.noise()

    def network(parameters, x):
        return mlp(parameters, x, leaky_relu)

    def loss_d(pd, fake):
        return anp.mean(bce(network(pd, x), 1)) + anp.mean(bce(network(pd, fake), 0))

    def loss_g(fake, pd):
        return anp.mean(bce(network(pd, fake), 1))

    gradient_d, gradient_g = value_and_grad(loss_d), value_and_grad(loss_g)
    generate = make_vjp(network)

    def step():
        nonlocal pg, pd
        pull, fake = generate(pg, start.standard_normal(rng, batch, 2))
        value_d, gradients = gradient_d(pd, fake)
        pd = adam_d.update(pd, gradients)
        value_g, slope = gradient_g(fake, pd)
        pg = adam_g.update(pg, pull(slope))
        return value_d, value_g

    return step
