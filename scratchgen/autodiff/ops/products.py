"""Products of arrays: one sum over shared axes, whatever it is called."""
import math
import numbers

from ...errors import ShapeError
from .. import shapes
from ..primitive import primitive
from ..shapes import normalise_axes
from .elementwise import multiply
from .reduce import sum
from .shape import expand_dims, operand, permute_dims, reshape


@primitive("(...,I,J),(...,J,K)->(...,I,K)", formula="y = a b")
def matmul(xp, a, b):
    """The matrix product a b; leading axes broadcast.   (..., I, J), (..., J, K) -> (..., I, K)

    A vector a is a row, a vector b a column, and the result lacks that axis:
    (J), (..., J, K) -> (..., K),   (..., I, J), (J) -> (..., I),   (J), (J) -> ().
    """
    try:
        return xp.matmul(a, b)
    except ValueError:
        left = "(J)" if a.ndim == 1 else "(...,I,J)"
        right = "(J)" if b.ndim == 1 else "(...,J,K)"
        raise shapes.mismatch("matmul", ("a", "b"), f"{left},{right}", (a.shape, b.shape)) from None


def _matrices(g, a, b):
    """Vectors as matrices: a row for a, a column for b, and in g the axis that the result lacks."""
    if len(b.shape) == 1:
        g, b = expand_dims(g, -1), expand_dims(b, -1)
    if len(a.shape) == 1:
        g, a = expand_dims(g, -2), expand_dims(a, 0)
    return g, a, b


def _matmul_a(g, y, a, b):
    if len(a.shape) > 1 and len(b.shape) > 1:
        return matmul(g, b.mT)
    g, _, b = _matrices(g, a, b)
    return matmul(g, b.mT)                          # the engine sums the row of a vector a away


def _matmul_b(g, y, a, b):
    if len(a.shape) > 1 and len(b.shape) > 1:
        return matmul(a.mT, g)
    g, a, column = _matrices(g, a, b)
    gb = matmul(a.mT, g)
    return gb if column is b else reshape(gb, gb.shape[:-1])


matmul.vjp = (_matmul_a,                            # dL/da = g b^T
              _matmul_b)                            # dL/db = a^T g


def vecdot(a, b, axis=-1):
    """sum_j a_j b_j along `axis` of each; other axes broadcast.   (..., J), (..., J) -> (...)"""
    a, b = operand(a), operand(b)
    left, right = _axis_last(a, axis), _axis_last(b, axis)
    if left.shape[-1] != right.shape[-1]:
        raise ShapeError(f"vecdot: J is {left.shape[-1]} in a but {right.shape[-1]} in b\n"
                         f"  got       a {a.shape}, b {b.shape}, axis {axis}")
    return sum(multiply(left, right), axis=-1)


def _axis_last(x, axis):
    """x with this axis behind the others: axis 0 of a matrix is not axis 0 of a vector beside it.
    """
    axis, = normalise_axes("vecdot", axis, len(x.shape))
    rest = tuple(i for i in range(len(x.shape)) if i != axis)
    return x if axis == len(rest) else permute_dims(x, (*rest, axis))


def tensordot(a, b, axes=2):
    """The sum over pairs of axes of a and b, as one matrix product.

    `axes` is a pair of lists, the axes of a and the axes of b to sum over; or a number n, for the
    last n axes of a with the first n of b.   (2, 3, 4), (3, 4, 5), axes=2 -> (2, 5)
    """
    a, b = operand(a), operand(b)
    if isinstance(axes, numbers.Integral):
        if not 0 <= axes <= min(len(a.shape), len(b.shape)):
            raise ShapeError(f"tensordot: there are no {axes} axes to sum over\n"
                             f"  got       a {a.shape}, b {b.shape}")
        axes = (tuple(range(len(a.shape) - axes, len(a.shape))), tuple(range(axes)))
    of_a, of_b = ((ax,) if isinstance(ax, int) else tuple(ax) for ax in axes)
    of_a = normalise_axes("tensordot", of_a, len(a.shape))
    of_b = normalise_axes("tensordot", of_b, len(b.shape))
    summed = [a.shape[i] for i in of_a], [b.shape[i] for i in of_b]
    if summed[0] != summed[1]:
        raise ShapeError(f"tensordot: the axes to sum over have sizes {summed[0]} in a "
                         f"but {summed[1]} in b\n"
                         f"  got       a {a.shape}, b {b.shape}, axes {axes}")
    free_a = tuple(i for i in range(len(a.shape)) if i not in of_a)
    free_b = tuple(i for i in range(len(b.shape)) if i not in of_b)
    rows, columns = (tuple(x.shape[i] for i in free) for x, free in ((a, free_a), (b, free_b)))
    left = reshape(permute_dims(a, free_a + of_a), (math.prod(rows), math.prod(summed[0])))
    right = reshape(permute_dims(b, of_b + free_b), (math.prod(summed[0]), math.prod(columns)))
    return reshape(matmul(left, right), rows + columns)
