"""Batch normalisation in array-API functions alone.

    y = f(w (x - m) s + b),    m the mean of each channel, s = 1 / sqrt(variance + eps)

Far from 0 the mean itself is rounded, and by more than the spread may be.  So it is kept as two
numbers, m = mean + rest, and taken away one after the other: x - mean is exact there.
"""
import math


def channel_moments(xp, x):
    """(mean, rest, variance) of each channel, over all axes but the last.   (..., C) -> 3 x (C)

    The variance divides by n, the number of values.
    """
    n, axes = math.prod(x.shape[:-1]), tuple(range(x.ndim - 1))
    mean = xp.sum(x, axis=axes) / n
    centred = x - mean
    rest = xp.sum(centred, axis=axes) / n
    centred = centred - rest
    return mean, rest, xp.sum(centred * centred, axis=axes) / n


def batch_norm(xp, x, w, b, mean, rest, inverse, activation):
    """f(w (x - m) s + b).   (..., C), 5 x (C) -> (..., C)"""
    return xp.activated((x - mean - rest) * (w * inverse), b, activation)


def batch_norm_gradients(xp, g, x, w, mean, rest, inverse):
    """dL/d(x, w, b) from g = dL/d(before f).   (..., C), (..., C), 4 x (C) -> (..., C), (C), (C)

    With z = (x - m) s:  dL/db = sum g,  dL/dw = sum g z,  and since m and s move with x,
    dL/dx = w s (g - mean(g) - z mean(g z)).
    """
    n, axes = math.prod(x.shape[:-1]), tuple(range(x.ndim - 1))
    z = (x - mean - rest) * inverse
    gb, gw = xp.sum(g, axis=axes), xp.sum(g * z, axis=axes)
    return (g - gb / n - z * (gw / n)) * (w * inverse), gw, gb
