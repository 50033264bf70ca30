"""Batch normalisation in NumPy: the kernels of `standard_normalise`, a block of rows at a time.

Each sweep over the images reads a number once and does all that is to be done with it while it is
in the cache.
"""
import math

import numpy as np

from .numpy_activation import BLOCK, finish


def channel_moments(x):
    n = math.prod(x.shape[:-1])
    rows = x.reshape(n, x.shape[-1])
    mean = np.ones(n, x.dtype) @ rows / n
    total, squares = np.zeros((2, *mean.shape), x.dtype)
    for block, centred in _blocks(rows):
        np.subtract(rows[block], mean, out=centred)
        ones = np.ones(len(centred), x.dtype)
        total += ones @ centred
        centred *= centred
        squares += ones @ centred
    rest = total / n
    return mean, rest, squares / n - rest * rest    # Chan, Golub and LeVeque 1983, eq. 1.7


def batch_norm(x, w, b, mean, rest, inverse, activation):
    rows, scale = x.reshape(math.prod(x.shape[:-1]), x.shape[-1]), w * inverse
    shift = b - rest * scale
    y = np.empty(rows.shape, rows.dtype)
    for block, _ in _blocks(rows):
        part = y[block]
        np.subtract(rows[block], mean, out=part)
        part *= scale
        finish(part, shift, activation)
    return y.reshape(x.shape)


def batch_norm_gradients(g, x, w, mean, rest, inverse):
    n = math.prod(x.shape[:-1])
    rows, slopes = (a.reshape(n, a.shape[-1]) for a in (x, g))
    gb, gw = np.zeros((2, *mean.shape), x.dtype)
    for block, product in _blocks(rows):
        np.subtract(rows[block], mean, out=product)
        product *= slopes[block]
        ones = np.ones(len(product), x.dtype)
        gb += ones @ slopes[block]
        gw += ones @ product
    gw = (gw - rest * gb) * inverse

    scale = w * inverse
    slant = scale * inverse * gw / n                # gx = scale g - slant (x - mean) - level
    level = scale * gb / n - slant * rest
    gx = np.empty(rows.shape, rows.dtype)
    for block, scratch in _blocks(rows):
        part = gx[block]
        np.multiply(slopes[block], scale, out=part)
        np.subtract(rows[block], mean, out=scratch)
        scratch *= slant
        part -= scratch
        part -= level
    return gx.reshape(x.shape), gw, gb


def _blocks(rows):
    """Yields (a block of rows, scratch of its shape)."""
    step = max(1, BLOCK // max(1, rows.shape[1]))
    scratch = np.empty((min(step, len(rows)), rows.shape[1]), rows.dtype)
    for start in range(0, len(rows), step):
        yield slice(start, start + step), scratch[:len(rows) - start]
