"""A distribution seen through a bijector: the change of variables."""
from .. import backend
from ..autodiff import ops
from ..autodiff.tensor import no_grad
from ..autodiff.transforms import jvp
from ..errors import ShapeError
from .base import Distribution
from .bijectors.base import Bijector, sum_last


class Transformed(Distribution):
    """y = f(x) with x ~ base:   log p(y) = log base(x) + log |det dx/dy|,  x = f^-1(y)

        Transformed(Normal(0.0, 1.0), Exp())                the log-normal distribution

    batch_shape and event_shape are those of the base.  If the bijector takes single numbers and an
    event has several, their log-dets are summed.  Where no x leads to y, the density is 0.

    Raises ShapeError if the bijector transforms more axes than an event has.
    """

    def __init__(self, base, bijector):
        if not isinstance(bijector, Bijector):
            raise TypeError(f"Transformed takes a distribution and a bijector\n"
                            f"  got       {type(base).__name__} and {type(bijector).__name__}")
        self.base, self.bijector = base, bijector
        self.batch_shape, self.event_shape = base.batch_shape, base.event_shape
        self._more = len(base.event_shape) - bijector.event_rank
        if self._more < 0:
            raise ShapeError(f"Transformed: {type(bijector).__name__} takes more axes than an "
                             f"event has\n"
                             f"  expected  a base with {bijector.event_rank} event axes or more\n"
                             f"  got       {base}\n"
                             "  hint      Independent(base, n) makes the last n axes one event")

    def sample(self, shape=(), *, rng):
        """y = f(x) for x ~ base, without a graph.   shape + batch_shape + event_shape"""
        with no_grad():
            return self.bijector(self.base.sample(shape, rng=rng))

    def rsample(self, shape=(), *, rng):
        """y = f(x) for x reparameterised by the base.   shape + batch_shape + event_shape"""
        return self.bijector(self.base.rsample(shape, rng=rng))

    def log_prob(self, y):
        """log base(x) + log |det dx/dy| in nats.   (..., *batch, *event) -> (..., *batch)"""
        y = y if hasattr(y, "shape") else backend.asarray(y)
        x, log_det = self.bijector.inverse_and_log_det(y)
        return ops.add(self.base.log_prob(x), sum_last(log_det, self._more))

    def entropy(self):
        """H(base) + log |det|, in nats, for f(x) = A x + b, whose log-det is the same everywhere.

        For other bijectors it is H(base) + E[log |det dy/dx|], and no closed form is known.
        """
        self._require("entropy", self.bijector.affine, "entropy_monte_carlo(p, n, rng=rng)")
        _, log_det = self.bijector.forward_and_log_det(self.base.mean)
        return ops.add(self.base.entropy(), sum_last(log_det, self._more))

    @property
    def mean(self):
        """f(E[x]) for f(x) = A x + b.   batch_shape + event_shape"""
        self._require("mean", self.bijector.affine, _MEAN)
        return self.bijector(self.base.mean)

    @property
    def variance(self):
        """a^2 Var[x] for y_i = a x_j + b, entry by entry.   batch_shape + event_shape"""
        known = self.bijector.affine and self.bijector.entrywise
        self._require("variance", known, _MEAN + ", then that of (x - mean)^2")
        _, deviation = jvp(self.bijector.forward, self.base.mean, ops.sqrt(self.base.variance))
        return ops.square(deviation)                    # A times a deviation: b never enters

    def _require(self, what, known, estimate):
        if not known:
            raise NotImplementedError(f"{self!r} has no {what} in closed form\n"
                                      f"  hint      by Monte Carlo: {estimate}")

    def __repr__(self):
        return (f"Transformed({type(self.base).__name__} by {type(self.bijector).__name__}, "
                f"batch_shape={self.batch_shape}, event_shape={self.event_shape})")


_MEAN = "expectation(lambda x: x, p, n, rng=rng)"
