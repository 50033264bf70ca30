"""A step of a RealNVP in the plane."""
import functools
import math

import jax
import jax.numpy as jnp

from benchmarks.workloads import start

from .common import adam, begin, data, mlp


def build(batch, device="cpu"):
    parameters, state = begin("nvp", device)
    x = data("nvp", batch, device)

    def loss(parameters):
        z, log_det = x, 0
        for i in range(6):
            mask = start.mask(i)
            h = mlp(parameters[6 * i:6 * i + 6], z * mask, jax.nn.relu)
            log_scale, shift = jnp.tanh(h[:, :2]) * (1 - mask), h[:, 2:] * (1 - mask)
            z = z * jnp.exp(log_scale) + shift
            log_det = log_det + log_scale.sum(axis=1)
        return jnp.mean(0.5 * (z * z).sum(axis=1) + math.log(2 * math.pi) - log_det)

    @functools.partial(jax.jit, donate_argnums=(0, 1))
    def update(parameters, state):
        value, gradients = jax.value_and_grad(loss)(parameters)
        return value, *adam(parameters, gradients, state)

    def step():
        nonlocal parameters, state
        value, parameters, state = update(parameters, state)
        return (value,)

    return step
