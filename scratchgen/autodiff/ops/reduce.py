"""Reductions: many numbers become one, and the rule hands g back to each of them.

`axis` is an int, a tuple, or None for all axes; with `keepdims` the reduced axes stay, with size 1.
"""
import math

from ...errors import ShapeError
from ..primitive import primitive
from ..shapes import keepdims_shape, kept_shape, normalise_axes
from .elementwise import add, divide, equal_mask, multiply, square
from .index import diagonal, getitem
from .joining import join
from .shape import broadcast_to, flip, operand, permute_dims, reshape


def _spread(g, x, axis):
    """g, reduced over `axis`, back in the shape of x."""
    return broadcast_to(g if axis is None else with_axes(g, x, axis), shape=x.shape)


def with_axes(g, x, axis):
    """g with the reduced axes as axes of size 1, so that it broadcasts against x."""
    return reshape(g, shape=kept_shape(x.shape, axis))


def count(op, x, axis):
    """How many numbers of x become one; ValueError if none: nothing has no mean or maximum."""
    sizes = x.shape
    if axis is not None:
        sizes = [sizes[a] for a in normalise_axes(op, axis, len(sizes))]
    n = math.prod(sizes)
    if not n:
        raise ValueError(f"{op} of nothing: shape {x.shape} over axis {axis}")
    return n


# ---- sums ----------------------------------------------------------------------------------------

@primitive("(...)->(...)", formula="y = sum x")
def sum(xp, x, axis=None, keepdims=False):
    """The sum over `axis`; 0 over an empty axis.   (...) -> (...)"""
    if axis is not None and not x.ndim:
        normalise_axes("sum", axis, 0)              # NumPy would take an axis of a number
    try:
        return xp.sum(x, axis=axis, keepdims=keepdims)
    except (ValueError, IndexError):
        normalise_axes("sum", axis, x.ndim)         # says which axis is wrong
        raise


sum.vjp = (lambda g, y, x, axis=None, keepdims=False: _spread(g, x, axis),)


def mean(x, axis=None, keepdims=False):
    """(1/n) sum x over `axis`; ValueError over an empty axis.   (...) -> (...)"""
    x = operand(x)
    return divide(sum(x, axis=axis, keepdims=keepdims), count("mean", x, axis))


def trace(x, offset=0):
    """The sum over a diagonal, sum_i x[..., i, i + offset].   (..., M, N) -> (...)"""
    return sum(diagonal(x, offset), axis=-1)


@primitive("(...)->(...)", formula="y_i = x_1 + ... + x_i")
def cumulative_sum(xp, x, axis=None):
    """Running totals along `axis`, which may be left out for a vector.   (...) -> (...)"""
    if axis is None and x.ndim != 1:
        raise ShapeError(f"cumulative_sum: along which axis of shape {x.shape}?\n"
                         "  hint      cumulative_sum(x, axis=0)")
    if axis is not None:
        normalise_axes("cumulative_sum", axis, x.ndim)
    return xp.cumulative_sum(x, axis=axis)


def _from_the_end(g, y, x, axis=None):
    """x_i is part of every total from the i-th on."""
    along = 0 if axis is None else axis
    return flip(cumulative_sum(flip(g, axis=along), axis=along), axis=along)


cumulative_sum.vjp = (_from_the_end,)


# ---- spread --------------------------------------------------------------------------------------

def centred(x, axis):
    """x minus its mean over `axis`, kept as an axis of size 1."""
    return x - mean(x, axis=axis, keepdims=True)


def var(x, axis=None, correction=0, keepdims=False):
    """sum (x - mean)^2 / (n - correction) over `axis`.   (...) -> (...)

    In two passes: mean(x^2) - mean(x)^2 would lose every digit far from 0.  correction=1 is the
    unbiased estimate from a sample.  ValueError unless n > correction.
    """
    x = operand(x)
    n = _degrees_of_freedom("var", x, axis, correction)
    return divide(sum(square(centred(x, axis)), axis=axis, keepdims=keepdims), n)


