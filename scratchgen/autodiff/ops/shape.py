"""Ops that move numbers about without changing them: every rule is another of these ops."""
from ..primitive import primitive


@primitive("(...)->(...)", formula="y = x")
def identity(xp, x):
    """The same values as a new node.   (...) -> (...)"""
    return x


identity.vjp = (lambda g, y, x: g,)


@primitive("(...)->(...)")
def reshape(xp, x, shape):
    """The same numbers in row-major order under another shape; one axis may be -1.   (...) -> shape"""
    return xp.reshape(x, (shape,) if isinstance(shape, int) else tuple(shape))


reshape.vjp = (lambda g, y, x, shape: reshape(g, x.shape),)


@primitive("(...)->(...)")
def broadcast_to(xp, x, shape):
    """x repeated along new leading axes and along axes of size 1.   (...) -> shape"""
    return xp.broadcast_to(x, tuple(shape))


broadcast_to.vjp = (lambda g, y, x, shape: g,)              # the engine un-broadcasts


@primitive("(...,M,N)->(...,N,M)", formula="y = x^T")
def matrix_transpose(xp, x):
    """The last two axes swapped.   (..., M, N) -> (..., N, M)"""
    return xp.matrix_transpose(x)


matrix_transpose.vjp = (lambda g, y, x: matrix_transpose(g),)


@primitive("(...)->(...)")
def permute_dims(xp, x, axes):
    """The axes in another order: axis i of the result is axis axes[i] of x.   (...) -> (...)"""
    return xp.permute_dims(x, tuple(axes))


permute_dims.vjp = (lambda g, y, x, axes: permute_dims(g, _inverse(axes)),)


def _inverse(axes):
    return tuple(sorted(range(len(axes)), key=lambda i: axes[i] % len(axes)))


@primitive("(...)->(...)", formula="y = x[index]")
def getitem(xp, x, index):
    """x[index] for slices, ellipsis, None, integers, integer and boolean arrays.   (...) -> (...)

    An integer outside the axis raises IndexError on every backend.
    """
    return xp.getitem(x, index)


@primitive("(...)->(...)", formula="y[index] += x")
def scatter(xp, x, index, shape):
    """Zeros of `shape` with x added at `index`: the adjoint of getitem.   (...) -> shape"""
    return xp.scatter_add(x, index, shape)


getitem.vjp = (lambda g, y, x, index: scatter(g, index=index, shape=x.shape),)
scatter.vjp = (lambda g, y, x, index, shape: getitem(g, index=index),)
