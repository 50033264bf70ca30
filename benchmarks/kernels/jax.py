"""JAX's operations, compiled."""
import jax
import jax.numpy as jnp

from benchmarks.workloads.jax.common import DEVICES, conv2d

from . import values


def build(name, size, device):
    place = jax.devices(DEVICES[device])[0]
    x, y = (jax.device_put(value, place) for value in values(name, size))
    function = {"copy": lambda x, y: jnp.copy(x),
                "elementwise": lambda x, y: x * y + x,
                "matrix": lambda x, y: x @ y,
                "conv": lambda x, y: conv2d(x, y, 1, 1)}[name]
    compiled = jax.jit(function)
    return lambda: compiled(x, y)
