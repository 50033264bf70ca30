"""The step of a GAN: the discriminator learns, then the generator through it."""
import functools

import jax
import jax.numpy as jnp

from benchmarks.workloads import start

from .common import adam, adam_state, bce, begin, data


def gan_step(name, generate, discriminate, first, batch, device, latent, **settings):
    """One step of each on one batch of fakes; the parameters from `first` on discriminate."""
    parameters, _ = begin(name, device)
    pg, pd = parameters[:first], parameters[first:]
    sg, sd = adam_state(pg), adam_state(pd)
    x, rng = data(name, batch, device), start.noise()

    def loss_d(pd, fake):
        real = bce(discriminate(pd, x), 1.0)
        return jnp.mean(real) + jnp.mean(bce(discriminate(pd, fake), 0.0))

    def loss_g(fake, pd):
        return jnp.mean(bce(discriminate(pd, fake), 1.0))

    @functools.partial(jax.jit, donate_argnums=(0, 1, 2, 3))
    def update(pg, pd, sg, sd, z):
        fake, pull = jax.vjp(lambda p: generate(p, z), pg)
        value_d, gradients = jax.value_and_grad(loss_d)(pd, fake)
        pd, sd = adam(pd, gradients, sd, **settings)
        value_g, slope = jax.value_and_grad(loss_g)(fake, pd)
        pg, sg = adam(pg, pull(slope)[0], sg, **settings)
        return value_d, value_g, pg, pd, sg, sd

    def step():
        nonlocal pg, pd, sg, sd
        z = start.standard_normal(rng, batch, latent)
        value_d, value_g, pg, pd, sg, sd = update(pg, pd, sg, sd, z)
        return value_d, value_g

    return step
