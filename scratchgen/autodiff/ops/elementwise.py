"""Elementwise ops: a table of derivatives.

Each row reads: forward, then one rule per argument, given g = dL/dy.  Broadcasting is not the
rules' business: the engine sums a gradient back to the shape of its input.

At a kink the convention is PyTorch's: abs'(0) = 0, relu'(0) = 0, leaky_relu'(0) = slope, clip
passes the gradient at its edges, a tie of maximum or minimum splits it evenly, 0**0 = 1 with
gradient 0, sqrt'(0) = inf and log'(0) = inf.
"""
import math

from ... import backend
from ..primitive import elementwise, primitive
from ..tensor import Tensor, wrap

# ---- arithmetic ----------------------------------------------------------------------------------
#                                      dL/da                         dL/db
add         = elementwise("add",       lambda g, y, a, b: g,         lambda g, y, a, b: g,
                          formula="y = a + b")
subtract    = elementwise("subtract",  lambda g, y, a, b: g,         lambda g, y, a, b: -g,
                          formula="y = a - b")
multiply    = elementwise("multiply",  lambda g, y, a, b: g * b,     lambda g, y, a, b: g * a,
                          formula="y = a b")
divide      = elementwise("divide",    lambda g, y, a, b: g / b,     lambda g, y, a, b: -g * y / b,
                          formula="y = a / b")
pow         = elementwise("pow",       lambda g, y, a, b: _pow_a(g, a, b),
                                       lambda g, y, a, b: g * (y * _log_base(a)),
                          formula="y = a^b", doc="0**0 = 1 with gradient 0.")
maximum     = elementwise("maximum",   lambda g, y, a, b: g * step(a, b),
                                       lambda g, y, a, b: g * step(b, a),
                          formula="y = max(a, b)", doc="A tie splits the gradient evenly.")
minimum     = elementwise("minimum",   lambda g, y, a, b: g * step(b, a),
                                       lambda g, y, a, b: g * step(a, b),
                          formula="y = min(a, b)", doc="A tie splits the gradient evenly.")
negative    = elementwise("negative",  lambda g, y, x: -g,              formula="y = -x")
reciprocal  = elementwise("reciprocal", lambda g, y, x: -g * y * y,     formula="y = 1 / x")
square      = elementwise("square",    lambda g, y, x: g * (2 * x),     formula="y = x^2")
abs         = elementwise("abs",       lambda g, y, x: g * sign(x),     formula="y = |x|",
                          doc="abs'(0) = 0.")
sign        = elementwise("sign",      lambda g, y, x: g * 0,           formula="y = sign(x)")
sqrt        = elementwise("sqrt",      lambda g, y, x: g / (2 * y),     formula="y = sqrt(x)",
                          doc="sqrt'(0) = inf.")


def _pow_a(g, a, b):
    """b a^(b-1); where a = b = 0 the exponent is 0 instead of -1, so that 0 times it is 0.

    An exponent that depended on a would ask the next derivative for log a, also of a < 0.
    """
    if isinstance(b, (int, float)):
        return g * (b * pow(a, b - 1)) if b else g * 0
    base = a.detach() if isinstance(a, Tensor) else a
    return g * (b * pow(a, b - 1 + equal_mask(base, 0.0) * equal_mask(b, 0.0)))


def _log_base(a):
    """log a, and 0 for a = 0, so that 0^b log 0 is 0."""
    if isinstance(a, (int, float)):
        return math.log(a) if a > 0 else 0.0 if a == 0 else math.nan
    return log(a + equal_mask(a, 0.0))


# ---- exponentials and logarithms -----------------------------------------------------------------
exp         = elementwise("exp",       lambda g, y, x: g * y,           formula="y = exp(x)")
expm1       = elementwise("expm1",     lambda g, y, x: g * exp(x),      formula="y = exp(x) - 1",
                          doc="Exact near 0.")
log         = elementwise("log",       lambda g, y, x: g / x,           formula="y = log(x)",
                          doc="log(0) = -inf with log'(0) = inf.")
