"""The step of a VAE whose encoder and decoder are functions of the parameters."""
import functools

import jax
import jax.numpy as jnp

from benchmarks.workloads import start

from .common import adam, bce, begin, data


def vae_step(name, encode, decode, batch, device):
    parameters, state = begin(name, device)
    x, rng = data(name, batch, device), start.noise()

    def loss(parameters, noise):
        loc, log_scale = jnp.split(encode(parameters, x), 2, axis=1)
        z = loc + jnp.exp(log_scale) * noise
        reconstruction = jnp.sum(bce(decode(parameters, z), x))
        divergence = -0.5 * jnp.sum(1 + 2 * log_scale - loc ** 2 - jnp.exp(2 * log_scale))
        return (reconstruction + divergence) / batch

    @functools.partial(jax.jit, donate_argnums=(0, 1))
    def update(parameters, state, noise):
        value, gradients = jax.value_and_grad(loss)(parameters, noise)
        return value, *adam(parameters, gradients, state)

    def step():
        nonlocal parameters, state
        noise = start.standard_normal(rng, batch, 20)
        value, parameters, state = update(parameters, state, noise)
        return (value,)

    return step
