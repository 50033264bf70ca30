"""The categorical distribution: one of K classes."""
from .. import backend
from ..autodiff import ops
from ..autodiff.tensor import wrap
from ..errors import ShapeError
from .base import Distribution, as_parameters, broadcast_shape, raw, sample_shape


class Categorical(Distribution):
    """P(x = k) = exp(logits_k) / sum_j exp(logits_j),  k = 0 ... K - 1.

    logits are (..., K), any numbers; -inf makes a class impossible.  The last axis counts the
    classes, those before it are batch_shape; an event is one integer, event_shape = ().

    Raises ShapeError for logits without an axis of classes.
    """

    def __init__(self, logits):
        self.logits, = as_parameters(logits)
        if not self.logits.shape or self.logits.shape[-1] == 0:
            raise ShapeError("Categorical: logits need a last axis, with one entry for each class\n"
                             f"  expected  (..., K)\n  got       {self.logits.shape}")
        self.batch_shape = self.logits.shape[:-1]

    @property
    def log_probs(self):
        """log P(x = k), the normalised logits.   batch_shape + (K,)"""
        return ops.log_softmax(self.logits, axis=-1)

    @property
    def probs(self):
        """P(x = k).   batch_shape + (K,)"""
        return ops.softmax(self.logits, axis=-1)

    def sample(self, shape=(), *, rng):
        """The first k with v <= P(x <= k), v uniform on (0, 1]: int64.   shape + batch_shape"""
        logits = raw(self.logits)
        space = backend.namespace(logits)
        shape = sample_shape(shape) + self.batch_shape
        # v > 0, rounded to float32 too, so a class of probability 0 is never the first
        v = backend.from_host(1 - backend.rng(rng).random(shape), logits)
        below = space.cumulative_sum(ops.softmax(logits, axis=-1), axis=-1)     # P(x <= k)
        v = space.expand_dims(v, axis=-1) * below[..., -1:]         # rounding: the last is not 1
        x = space.sum(space.astype(below < v, space.int64), axis=-1)
        return x if logits is self.logits else wrap(space.asarray(x))

    def rsample(self, shape=(), *, rng):
        """Not possible: raises NotImplementedError."""
        raise NotImplementedError(
            "a Categorical sample is an integer and jumps as its logits move: it has no gradient\n"
            "  hint      sample(), and the score function: the gradient of E[f(x)] is\n"
            "            E[f(x) * gradient of log_prob(x)]; or ops.gumbel_softmax (biased)")

    def log_prob(self, x):
        """log P(x) = logits_x - log sum_j exp(logits_j), in nats.   (..., *batch_shape)

        x holds integers 0 ... K - 1: TypeError for floats, IndexError outside.
        """
        log_probs = self.log_probs
        labels = self._labels(x)
        shape = broadcast_shape("Categorical.log_prob", x=labels.shape,
                                batch_shape=self.batch_shape)
        log_probs = ops.reshape(log_probs, _padded(log_probs.shape, len(shape) + 1))
        labels = ops.reshape(labels, (*_padded(labels.shape, len(shape)), 1))
        return ops.squeeze(ops.take_along_axis(log_probs, labels, axis=-1), axis=-1)

    def _labels(self, x):
        logits, classes = raw(self.logits), self.logits.shape[-1]
        space = backend.namespace(logits)
        x = raw(x)
        if not backend.is_array(x):
            x = space.asarray(backend.to_numpy(x), device=logits.device)
        if not space.isdtype(x.dtype, "integral"):
            raise TypeError("Categorical.log_prob: x holds the numbers of classes\n"
                            f"  expected  integers 0 ... {classes - 1}\n"
                            f"  got       dtype {x.dtype}")
        if backend.values_are_checked(space) and bool(space.any((x < 0) | (x >= classes))):
            raise IndexError("Categorical.log_prob: x names a class that there is not\n"
                             f"  expected  0 ... {classes - 1}, for {classes} classes\n"
                             f"  got       {int(space.min(x))} ... {int(space.max(x))}")
        return x

    def entropy(self):
        """-sum_k P_k log P_k, in nats, where 0 log 0 = 0.   -> batch_shape"""
        log_probs = ops.maximum(self.log_probs, IMPOSSIBLE)
        return ops.sum(self.probs * -log_probs, axis=-1)

    @property
    def mean(self):
        """sum_k k P_k: the classes taken as numbers, as for counts or grey levels.   batch_shape"""
        return ops.sum(self.probs * self._numbers, axis=-1)

    @property
    def variance(self):
        """sum_k (k - mean)^2 P_k.   batch_shape"""
        far = ops.expand_dims(self.mean, axis=-1) - self._numbers
        return ops.sum(self.probs * far * far, axis=-1)

    @property
    def _numbers(self):
        logits = raw(self.logits)
        return backend.namespace(logits).arange(logits.shape[-1], dtype=logits.dtype,
                                                device=logits.device)


IMPOSSIBLE = -1e30      # stands for log 0 where it is multiplied by P = 0; exp of it is 0


def _padded(shape, rank):
    """The shape with axes of length 1 in front."""
    return (1,) * (rank - len(shape)) + tuple(shape)
