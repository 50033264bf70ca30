"""Mixtures: choose a component, then draw from it."""
from .. import backend
from ..autodiff import ops
from ..autodiff.tensor import Tensor, no_grad, wrap
from ..errors import ShapeError
from .base import (Distribution, as_parameters, as_value, broadcast_shape, broadcast_to,
                   raw, sample_shape)
from .categorical import Categorical


class Mixture(Distribution):
    """p(x) = sum_k w_k p_k(x),  w = softmax(logits).

    `components` is one distribution whose last batch axis counts the K components; `logits` are
    (..., K).  What stands before K broadcasts to batch_shape; event_shape is that of a component:

        Mixture(logits=[0.0, 1.0], components=Normal([-1.0, 2.0], 0.5))                numbers
        Mixture(logits=zeros(5), components=MultivariateNormal(locs (5, D), ...))      vectors (D,)

    Raises ShapeError where the numbers of components differ, and where the batch axes of the logits
    would stretch an axis of the components (one draw would serve several distributions).
    """

    def __init__(self, *, logits, components):
        self.logits, = as_parameters(logits)
        if not hasattr(components, "batch_shape"):
            raise TypeError("Mixture: components is one distribution, of all K side by side\n"
                            f"  got       {type(components).__name__}\n"
                            "  hint      Normal([-1.0, 2.0], 0.5) is two of them")
        self.components = components
        if self.logits.shape[-1:] != components.batch_shape[-1:] or not self.logits.shape:
            raise ShapeError("Mixture: logits and components count the components differently\n"
                             "  expected  one number K at the end of both shapes\n"
                             f"  got       logits {self.logits.shape} and {components}\n"
                             "  hint      components is one distribution with batch_shape (..., K)")
        self.event_shape = components.event_shape
        self.batch_shape = broadcast_shape("Mixture", logits=self.logits.shape[:-1],
                                           components=components.batch_shape[:-1])
        self._only_logits = len(self.batch_shape) - len(components.batch_shape[:-1])
        if self.batch_shape[self._only_logits:] != components.batch_shape[:-1]:
            raise ShapeError("Mixture: logits would stretch a batch axis of the components\n"
                             f"  expected  components with batch_shape {self.batch_shape} + (K,)\n"
                             f"  got       {components}")

    def sample(self, shape=(), *, rng):
        """k ~ w, then x ~ p_k, with no gradient.   shape + batch_shape + event_shape

        All K components are drawn from, and the one chosen is kept: K times the noise.
        """
        rng, shape = backend.rng(rng), sample_shape(shape)
        with no_grad():
            logits = broadcast_to(raw(self.logits), self.batch_shape + self.logits.shape[-1:])
            k = Categorical(logits).sample(shape, rng=rng)
            x = self.components.sample(shape + self.batch_shape[:self._only_logits], rng=rng)
            axis = len(shape) + len(self.batch_shape)
            k = ops.reshape(k, shape + self.batch_shape + (1,) * (1 + len(self.event_shape)))
            x = ops.squeeze(ops.take_along_axis(x, k, axis=axis), axis=axis)
        return wrap(x) if isinstance(self.logits, Tensor) and not isinstance(x, Tensor) else x

    def rsample(self, shape=(), *, rng):
        """Not possible: raises NotImplementedError."""
        raise NotImplementedError(
            "a Mixture sample jumps between components as the logits move: it has no gradient\n"
            "  hint      sum over the components instead of choosing one: components.rsample()\n"
            "            draws from each, weighted by softmax(logits)")

    def log_prob(self, x):
        """log sum_k exp(log w_k + log p_k(x)), in nats.   (..., *event_shape) -> (...)"""
        return ops.logsumexp(self._log_joint(x), axis=-1)

    def posterior(self, x):
        """p(k|x) = w_k p_k(x) / p(x), by Bayes' rule: a Categorical of batch_shape (...).

        These are the responsibilities of the EM algorithm (Dempster, Laird and Rubin 1977).
        """
        return Categorical(self._log_joint(x))

    def _log_joint(self, x):
        """log w_k + log p_k(x).   (..., *event_shape) -> (..., K)"""
        if not hasattr(x, "shape"):
            given = backend.asarray(x)              # whole numbers may be classes: they stay whole
            x = as_value(x, raw(self.logits)) if backend.is_floating(given) else given
        before_event = len(x.shape) - len(self.event_shape)
        log_likelihood = self.components.log_prob(ops.expand_dims(x, axis=before_event))
        return ops.log_softmax(self.logits, axis=-1) + log_likelihood

    def entropy(self):
        """Not known in closed form: raises NotImplementedError."""
        raise NotImplementedError("the entropy of a Mixture has no closed form\n"
                                  "  hint      entropy_monte_carlo(p, n, rng=rng) estimates it")

    @property
    def mean(self):
        """sum_k w_k mean_k.   batch_shape + event_shape"""
        return self._average(self.components.mean)

    @property
    def variance(self):
        """sum_k w_k (variance_k + (mean_k - mean)^2), within plus between.   as the mean"""
        means = self.components.mean
        far = means - ops.expand_dims(self.mean, axis=len(self.batch_shape))
        return self._average(self.components.variance + far * far)

    def _average(self, values):
        """sum_k w_k values_k.   (..., K, *event_shape) -> batch_shape + event_shape"""
        k = len(self.event_shape)
        weights = ops.softmax(self.logits, axis=-1)
        weights = ops.reshape(weights, weights.shape + (1,) * k)
        total = ops.sum(weights * values, axis=-1 - k)
        return broadcast_to(total, self.batch_shape + self.event_shape)
