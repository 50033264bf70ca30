"""Several arrays become one: each gets back its own piece of g."""
import functools
import math

from ... import backend
from ...errors import ShapeError
from ..primitive import primitive
from ..shapes import normalise_axes
from ..tensor import Tensor
from .shape import expand_dims, operand, reshape


class every_input:
    """The rules of an op with any number of inputs, from one: rule(i, g, y, *inputs, **params)."""

    def __init__(self, rule):
        self.rule = rule

    def __getitem__(self, i):
        return functools.partial(self.rule, i)


@primitive("(...)*->(...)", formula="y = [a, b, ...]")
def join(xp, *parts, axis):
    """The parts one after the other along `axis`, where sizes may differ.   (...)* -> (...)"""
    return xp.concat(parts, axis=axis)


def _split(g, y, *parts, axis):
    """g cut into pieces of the sizes of the parts."""
    before, pieces, start = (slice(None),) * axis, [], 0
    for part in parts:
        stop = start + part.shape[axis]
        pieces.append(g[before + (slice(start, stop), ...)])
        start = stop
    return pieces


join.shared = _split
join.vjp = every_input(lambda i, pieces, y, *parts, axis: pieces[i])


def concat(arrays, axis=0):
    """The arrays one after the other along `axis`; axis=None joins all their numbers in one row.

    [(2, 3), (5, 3)] -> (7, 3).  Shapes agree on every other axis, else ShapeError.
    """
    arrays = _operands("concat", arrays)
    if axis is None:
        arrays, axis = [reshape(x, (math.prod(x.shape),)) for x in arrays], 0
    first = arrays[0].shape
    axis, = normalise_axes("concat", axis, len(first))
    rest = first[:axis] + first[axis + 1:]
    for x in arrays:
        others = tuple(n for i, n in enumerate(x.shape) if i != axis)
        if others != rest or len(x.shape) != len(first):
            raise ShapeError(f"concat: shapes may differ only along axis {axis}\n"
                             f"  expected  {first}, but for that axis\n  got       {x.shape}")
    return join(*arrays, axis=axis)


def stack(arrays, axis=0):
    """Arrays of one shape as the entries of a new axis.   [(2, 3), (2, 3)] -> (2, 2, 3)"""
    arrays = _operands("stack", arrays)
    axis, = normalise_axes("stack", axis, len(arrays[0].shape) + 1)
    for x in arrays:
        if x.shape != arrays[0].shape:
            raise ShapeError(f"stack: all shapes must be equal\n"
                             f"  expected  {arrays[0].shape}\n  got       {x.shape}")
    return join(*(expand_dims(x, axis) for x in arrays), axis=axis)


def _operands(op, arrays):
    """The list as Tensors and arrays; a number takes the dtype of the first array beside it."""
    if isinstance(arrays, Tensor) or backend.is_array(arrays):
        raise TypeError(f"{op}: expected a list of arrays, got one array of shape {arrays.shape}")
    arrays = list(arrays)
    if not arrays:
        raise ValueError(f"{op}: the list of arrays is empty")
    like = next((x for x in arrays if isinstance(x, Tensor) or backend.is_array(x)), None)
    if like is None:
        return [operand(x) for x in arrays]
    like = like.data if isinstance(like, Tensor) else like
    return [backend.from_host(backend.to_numpy(x), like) if isinstance(x, (int, float))
            else operand(x) for x in arrays]
