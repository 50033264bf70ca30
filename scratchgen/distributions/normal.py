"""The normal distribution, elementwise."""
import math

from .. import backend
from ..autodiff import ops
from ..autodiff.ops.fused import inverse_scale
from .base import (Distribution, as_parameters, as_value, broadcast_shape, broadcast_to, raw,
                   require_positive, sample_shape)

HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


class Normal(Distribution):
    """p(x) = exp(-(x - loc)^2 / (2 scale^2)) / (scale sqrt(2 pi)), independently for every element.

    Exactly one of `scale` (the standard deviation sigma, positive) and `log_scale` (log sigma, any
    number: what a network should predict) is given.  loc and scale broadcast to batch_shape; an
    event is a single number, event_shape = ().

    Raises ValueError where a scale is not positive (looked at on the host; on a device only inside
    `sg.backend.checked()`), and ShapeError where the parameters do not broadcast.
    """

    def __init__(self, loc, scale=None, *, log_scale=None):
        if (scale is None) == (log_scale is None):
            raise ValueError("Normal takes exactly one of scale and log_scale\n"
                             f"  got       {'neither' if scale is None else 'both'}")
        if log_scale is None:
            self.loc, self._scale = as_parameters(loc, scale)
            self._log_scale = None
            require_positive("Normal", "scale", self._scale,
                             hint="a network predicts any number: Normal(loc, log_scale=...)")
            self.batch_shape = broadcast_shape("Normal", loc=self.loc.shape,
                                               scale=self._scale.shape)
        else:
            self.loc, self._log_scale = as_parameters(loc, log_scale)
            self._scale = None
            self.batch_shape = broadcast_shape("Normal", loc=self.loc.shape,
                                               log_scale=self._log_scale.shape)

    # The one that was given is kept as it is and the other derived when asked for, so that a
    # log_scale of -800 stays one, although exp(-800) is 0 as a float.
    @property
    def scale(self):
        """sigma, the standard deviation; broadcasts to batch_shape."""
        return ops.exp(self._log_scale) if self._scale is None else self._scale

    @property
    def log_scale(self):
        """log sigma; broadcasts to batch_shape."""
        return ops.log(self._scale) if self._log_scale is None else self._log_scale

    def standardise(self, x):
        """z = (x - loc) / scale, and 0 at loc however small the scale is.   (..., *batch_shape)"""
        if self._log_scale is None:
            return (x - self.loc) / self._scale
        return (x - self.loc) * inverse_scale(self._log_scale)

    def rsample(self, shape=(), *, rng):
        """x = loc + scale eps with eps ~ N(0, 1).   shape + batch_shape"""
        noise = backend.standard_normal(rng, sample_shape(shape) + self.batch_shape, raw(self.loc))
        return self.loc + self.scale * noise

    def log_prob(self, x):
        """-(x - loc)^2 / (2 scale^2) - log scale - log(2 pi) / 2, in nats.   (..., *batch_shape)"""
        x = as_value(x, raw(self.loc))
        shape = broadcast_shape("Normal.log_prob", x=x.shape, batch_shape=self.batch_shape)
        if self._log_scale is None:
            z = self.standardise(x)
            return broadcast_to(-0.5 * z * z - ops.log(self._scale) - HALF_LOG_2PI, shape)
        s = self._log_scale
        if s.shape not in ((), shape[-1:]):
            s = broadcast_to(s, shape)
        return -ops.gaussian_nll(broadcast_to(x, shape), broadcast_to(self.loc, shape), s)

    def entropy(self):
        """log scale + log(2 pi e) / 2, in nats.   -> batch_shape"""
        return broadcast_to(self.log_scale + (0.5 + HALF_LOG_2PI), self.batch_shape)

    @property
    def mean(self):
        """loc.   batch_shape"""
        return broadcast_to(self.loc, self.batch_shape)

    @property
    def variance(self):
        """scale^2.   batch_shape"""
        return broadcast_to(ops.square(self.scale), self.batch_shape)


class StandardNormal(Normal):
    """N(0, I), the usual prior of a latent code: a Normal of this batch_shape without parameters.

    Its numbers have the dtype and device of the array `like`, or are float32 on the backend in use.
    `kl(q, StandardNormal(shape))` is the closed form that a VAE trains with, as one op.
    """

    def __init__(self, shape=(), *, like=None):
        like = backend.asarray(0.0, dtype=backend.current().float32) if like is None else raw(like)
        zero = as_value(0.0, like)
        super().__init__(zero, log_scale=zero)
        self.batch_shape = sample_shape(shape)
