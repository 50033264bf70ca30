"""Many independent numbers as one draw."""
from .. import backend
from ..autodiff import ops
from ..errors import ShapeError
from .base import Distribution, require_event


class Independent(Distribution):
    """p(x) = product of base(x_i) over the last n batch axes: they become the axes of one event.

    Independent(Normal(loc, scale), 1) with loc (N, D) is N distributions of vectors of length D:
    batch_shape (N,), event_shape (D,), and log_prob gives N numbers.

    Raises ShapeError if the base has fewer than n batch axes.
    """

    def __init__(self, base, n):
        rank = len(base.batch_shape)
        if not 1 <= n <= rank:
            raise ShapeError("Independent: the base has no such number of batch axes\n"
                             f"  expected  1 <= n <= {rank}\n  got       n = {n} for {base}")
        self.base, self.n = base, n
        self.batch_shape = base.batch_shape[:rank - n]
        self.event_shape = base.batch_shape[rank - n:] + base.event_shape
        self._axes = tuple(range(-n, 0))

    def sample(self, shape=(), *, rng):
        """x ~ p, through which no gradient passes.   shape + batch_shape + event_shape"""
        return self.base.sample(shape, rng=rng)

    def rsample(self, shape=(), *, rng):
        """x ~ p, reparameterised as the base does it.   shape + batch_shape + event_shape"""
        return self.base.rsample(shape, rng=rng)

    def log_prob(self, x):
        """The sum of the base's log_prob over an event, in nats.   (..., *event_shape) -> (...)"""
        require_event("log_prob", x if hasattr(x, "shape") else backend.asarray(x),
                      self.event_shape)                     # a list is for the base to read
        return ops.sum(self.base.log_prob(x), axis=self._axes)

    def entropy(self):
        """The sum of the base's entropies, in nats.   -> batch_shape"""
        return ops.sum(self.base.entropy(), axis=self._axes)

    @property
    def mean(self):
        """E[x].   batch_shape + event_shape"""
        return self.base.mean

    @property
    def variance(self):
        """The variance of each entry.   batch_shape + event_shape"""
        return self.base.variance

    def __repr__(self):
        return (f"Independent({type(self.base).__name__}, batch_shape={self.batch_shape}, "
                f"event_shape={self.event_shape})")