log2        = elementwise("log2",      lambda g, y, x: g / (x * math.log(2)),
                          formula="y = log2(x)")
log1p       = elementwise("log1p",     lambda g, y, x: g / (1 + x),     formula="y = log(1 + x)",
                          doc="Exact near 0.")

# ---- circular and hyperbolic functions -----------------------------------------------------------
sin         = elementwise("sin",       lambda g, y, x: g * cos(x),      formula="y = sin(x)")
cos         = elementwise("cos",       lambda g, y, x: -g * sin(x),     formula="y = cos(x)")
tan         = elementwise("tan",       lambda g, y, x: g * (1 + y * y), formula="y = tan(x)")
asin        = elementwise("asin",      lambda g, y, x: g / sqrt((1 - x) * (1 + x)),
                          formula="y = asin(x)")
acos        = elementwise("acos",      lambda g, y, x: -g / sqrt((1 - x) * (1 + x)),
                          formula="y = acos(x)")
atan        = elementwise("atan",      lambda g, y, x: g / (1 + x * x), formula="y = atan(x)")
sinh        = elementwise("sinh",      lambda g, y, x: g * cosh(x),     formula="y = sinh(x)")
cosh        = elementwise("cosh",      lambda g, y, x: g * sinh(x),     formula="y = cosh(x)")
tanh        = elementwise("tanh",      lambda g, y, x: g * (1 - y * y), formula="y = tanh(x)")
atanh       = elementwise("atanh",     lambda g, y, x: g / ((1 - x) * (1 + x)),
                          formula="y = atanh(x)")

# ---- masks: piecewise constant, so every derivative is 0 -----------------------------------------
# Rules multiply by them.  They are primitives only so that they take Tensors and give Tensors.
positive    = elementwise("positive",  lambda g, y, x: g * 0,           formula="y = [x > 0]")
step        = elementwise("step",      lambda g, y, a, b: g * 0,        lambda g, y, a, b: g * 0,
                          formula="y = [a > b] + [a = b]/2")
equal_mask  = elementwise("equal_mask", lambda g, y, a, b: g * 0,       lambda g, y, a, b: g * 0,
                          formula="y = [a = b]")

# ---- activations ---------------------------------------------------------------------------------
relu        = elementwise("relu",      lambda g, y, x: g * positive(y), formula="y = max(x, 0)",
                          doc="relu'(0) = 0.")
sigmoid     = elementwise("sigmoid",   lambda g, y, x: g * y * (1 - y),
                          formula="y = 1 / (1 + exp(-x))")
softplus    = elementwise("softplus",  lambda g, y, x: g * sigmoid(x),
                          formula="y = log(1 + exp(x))")
erf         = elementwise("erf",       lambda g, y, x: g * (_TWO_OVER_ROOT_PI * exp(-x * x)),
                          formula="y = 2/sqrt(pi) int_0^x exp(-t^2) dt")
_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)


@primitive("(...)->(...)", formula="y = x if x > 0 else slope x")
def leaky_relu(xp, x, slope=0.2):
    """x where x > 0, slope x elsewhere; leaky_relu'(0) = slope.   (...) -> (...)"""
    return xp.leaky_relu(x, slope)


leaky_relu.vjp = (lambda g, y, x, slope=0.2: g * (slope + (1 - slope) * positive(x)),)


@primitive("(...)->(...)", formula="y = x if x > 0 else alpha (exp(x) - 1)")
def elu(xp, x, alpha=1.0):
    """x where x > 0, alpha (exp(x) - 1) elsewhere; elu'(0) = alpha.   (...) -> (...)

    Clevert, Unterthiner and Hochreiter 2016.
    """
    return xp.relu(x) + alpha * xp.expm1(-xp.relu(-x))


def _elu_x(g, y, x, alpha=1.0):
    right = positive(x)
    return g * (right + alpha * (1 - right) * exp(-relu(-x)))


