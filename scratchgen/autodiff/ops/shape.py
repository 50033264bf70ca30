"""Ops that move numbers about without changing them: every rule is another of these ops."""
from ... import backend
from ...errors import ShapeError
from ..primitive import primitive
from ..shapes import as_shape, normalise_axes
from ..tensor import Tensor


def operand(x):
    """x if it is a Tensor or an array; numbers and lists become an array of the backend in use."""
    return x if isinstance(x, Tensor) or backend.is_array(x) else backend.asarray(x)


# ---- another shape -------------------------------------------------------------------------------

@primitive("(...)->(...)")
def reshape(xp, x, shape):
    """The same numbers, in row-major order; one axis of `shape` may be -1.   (...) -> shape"""
    shape = as_shape(shape)
    try:
        return xp.reshape(x, shape)
    except ValueError:
        raise ShapeError(f"reshape: {x.size} numbers do not fill the shape asked for\n"
                         f"  expected  a shape of {x.size} numbers, like {x.shape}\n"
                         f"  got       {shape}") from None


reshape.vjp = (lambda g, y, x, shape: reshape(g, shape=x.shape),)


def expand_dims(x, axis=0):
    """A new axis of size 1 at position `axis` of the result.   (3, 4), axis=1 -> (3, 1, 4)"""
    x = operand(x)
    axis, = normalise_axes("expand_dims", axis, len(x.shape) + 1)
    return reshape(x, x.shape[:axis] + (1,) + x.shape[axis:])


def squeeze(x, axis):
    """Without `axis` (an int or a tuple), each of size 1, else ShapeError.

    (3, 1, 4), axis=1 -> (3, 4)
    """
    x = operand(x)
    axes = normalise_axes("squeeze", axis, len(x.shape))
    if any(x.shape[a] != 1 for a in axes):
        raise ShapeError("squeeze: only axes of size 1 can go\n"
                         f"  got       axis {axis} of shape {x.shape}")
    return reshape(x, tuple(n for a, n in enumerate(x.shape) if a not in axes))


@primitive("(...)->(...)")
def broadcast_to(xp, x, shape):
    """x repeated along new leading axes and along axes of size 1.   (...) -> shape"""
    shape = as_shape(shape)
    try:
        return xp.broadcast_to(x, shape)
    except ValueError:
        raise ShapeError("broadcast_to: an axis stretches only if its size is 1\n"
                         f"  expected  a shape that {x.shape} broadcasts to\n"
                         f"  got       {shape}") from None


@primitive("(...)->(...)", formula="y = x summed to a shape")
def sum_to(xp, x, shape):
    """Broadcasting undone: x summed over the axes along which `shape` was stretched.

    (5, 3, 4), (3, 1) -> (3, 1).  An axis of size 1 stays one, whatever its size in `shape`.
    """
    return xp.sum_to(x, shape)


broadcast_to.vjp = (lambda g, y, x, shape: g,)              # the engine un-broadcasts
sum_to.vjp = (lambda g, y, x, shape: broadcast_to(g, shape=x.shape),)


# ---- another order -------------------------------------------------------------------------------

@primitive("(...,M,N)->(...,N,M)", formula="y = x^T")
def matrix_transpose(xp, x):
    """The last two axes swapped.   (..., M, N) -> (..., N, M)"""
    return xp.matrix_transpose(x)


matrix_transpose.vjp = (lambda g, y, x: matrix_transpose(g),)


@primitive("(...)->(...)")
def permute_dims(xp, x, axes):
    """The axes in another order: axis i of the result is axis axes[i] of x.   (...) -> (...)"""
    if len(normalise_axes("permute_dims", tuple(axes), x.ndim)) != x.ndim:
        raise ShapeError("permute_dims: every axis has to be named once\n"
                         f"  expected  {x.ndim} axes of shape {x.shape}\n  got       {tuple(axes)}")
    return xp.permute_dims(x, tuple(axes))


permute_dims.vjp = (lambda g, y, x, axes: permute_dims(g, _inverse(axes)),)


def _inverse(axes):
    return tuple(sorted(range(len(axes)), key=lambda i: axes[i] % len(axes)))


@primitive("(...)->(...)")
def flip(xp, x, axis=None):
    """The entries in reverse along `axis` (an int, a tuple, or None for all).   (...) -> (...)"""
    return xp.flip(x, axis=axis)


flip.vjp = (lambda g, y, x, axis=None: flip(g, axis=axis),)


@primitive("(...)->(...)")
def roll(xp, x, shift, axis=None):
    """Entries move `shift` places along `axis`, the last come in first again.   (...) -> (...)

    `shift` and `axis` may be tuples or lists of the same length; without an axis x is rolled as one
    long row.
    """
    shift, axis = (tuple(n) if isinstance(n, list) else n for n in (shift, axis))
    return xp.roll(x, shift, axis=axis)


roll.vjp = (lambda g, y, x, shift, axis=None: roll(g, shift=_negated(shift), axis=axis),)


def _negated(shift):
    return tuple(-n for n in shift) if isinstance(shift, (tuple, list)) else -shift


# ---- a part, the rest zero -----------------------------------------------------------------------

@primitive("(...,M,N)->(...,M,N)", formula="y = x below the diagonal, else 0")
def tril(xp, x, k=0):
    """The lower triangle, up to the k-th diagonal above the main.   (..., M, N) -> (..., M, N)"""
    return xp.tril(_matrices("tril", x), k=k)


@primitive("(...,M,N)->(...,M,N)", formula="y = x above the diagonal, else 0")
def triu(xp, x, k=0):
    """The upper triangle, from the k-th diagonal above the main.   (..., M, N) -> (..., M, N)"""
    return xp.triu(_matrices("triu", x), k=k)


def _matrices(op, x):
    """x, if it is a stack of matrices: of a vector NumPy would make one, each row that vector."""
    if x.ndim < 2:
        raise ShapeError(f"{op}: x needs at least 2 axes (..., M, N), got shape {x.shape}")
    return x


tril.vjp = (lambda g, y, x, k=0: tril(g, k=k),)
triu.vjp = (lambda g, y, x, k=0: triu(g, k=k),)


# ---- copies: a new axis, stretched, and merged into its neighbour --------------------------------

def tile(x, repetitions):
    """x laid side by side: repetitions[i] copies along axis i.   (2, 3), (2, 1) -> (4, 3)

    More repetitions than axes add leading axes, fewer leave the leading axes alone.
    """
    x = operand(x)
    counts = as_shape(repetitions)
    rank = max(len(counts), len(x.shape))
    counts = (1,) * (rank - len(counts)) + counts
    sizes = (1,) * (rank - len(x.shape)) + x.shape
    apart = tuple(n for size in sizes for n in (1, size))
    copied = tuple(n for pair in zip(counts, sizes) for n in pair)
    merged = tuple(count * size for count, size in zip(counts, sizes))
    return reshape(broadcast_to(reshape(x, apart), copied), merged)
