"""The uniform distribution on [0, 1], tilted: p(x) = exp(u x - A(u)), 0 <= x <= 1.

    A(u) = log int_0^1 exp(u t) dt = log((exp(u) - 1) / u)

This is the continuous Bernoulli distribution with logit u (Loaiza-Ganem and Cunningham 2019).  As
in every exponential family the derivatives of A are moments of x: A' is its mean, A'' its variance.
At u = 0 the formulas divide 0 by 0, so near there the series with the numbers of Bernoulli takes
their place, u / (exp(u) - 1) = sum_n B_n u^n / n!, integrated and differentiated term by term.
"""
import math

from ..primitive import primitive
from ..shapes import require_equal
from ..tensor import Tensor
from .elementwise import abs, exp, expm1, where

# B_2, B_4, ... B_24; |B_2n| / (2n)! falls as 2 (2 pi)^-2n, so for |u| < 1 these are enough
_NUMBERS = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798,
            -174611 / 330, 854513 / 138, -236364091 / 2730)
_NEAR = 1.0
# A(u) = u / 2 + u^2 P(u^2),  A'(u) = 1 / 2 + u P(u^2),  A''(u) = P(u^2), each with its own P
_LOG_MASS = [b / (2 * n * math.factorial(2 * n)) for n, b in enumerate(_NUMBERS, 1)]
_MEAN     = [b / math.factorial(2 * n)           for n, b in enumerate(_NUMBERS, 1)]
_VARIANCE = [b * (2 * n - 1) / math.factorial(2 * n) for n, b in enumerate(_NUMBERS, 1)]


def _polynomial(coefficients, square):
    """sum_n c_n square^n by Horner's rule, of arrays or Tensors."""
    y = coefficients[-1]
    for c in coefficients[-2::-1]:
        y = y * square + c
    return y


def _regions(xp, u):
    """Where u is near 0; u there, else 0; |u| elsewhere, 1 there: safe for either formula."""
    size = xp.abs(u)
    near = size < _NEAR
    return near, xp.where(near, u, xp.zeros_like(u)), xp.where(near, xp.ones_like(u), size)


@primitive("(...)->(...)", formula="y = log((exp(u) - 1) / u)")
def tilted_log_mass(xp, u):
    """A(u) = log int_0^1 exp(u t) dt = log((exp(u) - 1) / u); 0 at u = 0.   (...) -> (...)"""
    near, small, size = _regions(xp, u)
    square = small * small
    return xp.where(near, small / 2 + square * _polynomial(_LOG_MASS, square),
                    xp.relu(u) - xp.log(size) + xp.log1p(-xp.exp(-size)))


@primitive("(...)->(...)", formula="y = 1 / (1 - exp(-u)) - 1 / u")
def tilted_mean(xp, u):
    """A'(u) = 1 / (1 - exp(-u)) - 1 / u: 1/2 at 0, and 0 and 1 in the limits.   (...) -> (...)"""
    near, small, size = _regions(xp, u)
    e = xp.exp(-size)
    below = 1 / size + e / xp.expm1(-size)                  # the mean for -|u|, at most 1/2
    return xp.where(near, 0.5 + small * _polynomial(_MEAN, small * small),
                    xp.where(u > 0, 1 - below, below))


def tilted_variance(u):
    """A''(u) = 1 / u^2 - exp(u) / (exp(u) - 1)^2: 1/12 at 0, and 0 in the limits.   (...) -> (...)

    Made of ops, so that every further derivative of A is one of them.
    """
    size = abs(u)
    near = (size.data if isinstance(size, Tensor) else size) < _NEAR
    small, size = where(near, u, 0.0), where(near, 1.0, size)
    inverse, e = 1 / size, exp(-size)
    root = expm1(-size)
    return where(near, _polynomial(_VARIANCE, small * small), inverse * inverse - e / (root * root))


tilted_log_mass.vjp = (lambda g, y, u: g * tilted_mean(u),)
tilted_mean.vjp = (lambda g, y, u: g * tilted_variance(u),)


@primitive("(...),(...)->(...)", formula="y = A(u) - u x", saves=True)
def continuous_bernoulli_nll(xp, logits, x):
    """A(u) - u x = -log p(x), elementwise, in nats.   (...), (...) -> (...)

    Exact for every finite logit u: where A(u) and u x are large numbers, their difference is taken
    by hand, u (1 - x) for u > 0 and -u x for u < 0.  x lies in [0, 1]; shapes must be equal.
    """
    require_equal("continuous_bernoulli_nll", logits=logits.shape, x=x.shape)
    near, small, size = _regions(xp, logits)
    square = small * small
    far = xp.relu(logits) * (1 - x) + xp.relu(-logits) * x - xp.log(size) \
        + xp.log1p(-xp.exp(-size))
    nll = xp.where(near, small * (0.5 - x) + square * _polynomial(_LOG_MASS, square), far)
    return nll, tilted_mean(logits)


continuous_bernoulli_nll.recompute = lambda y, logits, x: tilted_mean(logits)
continuous_bernoulli_nll.vjp = (lambda g, y, mean, logits, x: g * (mean - x),
                                lambda g, y, mean, logits, x: -g * logits)
