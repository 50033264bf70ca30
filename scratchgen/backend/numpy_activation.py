"""Activations in NumPy: put on in place by the op that owns the array, and the way back through.

Both go block by block, so that what is between two passes stays in the cache: half the time of
whole arrays.
"""
import functools
import math

import numpy as np

BLOCK = 2**16       # numbers


@functools.lru_cache(maxsize=32)
def constant(value, shape, dtype):
    """An array of this value only, to be read: beside one, `maximum` takes half as long as beside
    a number, and making it anew would take longer than the sum or product it is for."""
    array = np.full(shape, value, dtype)
    array.flags.writeable = False
    return array


def finish(y, b, activation):
    """y <- activation(y + b), in place, for an array of the caller's own.   (..., C), (C)"""
    for block in _row_blocks(y):
        if b is not None:
            block += b
        if activation is not None:
            _IN_PLACE[activation](block)


def _row_blocks(y):
    if y.size <= BLOCK:
        return (y,)
    rows = y.reshape(math.prod(y.shape[:-1]), y.shape[-1])
    step = max(1, BLOCK // y.shape[-1])
    return (rows[start:start + step] for start in range(0, len(rows), step))


def _sigmoid_in_place(y):
    e = np.exp(-np.abs(y))
    np.divide(np.maximum(e, y >= 0), e + 1, out=y)


_IN_PLACE = {"relu": lambda y: np.maximum(y, constant(0.0, y.shape, y.dtype), out=y),
             "leaky_relu": lambda y: np.maximum(y, y * 0.2, out=y),
             "tanh": lambda y: np.tanh(y, out=y),
             "sigmoid": _sigmoid_in_place}


def activation_gradient(g, y, activation):
    z = np.empty(y.shape, np.result_type(g, y))
    if z.size <= BLOCK:
        _SLOPE[activation](z, y)
        z *= g
        return z
    flat_g, flat_y, flat_z = (a.reshape(-1) for a in (np.broadcast_to(g, y.shape), y, z))
    for start in range(0, z.size, BLOCK):
        block = slice(start, start + BLOCK)
        _SLOPE[activation](flat_z[block], flat_y[block])
        flat_z[block] *= flat_g[block]
    return z


def _relu(z, y):
    z[...] = np.greater(y, 0)


def _leaky_relu(z, y):
    z[...] = np.greater(y, 0)
    np.maximum(z, constant(0.2, y.shape, y.dtype), out=z)


def _tanh(z, y):
    np.multiply(y, y, out=z)
    np.subtract(1, z, out=z)


def _sigmoid(z, y):
    np.subtract(1, y, out=z)
    z *= y


_SLOPE = {"relu": _relu, "leaky_relu": _leaky_relu, "tanh": _tanh, "sigmoid": _sigmoid}
