"""Fused ops: what training spends its time in, as one node each."""
import math

from ... import backend
from ...errors import ShapeError
from ..primitive import AtOnce, primitive
from ..shapes import mismatch, require_equal
from ..tensor import Tensor
from .activation import before, require_activation
from .elementwise import astype, clip, exp, expm1, sigmoid, sqrt, square
from .products import matmul
from .reduce import centred, count, mean
from .shape import reshape

# ---- linear: y = f(x w + b) ----------------------------------------------------------------------


@primitive("(...,I),(I,O),(O)?->(...,O)", formula="y = x w + b")
def linear(xp, x, w, b=None, activation=None):
    """activation(x w + b) as one node.   (..., I), (I, O), (O) -> (..., O)

    `b` may be None; `activation` is None, "relu", "leaky_relu" (slope 0.2), "tanh" or "sigmoid".
    """
    require_activation("linear", activation)
    # A product with a vector exists, but has no axis O; a bias of another shape would broadcast.
    if w.ndim != 2 or (b is not None and b.shape != w.shape[1:]):
        raise mismatch("linear", linear.names, linear.signature,
                       (x.shape, w.shape, None if b is None else b.shape))
    if getattr(b, "dtype", x.dtype) != x.dtype:     # the product may have no room for its digits
        return xp.activated(xp.matmul(x, w), b, activation)
    return xp.linear(x, w, b, activation)


linear.shared = lambda g, y, x, w, b, activation=None: before(g, y, activation)
linear.vjp = (lambda g, y, x, w, b, activation=None: matmul(g, w.mT),
              lambda g, y, x, w, b, activation=None: matmul(_rows(x).mT, _rows(g)),
              lambda g, y, x, w, b, activation=None: g)


def _linear_gradients(needed, g, y, x, w, b, activation=None):
    """The three rules above in functions of the backend: layers are half of the nodes there are."""
    xp = backend.NAMESPACES[type(y)]
    if activation is not None:
        g = xp.activation_gradient(g, y, activation)
    return (xp.matmul(g, w.mT) if needed[0] else None,
            xp.matmul(_rows(x).mT, _rows(g)) if needed[1] else None,
            xp.sum_to(g, b.shape) if needed[2] else None)


linear.vjp = AtOnce(linear.vjp, _linear_gradients)


def _rows(x):
    """All leading axes as one: (..., D) -> (N, D)."""
    return x if len(x.shape) == 2 else reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))


# ---- normalise: what batch and layer normalisation share -----------------------------------------

@primitive("(...)->(...)", formula="y = (x - mean x) / sqrt(var x + eps)", saves=True)
def normalise(xp, x, axis, eps=1e-5):
    """(x - mean) / sqrt(var + eps), over `axis` (an int or a tuple).   (...) -> (...)

    The variance divides by n, in two passes, so x may be far from 0; where all values are equal y
    is 0.  ValueError over an empty axis.  (Ioffe and Szegedy 2015; Ba, Kiros and Hinton 2016.)
    """
    n = count("normalise", x, axis)
    y = x - xp.sum(x, axis=axis, keepdims=True) / n
    y -= xp.sum(y, axis=axis, keepdims=True) / n            # far from 0 the first mean was rounded
    inverse = 1 / xp.sqrt(xp.sum(y * y, axis=axis, keepdims=True) / n + eps)
    return y * inverse, inverse


def _normalise_x(g, y, inverse, x, axis, eps=1e-5):
    """inverse (g - mean(g) - y mean(g y)): shift and scale move with x and take their share."""
    average = {"axis": axis, "keepdims": True}
    return inverse * (g - mean(g, **average) - y * mean(g * y, **average))


normalise.recompute = lambda y, x, axis, eps=1e-5: \
    1 / sqrt(mean(square(centred(x, axis)), axis=axis, keepdims=True) + eps)
normalise.vjp = (_normalise_x,)


# ---- losses: distributions' parameters in, nats out, one number per element ----------------------

@primitive("(...),(...)->(...)", formula="y = max(l, 0) - l t + log(1 + exp(-|l|))", saves=True)
def bce_with_logits(xp, logits, targets):
    """-t log sigmoid(l) - (1 - t) log(1 - sigmoid(l)), in nats.   (...), (...) -> (...)

    The negative log-likelihood of a Bernoulli with these logits.  Exact for every logit, infinite
    ones included; shapes must be equal and nothing is averaged.  Targets lie in [0, 1], else
    ValueError; integers and booleans take the dtype of the logits.
    """
    _require_equal("bce_with_logits", logits=logits, targets=targets)
    logits, targets = _one_dtype(xp, logits, targets)
    if targets.size and backend.values_are_checked(xp):
        low, high = xp.min(targets), xp.max(targets)
        if low < 0 or high > 1:
            raise ValueError("bce_with_logits: targets are probabilities\n"
                             "  expected  values in [0, 1]\n"
                             f"  got       {float(low):g} ... {float(high):g}")
    loss, excess = xp.bce_with_logits(logits, targets)
    excess -= targets                           # sigmoid(l) - t, the slope of the loss
    return loss, excess


