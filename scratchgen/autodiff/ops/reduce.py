"""Reductions: many numbers become one, and the rule hands g back to each of them."""
from ..primitive import primitive
from ..shapes import keepdims_shape, normalise_axes
from .shape import broadcast_to, reshape


def _spread(g, x, axis):
    """g, reduced over `axis`, back in the shape of x."""
    return broadcast_to(_with_axes(g, x, axis), x.shape)


def _with_axes(g, x, axis):
    """g with the reduced axes as axes of size 1, so that it broadcasts against x."""
    return reshape(g, keepdims_shape(x.shape, normalise_axes("reduction", axis, len(x.shape))))


@primitive("(...)->(...)", formula="y = sum x")
def sum(xp, x, axis=None, keepdims=False):
    """The sum over `axis` (an int, a tuple, or None for all axes); 0 over an empty axis.   (...) -> (...)"""
    return xp.sum(x, axis=axis, keepdims=keepdims)


sum.vjp = (lambda g, y, x, axis=None, keepdims=False: _spread(g, x, axis),)


def mean(x, axis=None, keepdims=False):
    """(1/n) sum x over `axis`; ValueError over an empty axis.   (...) -> (...)"""
    y = sum(x, axis=axis, keepdims=keepdims)
    if not x.size:
        raise ValueError(f"mean of nothing: an array of shape {x.shape} over axis {axis}")
    return y * (y.size / x.size)
