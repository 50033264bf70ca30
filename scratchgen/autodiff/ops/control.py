"""Ops that change no value: they decide where gradients flow."""
from ...errors import ShapeError
from ..primitive import primitive
from ..tensor import Tensor


@primitive("(...)->(...)", formula="y = x")
def identity(xp, x):
    """The same values as a new node.   (...) -> (...)"""
    return x


identity.vjp = (lambda g, y, x: g,)


def stop_gradient(x):
    """The same values as a constant: dL/dx through here is 0.   (...) -> (...)"""
    return x.detach() if isinstance(x, Tensor) else x


@primitive("(...),(...)->(...)", formula="y = hard, dy/dsoft = 1")
def straight_through(xp, hard, soft):
    """The value of `hard` with the gradient of `soft`.   (...), (...) -> (...)

    A step function has gradient 0, which teaches nothing; pretending that it is its smooth stand-in
    is biased, but it learns (Bengio, Leonard and Courville 2013).  No gradient reaches `hard`; an
    integer or boolean `hard` takes the dtype of `soft`.  Shapes must be equal.
    """
    if hard.shape != soft.shape:
        raise ShapeError("straight_through: the shapes must be equal\n"
                         f"  expected  soft {hard.shape}, like hard\n  got       soft {soft.shape}")
    return hard if hard.dtype == soft.dtype else xp.astype(hard, soft.dtype)


straight_through.vjp = (lambda g, y, hard, soft: g * 0,
                        lambda g, y, hard, soft: g)
