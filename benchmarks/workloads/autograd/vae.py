"""A step of a dense VAE on bits."""
import autograd.numpy as anp
from autograd import value_and_grad

from benchmarks.workloads import start

from .common import bce, begin, mlp, relu


def build(batch, device="cpu"):
    parameters, adam = begin("vae")
    x, rng = start.data("vae", batch), start.noise()

    def loss(parameters, noise):
        h = mlp(parameters[:4], x, relu)
        loc, log_scale = h[:, :20], h[:, 20:]
        z = loc + anp.exp(log_scale) * noise
        reconstruction = anp.sum(bce(mlp(parameters[4:], z, relu), x))
        divergence = -0.5 * anp.sum(1 + 2 * log_scale - loc ** 2 - anp.exp(2 * log_scale))
        return (reconstruction + divergence) / batch

    gradient = value_and_grad(loss)

    def step():
        nonlocal parameters
        value, gradients = gradient(parameters, start.standard_normal(rng, batch, 20))
        parameters = adam.update(parameters, gradients)
        return (value,)

    return step