def std(x, axis=None, correction=0, keepdims=False):
    """|x - mean| / sqrt(n - correction) over `axis`, with std'(0) = 0.   (...) -> (...)"""
    x = operand(x)
    n = _degrees_of_freedom("std", x, axis, correction)
    return divide(norm(centred(x, axis), axis=axis, keepdims=keepdims), math.sqrt(n))


def _degrees_of_freedom(op, x, axis, correction):
    n = count(op, x, axis)
    if n <= correction:
        raise ValueError(f"{op}: {n} values over axis {axis} of shape {x.shape}\n"
                         f"  expected  more than {correction}, for correction={correction}")
    return n - correction


@primitive("(...)->(...)", formula="y = sqrt(sum x^2)")
def norm(xp, x, axis=None, keepdims=False):
    """The Euclidean length sqrt(sum x^2) over `axis`, with norm'(0) = 0.   (...) -> (...)"""
    if axis is not None:
        normalise_axes("norm", axis, x.ndim)
    return xp.sqrt(xp.sum(x * x, axis=axis, keepdims=keepdims))


def _direction(g, y, x, axis=None, keepdims=False):
    """x / |x|, and 0 for the zero vector, which has no direction."""
    y = with_axes(y, x, axis)
    zero = equal_mask(y, 0.0)
    return with_axes(g, x, axis) * (x * ((1 - zero) / (y + zero)))


norm.vjp = (_direction,)


# ---- extremes ------------------------------------------------------------------------------------

@primitive("(...)->(...)", formula="y = max x")
def max(xp, x, axis=None, keepdims=False):
    """The largest entry over `axis`; ties split the gradient evenly.   (...) -> (...)

    ValueError over an empty axis.
    """
    count("max", x, axis)
    return xp.max(x, axis=axis, keepdims=keepdims)


@primitive("(...)->(...)", formula="y = min x")
def min(xp, x, axis=None, keepdims=False):
    """The smallest entry over `axis`; ties split the gradient evenly.   (...) -> (...)

    ValueError over an empty axis.
    """
    count("min", x, axis)
    return xp.min(x, axis=axis, keepdims=keepdims)


def _to_the_winners(g, y, x, axis=None, keepdims=False):
    """g, shared evenly by all entries that equal the extreme."""
    winners = equal_mask(x, with_axes(y, x, axis))
    return with_axes(g, x, axis) * (winners / sum(winners, axis=axis, keepdims=True))


max.vjp = min.vjp = (_to_the_winners,)


# ---- products ------------------------------------------------------------------------------------

def prod(x, axis=None, keepdims=False):
    """The product over `axis`; 1 over an empty axis.   (...) -> (...)

    dy/dx_i is the product of the others, which y / x_i is not where x_i = 0.  So neighbours are
    multiplied in pairs, round by round as in a tournament, and the product rule does the rest:
    exact with any number of zeros, to every order.
    """
    x = operand(x)
    axes = normalise_axes("prod", axis, len(x.shape))
    kept = tuple(a for a in range(len(x.shape)) if a not in axes)
    shape = keepdims_shape(x.shape, axes) if keepdims else tuple(x.shape[a] for a in kept)
    n, rest = math.prod(x.shape[a] for a in axes), tuple(x.shape[a] for a in kept)
    if n == 0:
        return reshape(add(sum(x, axis=axes), 1), shape)
    row = reshape(permute_dims(x, axes + kept), (n,) + rest)
    while n > 1:
        half = n // 2
        first, second, odd = slice(half), slice(half, 2 * half), slice(2 * half, n)
        pairs = multiply(getitem(row, (first, ...)), getitem(row, (second, ...)))
        row = pairs if n % 2 == 0 else join(pairs, getitem(row, (odd, ...)), axis=0)
        n -= half
    return reshape(row, shape)