elu.vjp = (_elu_x,)


def silu(x):
    """x sigmoid(x) (Hendrycks and Gimpel 2016; also called swish).   (...) -> (...)"""
    return multiply(x, sigmoid(x))


def gelu(x):
    """x Phi(x), with Phi the distribution function of N(0, 1).   (...) -> (...)

    Exact, by erf; not the tanh approximation (Hendrycks and Gimpel 2016).
    """
    return multiply(x, add(0.5, multiply(0.5, erf(multiply(x, math.sqrt(0.5))))))


@primitive("(...)->(...)", formula="y = -log(1 + exp(-x))")
def log_sigmoid(xp, x):
    """log sigmoid(x) = -log(1 + exp(-x)), finite for every finite x.   (...) -> (...)"""
    return -xp.softplus(-x)


log_sigmoid.vjp = (lambda g, y, x: g * sigmoid(-x),)


# ---- selection -----------------------------------------------------------------------------------

@primitive("(...)->(...)", formula="y = x clipped to [min, max]")
def clip(xp, x, min=None, max=None):
    """min(max(x, min), max); a bound is a number, an array, or None for no bound.   (...) -> (...)

    The gradient passes where min <= x <= max, edges included.  Bounds are constants: for Tensors,
    which may want a gradient themselves, use `maximum` and `minimum`.
    """
    if isinstance(min, Tensor) or isinstance(max, Tensor):
        raise TypeError("clip: the bounds are constants, numbers or arrays\n"
                        "  hint      ops.minimum(ops.maximum(x, low), high) takes Tensors")
    return xp.clip(x, min=min, max=max)


clip.vjp = (lambda g, y, x, min=None, max=None: g * within(x, low=min, high=max),)


@primitive("(...)->(...)", formula="y = [low <= x <= high]")
def within(xp, x, low=None, high=None):
    """1 where low <= x <= high, 0 elsewhere, in x's dtype.   (...) -> (...)"""
    return xp.within(x, low, high)


within.vjp = (lambda g, y, x, **bounds: g * 0,)


@primitive("(...),(...),(...)->(...)", formula="y = a if condition else b")
def where(xp, condition, a, b):
    """a where the condition holds, b elsewhere.   (...), (...), (...) -> (...)

    The branch not taken still meets the chain rule: 0 times its infinite derivative is NaN.  So
    where(x > 0, log(x), 0) has gradient NaN at x = 0; the safe form makes the argument harmless
    first: where(x > 0, log(where(x > 0, x, 1.0)), 0.0).
    """
    return xp.where(condition, a, b)


where.vjp = (lambda g, y, c, a, b: g * 0,
             lambda g, y, c, a, b: where(c, g, 0.0),
             lambda g, y, c, a, b: where(c, 0.0, g))


@primitive("(...)->(...)", formula="y = x")
def cast(xp, x, dtype):
    """The same values in another floating dtype.   (...) -> (...)"""
    if not xp.isdtype(x.dtype, ("bool", "integral", "real floating")):      # texts would be parsed
        raise TypeError(f"astype: expected floats, integers or booleans, got dtype {x.dtype}")
    if isinstance(dtype, str):
        if not hasattr(xp, dtype):
            raise TypeError(f"astype: there is no dtype {dtype!r}\n"
                            "  expected  a name like \"float32\"")
        dtype = getattr(xp, dtype)
    return xp.astype(x, dtype)


cast.vjp = (lambda g, y, x, dtype: cast(g, dtype=x.dtype),)


def astype(x, dtype):
    """The same values as another dtype ("float32", "float64", "int64", ...).   (...) -> (...)

    Gradients flow between floating dtypes; a conversion to integers or booleans is a constant.
    """
    y = cast(x.data if isinstance(x, Tensor) else x, dtype=dtype)
    if not isinstance(x, Tensor):
        return y
    return cast(x, dtype=dtype) if x.requires_grad and backend.is_floating(y) else wrap(y)
