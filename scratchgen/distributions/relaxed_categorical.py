"""The relaxed categorical, or Concrete, distribution: points of a simplex, nearly one-hot."""
import math

from .. import backend
from ..autodiff import ops
from ..errors import ShapeError
from .base import Distribution, as_parameters, as_value, raw, require_event, sample_shape


class RelaxedCategorical(Distribution):
    """x = softmax((logits + g) / t),  g Gumbel noise:  a Categorical that one can differentiate.

        log p(x) = log (K - 1)! + (K - 1) log t + sum_k (l_k - (t + 1) log x_k)
                   - K log sum_k exp(l_k - t log x_k)

    (Maddison, Mnih and Teh 2017, eq. 10.)  logits l are finite, (..., K); the temperature t is one
    positive number.  An event is a point of the simplex, event_shape = (K,): K positive numbers
    that add up to 1, of which K - 1 are free, and the density is one of those K - 1 numbers.  It is
    not comparable with the probabilities of a Categorical, and may be above 1.

    P(x_k is the largest) = softmax(logits)_k at every temperature; as t goes to 0 the draws go to
    the corners of the simplex.
    """

    def __init__(self, logits, temperature):
        self.logits, = as_parameters(logits)
        if not self.logits.shape or self.logits.shape[-1] == 0:
            raise ShapeError("RelaxedCategorical: logits need a last axis, with one entry for each "
                             f"class\n  expected  (..., K)\n  got       {self.logits.shape}")
        if not 0 < temperature < math.inf:
            raise ValueError("RelaxedCategorical: the temperature is out of range\n"
                             f"  expected  a positive number\n  got       {temperature!r}")
        self.temperature = temperature
        self.batch_shape, self.event_shape = self.logits.shape[:-1], self.logits.shape[-1:]

    def rsample(self, shape=(), *, rng):
        """ops.gumbel_softmax(logits, temperature).   shape + batch_shape + (K,)"""
        logits = ops.broadcast_to(self.logits, sample_shape(shape) + self.logits.shape)
        return ops.gumbel_softmax(logits, self.temperature, rng=rng)

    def log_prob(self, x):
        """log p(x) in nats, a density.   (..., K) -> (...)

        ValueError for a point that has no density: one outside of the simplex, or on its edge,
        where draws at a low temperature end up by rounding.
        """
        x = as_value(x, raw(self.logits))
        require_event("RelaxedCategorical.log_prob", x, self.event_shape)
        _require_inside(raw(x))
        t, classes = self.temperature, self.event_shape[0]
        log_x = ops.log(x)
        constant = math.lgamma(classes) + (classes - 1) * math.log(t)
        return (ops.sum(self.logits - (t + 1) * log_x, axis=-1)
                - classes * ops.logsumexp(self.logits - t * log_x, axis=-1) + constant)


def _require_inside(x):
    space = backend.namespace(x)
    if not backend.values_are_checked(space):
        return
    off = float(space.max(space.abs(space.sum(x, axis=-1) - 1))) if x.size else 0.0
    least = float(space.min(x)) if x.size else 1.0
    rounding = 64 * float(space.finfo(x.dtype).eps) * x.shape[-1]
    if least <= 0 or off > rounding:
        raise ValueError("RelaxedCategorical.log_prob: x is not inside the simplex\n"
                         "  expected  positive numbers that add up to 1\n"
                         f"  got       a smallest of {least:.3g}, sums within {off:.3g} of 1\n"
                         "  hint      a draw at a low temperature is rounded to 0 and 1: take a "
                         "higher one, or float64")
