"""Picking entries, and adding them back to where they came from.

getitem and scatter are each other's adjoint, <scatter(g), x> = <g, getitem(x)>, so each is the rule
of the other, and every op here that is a way of writing an index needs no rule of its own.
"""
import numbers
import operator

from ... import backend
from ...backend.standard_indexing import is_basic
from ...errors import ShapeError
from ..primitive import primitive
from ..shapes import normalise_axes
from ..tensor import Tensor
from .shape import broadcast_to, operand, reshape


@primitive("(...)->(...)", formula="y = x[index]")
def getitem(xp, x, index):
    """x[index] for slices, ellipsis, None, integers, integer and boolean arrays.   (...) -> (...)

    Arrays in an index may be Tensors or lists.  An integer outside the axis raises IndexError.
    """
    return xp.getitem(x, _plain(xp, x, index))


@primitive("(...)->(...)", formula="y[index] += x")
def scatter(xp, x, index, shape):
    """Zeros of `shape` with x added at `index`, a position named twice twice.   (...) -> shape"""
    return xp.scatter_add(x, _plain(xp, x, index), tuple(shape))


getitem.vjp = (lambda g, y, x, index: scatter(g, index=index, shape=x.shape),)
scatter.vjp = (lambda g, y, x, index, shape: getitem(g, index=index),)


def _plain(xp, x, index):
    """The index in what the backend understands: slices, ellipsis, None, ints, its own arrays."""
    if type(index) is tuple and is_basic(index):
        return index
    if isinstance(index, tuple):
        return tuple([_plain(xp, x, part) for part in index])
    if index is None or index is Ellipsis or isinstance(index, (int, slice)):
        return index
    if isinstance(index, list):
        host = backend.to_numpy(index) if index else backend.to_numpy([0])[:0]
        return xp.asarray(host, device=x.device)
    array = index.data if isinstance(index, Tensor) else index
    if not backend.is_array(array):
        raise IndexError("an index is made of slices, integers, ..., None, and arrays of integers "
                         f"or booleans\n  got       {type(array).__name__}")
    if array.shape == () and xp.isdtype(array.dtype, "integral"):
        return operator.index(array)
    return array


def take(x, indices, axis=None):
    """The entries number `indices` along `axis`, in that order and as often as named.

    (5, 3), [4, 0, 4], axis=0 -> (3, 3).  Negative numbers count from the end; IndexError outside.
    `axis` may be left out for a vector x.
    """
    x = operand(x)
    if axis is None and len(x.shape) != 1:
        raise ShapeError(f"take: along which axis of shape {x.shape}?\n"
                         "  hint      take(x, indices, axis=0)")
    axis, = normalise_axes("take", axis or 0, len(x.shape))
    return getitem(x, index=(slice(None),) * axis + (indices, ...))


def repeat(x, repeats, axis=None):
    """Each entry `repeats` times in a row along `axis`; without an axis x becomes one long row.

    (2, 3), repeats=2, axis=1 -> (2, 6).  `repeats` is one number for all entries, or a list with a
    number for each.
    """
    x = operand(x)
    if axis is None:
        x, axis = reshape(x, (x.size,)), 0
    axis, = normalise_axes("repeat", axis, len(x.shape))
    before, size, after = x.shape[:axis], x.shape[axis], x.shape[axis + 1:]
    if isinstance(repeats, numbers.Integral):
        _require_counts(repeats, [repeats])
        apart = reshape(x, before + (size, 1) + after)
        copied = broadcast_to(apart, before + (size, repeats) + after)
        return reshape(copied, before + (size * repeats,) + after)
    counts = repeats.data if isinstance(repeats, Tensor) else operand(repeats)
    if counts.shape != (size,):
        raise ShapeError(f"repeat: one number for all entries, or one for each of the {size}\n"
                         f"  got       repeats of shape {counts.shape}")
    counts = backend.to_numpy(counts).tolist()
    _require_counts(repeats, counts)
    places = [i for i, n in enumerate(counts) for _ in range(n)]
    return take(x, places, axis=axis)


def _require_counts(repeats, counts):
    if min(counts, default=0) < 0:
        raise ValueError("repeat: an entry is there 0, 1, 2, ... times\n"
                         f"  got       repeats = {repeats}")


def take_along_axis(x, indices, axis=-1):
    """y[..., i, ...] = x[..., indices[..., i, ...], ...]: other entries for each position.

    `indices` has as many axes as x, broadcasts against it except along `axis`, and gives y its
    shape.  One number a row: take_along_axis(x, labels[:, None], axis=1), (N, K), (N, 1) -> (N, 1).
    Negative numbers count from the end; IndexError outside.
    """
    x, indices = operand(x), operand(indices)
    indices = indices.data if isinstance(indices, Tensor) else indices
    rank = len(x.shape)
    axis, = normalise_axes("take_along_axis", axis, rank)
    if len(indices.shape) != rank:
        raise ShapeError(f"take_along_axis: the indices need as many axes as x\n"
                         f"  expected  {rank} axes, like {x.shape}\n  got       {indices.shape}")
    xp = backend.namespace(indices)
    position = [xp.reshape(xp.arange(n, device=indices.device), (-1,) + (1,) * (rank - 1 - i))
                for i, n in enumerate(x.shape)]
    position[axis] = indices
    return getitem(x, index=tuple(position))


def pad(x, pad_width):
    """x with zeros around it: pad_width is ((before, after), ...), one pair for each axis.

    One pair or one number holds for all axes.   (3, 4), ((1, 1), (0, 2)) -> (5, 6)
    """
    x = operand(x)
    pairs = _pairs(pad_width, len(x.shape))
    inside = tuple(slice(before, before + n) for (before, _), n in zip(pairs, x.shape))
    return scatter(x, index=inside, shape=tuple(b + n + a for (b, a), n in zip(pairs, x.shape)))


def _pairs(width, rank):
    if isinstance(width, numbers.Integral):
        width = (width, width)
    pairs = tuple(width)
    if all(isinstance(n, numbers.Integral) for n in pairs):
        pairs = (pairs,) * rank
    if len(pairs) != rank or any(len(pair) != 2 or min(pair) < 0 for pair in pairs):
        raise ShapeError("pad: a pair (before, after) for each axis says how many zeros to add\n"
                         f"  expected  {rank} pairs of non-negative integers\n  got       {width}")
    return pairs


def diagonal(x, offset=0):
    """The entries x[..., i, i + offset].   (..., M, N) -> (..., min(M, N)) for offset 0

    In the matrix written as one row, neighbours on a diagonal are N + 1 places apart.
    """
    x = operand(x)
    if len(x.shape) < 2:
        raise ShapeError(f"diagonal: x needs at least 2 axes (..., M, N), got shape {x.shape}")
    rows, columns = x.shape[-2:]
    length = max(0, min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns))
    start = offset if offset >= 0 else -offset * columns
    stop = start + (length - 1) * (columns + 1) + 1
    row = reshape(x, x.shape[:-2] + (rows * columns,))
    return getitem(row, index=(..., slice(start, stop, columns + 1) if length else slice(0, 0)))


def one_hot(labels, like):
    """Rows of zeros with a one at the label: an array like `like`.   (N), (N, K) -> (N, K)

    Compared in int64: in the labels' own dtype the numbers of many classes might not exist.
    """
    labels = labels.data if isinstance(labels, Tensor) else labels
    xp = backend.namespace(labels)
    places = xp.arange(like.shape[-1], dtype=xp.int64, device=labels.device)
    return xp.astype(xp.expand_dims(xp.astype(labels, xp.int64), axis=-1) == places, like.dtype)
