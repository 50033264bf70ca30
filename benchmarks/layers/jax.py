"""Layers in JAX: forward and backward compiled as one function."""
import jax
import jax.numpy as jnp

from benchmarks.workloads.jax.common import DEVICES, conv2d, conv_transpose2d

from . import values


def build(layer, batch, device):
    place = jax.devices(DEVICES[device])[0]
    x, w = values(layer, batch)
    c = layer.image[-1]
    parameters = [jnp.ones(c), jnp.zeros(c)] if w is None else [w, jnp.zeros(layer.outputs)]
    arguments = jax.device_put((parameters, x), place)
    forward = _function(layer)
    seed = jax.device_put(jnp.ones_like(forward(*arguments)), place)

    @jax.jit
    def both(parameters, x):
        y, pull = jax.vjp(forward, parameters, x)
        return y, pull(seed)

    return lambda: both(*arguments)


def _function(layer):
    if layer.kind == "linear":
        return lambda p, x: x @ p[0] + p[1]
    if layer.kind == "conv":
        return lambda p, x: conv2d(x, p[0], layer.stride, layer.padding) + p[1]
    if layer.kind == "conv transposed":
        return lambda p, x: conv_transpose2d(x, p[0], layer.stride, layer.padding) + p[1]
    if layer.kind == "batch norm":
        return _batch_norm
    return lambda p, x: jax.nn.relu(x)


def _batch_norm(p, x):
    mean, variance = jnp.mean(x, axis=(0, 1, 2)), jnp.var(x, axis=(0, 1, 2))
    return p[0] * (x - mean) / jnp.sqrt(variance + 1e-5) + p[1]
