"""Discrete choices inside a network.

An argmax is flat where it does not jump: its derivative is 0, which teaches nothing.  Two ways out,
both of them biased: pretend that it is a softmax on the way back (straight-through), or use a
softmax sharp enough to be nearly an argmax (Gumbel-softmax).
"""
from ... import backend
from ...errors import ShapeError
from ..primitive import primitive
from ..shapes import normalise_axes
from ..tensor import Tensor, require_floating
from .control import stop_gradient, straight_through
from .probability import softmax
from .reduce import count
from .shape import operand


@primitive("(...)->(...)", formula="y_k = [k = argmax_j x_j]")
def one_hot_argmax(xp, x, axis=-1):
    """1 at the largest entry along `axis`, 0 elsewhere: a vertex of the simplex.   (..., K) -> same

    The first of several largest.  The derivative is 0, also at ties, where there is none.  NaN
    among the entries makes all of them NaN.  ValueError over an empty axis.
    """
    count("one_hot_argmax", x, axis)
    axes = normalise_axes("one_hot_argmax", axis, x.ndim)
    if axis is None or len(axes) != 1:
        raise ShapeError("one_hot_argmax: the largest is one of a single axis\n"
                         f"  expected  axis, an integer\n  got       {axis}")
    axis, = axes
    places = xp.reshape(xp.arange(x.shape[axis], device=x.device),
                        (-1,) + (1,) * (x.ndim - 1 - axis))
    y = xp.astype(xp.argmax(x, axis=axis, keepdims=True) == places, x.dtype)
    largest = xp.max(x, axis=axis, keepdims=True)
    return xp.where(xp.isnan(largest), largest, y)


one_hot_argmax.vjp = (lambda g, y, x, axis=-1: g * 0,)


def straight_through_argmax(logits, axis=-1):
    """y = one_hot(argmax logits), with the gradient of softmax(logits).   (..., K) -> (..., K)

    That is not the derivative of y, which is 0: it is made up, a biased guide that points from the
    vertex that was taken towards vertices with a smaller loss (Bengio, Leonard and Courville 2013).
    PyTorch's way to write it is `hard + (soft - soft.detach())`.  Ties as in `one_hot_argmax`.
    """
    logits = operand(logits)
    return straight_through(one_hot_argmax(stop_gradient(logits), axis=axis),
                            softmax(logits, axis=axis))


def gumbel_softmax(logits, temperature=1.0, *, hard=False, axis=-1, rng):
    """y = softmax((logits + g) / temperature),  g_k = -log(-log u_k), u_k uniform on (0, 1).

    (..., K) -> (..., K), a point of the simplex for each row of logits.  argmax(logits + g) is a
    draw from the categorical distribution with these logits, exactly (Gumbel 1954); the softmax is
    its smooth stand-in, and tends to that vertex as the temperature goes to 0, while the variance
    of its gradient goes to infinity (Jang, Gu and Poole 2017; Maddison, Mnih and Teh 2017).

    The gradient is that of the formula, for the noise drawn.  With `hard` the value is the vertex
    itself, a one-hot draw, and the gradient still that of the softmax: made up, as in
    `straight_through`.  Both are biased for the gradient of E[f(draw)].  Definition and defaults
    are those of `torch.nn.functional.gumbel_softmax`, but that `hard` gives exact zeros and ones.

    `rng` is an int or a `numpy.random.Generator`; noise is drawn on the host.  Raises ValueError
    for a temperature that is not positive, TypeError for integer logits.
    """
    if not temperature > 0:
        raise ValueError("gumbel_softmax: the temperature divides the logits\n"
                         f"  expected  temperature > 0\n  got       {temperature!r}")
    logits = operand(logits)
    array = logits.data if isinstance(logits, Tensor) else logits
    require_floating(array)
    noise = backend.from_host(backend.rng(rng).gumbel(size=array.shape), array)
    perturbed = logits + noise
    soft = softmax(perturbed / temperature, axis=axis)
    if not hard:
        return soft
    return straight_through(one_hot_argmax(stop_gradient(perturbed), axis=axis), soft)
