"""The Bernoulli distribution of single bits, from logits."""
from .. import backend
from ..autodiff import ops
from ..autodiff.tensor import wrap
from .base import (Distribution, as_parameters, as_value, broadcast_shape, broadcast_to, raw,
                   sample_shape)


class Bernoulli(Distribution):
    """P(x = 1) = sigmoid(logits), P(x = 0) = sigmoid(-logits), independently for every element.

    A logit is log(p / (1 - p)), any number, infinite ones included: what a network should predict,
    and log-probabilities from it are exact where p itself has been rounded to 0 or 1.  batch_shape
    is the shape of the logits; an event is a single bit, event_shape = ().
    """

    def __init__(self, logits):
        self.logits, = as_parameters(logits)
        self.batch_shape = self.logits.shape

    def sample(self, shape=(), *, rng):
        """x = 1 with probability sigmoid(logits), else 0, in their dtype.   shape + batch_shape"""
        logits = raw(self.logits)
        space = backend.namespace(logits)
        # 1 - u lies in (0, 1], rounded to float32 too: p = 0 never gives a 1, and p = 1 always does
        v = 1 - backend.rng(rng).random(sample_shape(shape) + self.batch_shape)
        x = space.astype(backend.from_host(v, logits) <= space.sigmoid(logits), logits.dtype)
        return x if logits is self.logits else wrap(x)

    def rsample(self, shape=(), *, rng):
        """Not possible: raises NotImplementedError."""
        raise NotImplementedError(
            "a Bernoulli sample is 0 or 1 and jumps as its logits move, so it has no gradient\n"
            "  hint      sample(), and the score function: the gradient of E[f(x)] is\n"
            "            E[f(x) * gradient of log_prob(x)]; or ops.straight_through (biased)")

    def log_prob(self, x):
        """x log sigmoid(logits) + (1 - x) log sigmoid(-logits), in nats.   (..., *batch_shape)

        x holds bits: 0 and 1 of any dtype.  Raises ValueError for other numbers, grey pixels for
        instance: this would be no distribution of them, as its integral is not 1.
        """
        x = as_value(x, raw(self.logits))
        shape = broadcast_shape("Bernoulli.log_prob", x=x.shape, batch_shape=self.batch_shape)
        _require_bits(raw(x))
        return -ops.bce_with_logits(broadcast_to(self.logits, shape), broadcast_to(x, shape))

    def entropy(self):
        """-p log p - (1 - p) log(1 - p), in nats.   -> batch_shape"""
        u = ops.clip(self.logits, -_CERTAIN, _CERTAIN)      # infinite ones have entropy 0 too
        return ops.sigmoid(u) * ops.softplus(-u) + ops.sigmoid(-u) * ops.softplus(u)

    @property
    def mean(self):
        """p = sigmoid(logits).   batch_shape"""
        return ops.sigmoid(self.logits)

    @property
    def variance(self):
        """p (1 - p).   batch_shape"""
        return ops.sigmoid(self.logits) * ops.sigmoid(-self.logits)


_CERTAIN = 1e3          # exp(-1000) is 0 in every dtype


def _require_bits(x):
    """Raise ValueError if x holds a number other than 0 and 1; NaN passes into the loss."""
    space = backend.namespace(x)
    if not backend.values_are_checked(space) or bool(space.all((x == 0) | (x == 1))):
        return
    grey = (x != 0) & (x != 1) & (x == x)
    if bool(space.any(grey)):
        share = float(space.mean(space.astype(grey, x.dtype)))
        low, high = float(space.min(x)), float(space.max(x))
        raise ValueError("Bernoulli.log_prob: a Bernoulli distribution is one of bits\n"
                         "  expected  0 and 1 only\n"
                         f"  got       {share:.1%} other values, from {low:.6g} to {high:.6g}\n"
                         "  hint      binarise grey images (x > 0.5), or choose a likelihood made\n"
                         "            for them: continuous-bernoulli or gaussian")