bce_with_logits.recompute = lambda y, logits, targets: sigmoid(logits) - _floats(targets, logits)
bce_with_logits.vjp = (lambda g, y, excess, logits, targets: g * excess,
                       lambda g, y, excess, logits, targets: -g * logits)


def _require_equal(op, **arrays):
    require_equal(op, **{name: getattr(x, "shape", ()) for name, x in arrays.items()})


def _array(x):
    return x.data if isinstance(x, Tensor) else x


def _floats(data, like):
    """Integer or boolean data in the floating dtype of `like`; anything else as it is."""
    array = _array(data)
    if not backend.is_array(array):
        return data
    return data if backend.is_floating(array) else astype(data, like.dtype)


def _one_dtype(xp, parameters, data):
    """Both as arrays of one floating dtype: a number follows the other, of two the wider wins.

    Where there are integers only, float64.
    """
    are_arrays = [backend.is_array(x) for x in (parameters, data)]
    if not any(are_arrays):
        return parameters, data
    if all(are_arrays) and parameters.dtype == data.dtype and backend.is_floating(data):
        return parameters, data
    like = parameters if are_arrays[0] else data
    both = [x if backend.is_array(x) else xp.asarray(x, dtype=like.dtype, device=like.device)
            for x in (parameters, _floats(data, like))]
    wider = xp.result_type(*both)
    if not xp.isdtype(wider, "real floating"):
        wider = xp.float64
    return [x if x.dtype == wider else xp.astype(x, wider) for x in both]


@primitive("(...),(...),(...)->(...)", saves=True,
           formula="y = (x - m)^2 / (2 exp(2 s)) + s + log(2 pi) / 2")
def gaussian_nll(xp, x, loc, log_scale):
    """-log N(x; loc, exp(log_scale)^2), elementwise, in nats.   (...), (...), (...) -> (...)

    (x - loc)^2 / (2 scale^2) + log_scale + log(2 pi) / 2.  Shapes are equal, never broadcast,
    except that log_scale may be one number, or one for each entry of the last axis, (D).  Nothing
    is averaged.  At x = loc it is exact for every log_scale, also where the scale is 0 as a float.
    """
    _require_equal("gaussian_nll", loc=loc, x=x)
    loc, x = _one_dtype(xp, loc, x)
    whole, scale = getattr(loc, "shape", ()), getattr(log_scale, "shape", ())
    if scale not in (whole, (), whole[-1:]):
        raise ShapeError("gaussian_nll: log_scale has the shape of x, of its last axis, or none\n"
                         f"  expected  {whole}, {whole[-1:]} or ()\n  got       {scale}")
    if backend.is_array(log_scale):
        log_scale, x = _one_dtype(xp, log_scale, x)         # log(2 pi) / 2 has the digits of x
    inverse = inverse_scale(log_scale)
    z = (x - loc) * inverse
    return z * z / 2 + (log_scale + _HALF_LOG_TAU), (z, inverse)


_HALF_LOG_TAU = math.log(2 * math.pi) / 2


def inverse_scale(log_scale):
    """exp(-log_scale), and a large float where that is none: at x = loc, z is 0 times a number."""
    if isinstance(log_scale, (int, float)):
        return math.exp(min(-log_scale, 700.0))
    limits = backend.namespace(_array(log_scale)).finfo(log_scale.dtype)
    return exp(clip(-log_scale, max=math.log(float(limits.max)) - 1))


def _standardised(y, x, loc, log_scale):
    inverse = inverse_scale(log_scale)
    return (_floats(x, loc) - loc) * inverse, inverse


gaussian_nll.recompute = _standardised
gaussian_nll.vjp = (lambda g, y, saved, x, loc, log_scale: g * saved[0] * saved[1],
                    lambda g, y, saved, x, loc, log_scale: -g * saved[0] * saved[1],
                    lambda g, y, saved, x, loc, log_scale: g * (1 - saved[0] * saved[0]))


@primitive("(...),(...)->(...)", formula="y = (exp(2 s) + m^2 - 1 - 2 s) / 2", saves=True)
def kl_standard_normal(xp, loc, log_scale):
    """KL(N(loc, exp(log_scale)^2) || N(0, 1)), elementwise, in nats.   (...), (...) -> (...)

    1/2 (exp(2 s) + m^2 - 1 - 2 s), with m = loc and s = log_scale (Kingma and Welling 2014,
    appendix B).  expm1 keeps every digit near s = 0, where the first and third term cancel.  Shapes
    must be equal.
    """
    _require_equal("kl_standard_normal", loc=loc, log_scale=log_scale)
    excess = xp.expm1(2 * log_scale)                        # sigma^2 - 1
    return (excess + loc * loc) / 2 - log_scale, excess


kl_standard_normal.recompute = lambda y, loc, log_scale: expm1(2 * log_scale)
kl_standard_normal.vjp = (lambda g, y, excess, loc, log_scale: g * loc,
                          lambda g, y, excess, loc, log_scale: g * excess)
