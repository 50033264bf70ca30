"""The continuous Bernoulli distribution of grey pixels, from logits."""
from .. import backend
from ..autodiff import ops
from ..autodiff.ops.tilted import (continuous_bernoulli_nll, tilted_log_mass, tilted_mean,
                                   tilted_variance)
from .base import (Distribution, as_parameters, as_value, broadcast_shape, broadcast_to, raw,
                   sample_shape)


class ContinuousBernoulli(Distribution):
    """p(x) = C sigmoid(logits)^x sigmoid(-logits)^(1 - x),  0 <= x <= 1, for every element.

    What Bernoulli's formula becomes for grey pixels once its constant C is there: without it the
    density does not integrate to 1 (Loaiza-Ganem and Cunningham 2019).  With u = logits it is

        p(x) = exp(u x - A(u)),   A(u) = log((exp(u) - 1) / u),

    the exponential distribution cut off at 1, rising for u > 0 and falling for u < 0, and uniform
    for u = 0.  Its mean is A'(u), which is not sigmoid(u).  batch_shape is the shape of the logits,
    any finite numbers; an event is a single number, event_shape = ().
    """

    def __init__(self, logits):
        self.logits, = as_parameters(logits)
        self.batch_shape = self.logits.shape

    def rsample(self, shape=(), *, rng):
        """The x at which P(X <= x) is v, uniform on (0, 1).   shape + batch_shape"""
        v = backend.uniform(rng, sample_shape(shape) + self.batch_shape, raw(self.logits))
        space = backend.namespace(v)
        edge = float(space.finfo(v.dtype).eps) / 2          # neither v nor 1 - v rounds to 0
        v = space.clip(v, min=edge, max=1 - edge)
        return _quantile(self.logits, v)

    def log_prob(self, x):
        """logits x - A(logits), in nats.   (..., *batch_shape)

        x lies in [0, 1], else ValueError.
        """
        x = as_value(x, raw(self.logits))
        shape = broadcast_shape("ContinuousBernoulli.log_prob", x=x.shape,
                                batch_shape=self.batch_shape)
        _require_unit_interval(raw(x))
        return -continuous_bernoulli_nll(broadcast_to(self.logits, shape), broadcast_to(x, shape))

    def entropy(self):
        """A(logits) - logits A'(logits), in nats, never above 0.   -> batch_shape

        Taken of -|logits|, which has the same entropy and a mean near 0, where it keeps its digits.
        """
        falling = ops.where(raw(self.logits) > 0, -self.logits, self.logits)
        return continuous_bernoulli_nll(falling, tilted_mean(falling))

    @property
    def log_normaliser(self):
        """A(logits) = log int_0^1 exp(logits x) dx.   batch_shape"""
        return tilted_log_mass(self.logits)

    @property
    def mean(self):
        """A'(logits) = 1 / (1 - exp(-logits)) - 1 / logits.   batch_shape"""
        return tilted_mean(self.logits)

    @property
    def variance(self):
        """A''(logits) = 1 / logits^2 - 1 / (4 sinh^2(logits / 2)).   batch_shape"""
        return tilted_variance(self.logits)


def _quantile(u, v):
    """The x with (exp(u x) - 1) / (exp(u) - 1) = v, for 0 < v < 1.

        x = log(1 + v (exp(u) - 1)) / u = int_0^1 sigmoid(logit v + u t) dt

    For u > 0 the mirror image is solved, so that no exponential overflows.  Near u = 0 the first
    form divides 0 by 0, and the second is expanded about the middle of its interval.
    """
    near = backend.namespace(raw(u)).abs(raw(u)) < _NEAR
    rising = raw(u) > 0
    away = ops.where(near, 1.0, u)
    size = ops.abs(away)
    mirrored = -ops.log1p(ops.expm1(-size) * ops.where(rising, 1 - v, v)) / size
    far = ops.where(rising, 1 - mirrored, mirrored)

    small = ops.where(near, u, 0.0)
    s = ops.sigmoid(small / 2 + (ops.log(v) - ops.log1p(-v)))
    slope = s * (1 - s)                     # s' = slope, s'' = bend, s'''' = bend (1 - 12 slope)
    bend, square = slope * (1 - 2 * s), small * small
    middle = s + square / 24 * bend * (1 + square / 80 * (1 - 12 * slope))
    return ops.where(near, middle, far)


_NEAR = 0.02            # there the next term of the expansion is below 1e-16


def _require_unit_interval(x):
    """Raise ValueError if x holds a number outside [0, 1]; NaN passes into the loss."""
    space = backend.namespace(x)
    if backend.values_are_checked(space) and bool(space.any((x < 0) | (x > 1))):
        raise ValueError("ContinuousBernoulli.log_prob: x is a grey level\n"
                         "  expected  numbers in [0, 1]\n"
                         f"  got       {float(space.min(x)):.6g} ... {float(space.max(x)):.6g}\n"
                         "  hint      divide pixels of 0 ... 255 by 255")
