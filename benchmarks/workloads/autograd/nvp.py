"""A step of a RealNVP in the plane."""
import math

import autograd.numpy as anp
from autograd import value_and_grad

from benchmarks.workloads import start

from .common import begin, mlp, relu


def build(batch, device="cpu"):
    parameters, adam = begin("nvp")
    x = start.data("nvp", batch)
    masks = [start.mask(i) for i in range(6)]

    def loss(parameters):
        z, log_det = x, 0
        for i, mask in enumerate(masks):
            h = mlp(parameters[6 * i:6 * i + 6], z * mask, relu)
            log_scale, shift = anp.tanh(h[:, :2]) * (1 - mask), h[:, 2:] * (1 - mask)
            z = z * anp.exp(log_scale) + shift
            log_det = log_det + anp.sum(log_scale, axis=1)
        return anp.mean(0.5 * anp.sum(z * z, axis=1) + math.log(2 * math.pi) - log_det)

    gradient = value_and_grad(loss)

    def step():
        nonlocal parameters
        value, gradients = gradient(parameters)
        parameters = adam.update(parameters, gradients)
        return (value,)

    return step
