"""The Laplace distribution, elementwise."""
import math

from .. import backend
from ..autodiff import ops
from .base import (Distribution, as_parameters, as_value, broadcast_shape, broadcast_to, raw,
                   require_positive, sample_shape)


class Laplace(Distribution):
    """p(x) = exp(-|x - loc| / scale) / (2 scale), independently for every element.

    loc and scale (positive; it is not the standard deviation, which is sqrt(2) scale) broadcast to
    batch_shape; an event is a single number, event_shape = ().

    Raises ValueError where a scale is not positive (looked at on the host; on a device only inside
    `sg.backend.checked()`), and ShapeError where the parameters do not broadcast.
    """

    def __init__(self, loc, scale):
        self.loc, self.scale = as_parameters(loc, scale)
        require_positive("Laplace", "scale", self.scale,
                         hint="a network predicts any number: Laplace(loc, ops.exp(log_scale))")
        self.batch_shape = broadcast_shape("Laplace", loc=self.loc.shape, scale=self.scale.shape)

    def rsample(self, shape=(), *, rng):
        """x = loc + scale eps with eps ~ Laplace(0, 1).   shape + batch_shape"""
        noise = backend.rng(rng).laplace(size=sample_shape(shape) + self.batch_shape)
        return self.loc + self.scale * backend.from_host(noise, raw(self.loc))

    def log_prob(self, x):
        """-|x - loc| / scale - log(2 scale), in nats.   (..., *batch_shape)"""
        x = as_value(x, raw(self.loc))
        shape = broadcast_shape("Laplace.log_prob", x=x.shape, batch_shape=self.batch_shape)
        log_prob = -ops.abs((x - self.loc) / self.scale) - ops.log(self.scale) - math.log(2)
        return broadcast_to(log_prob, shape)

    def entropy(self):
        """log(2 e scale), in nats.   -> batch_shape"""
        return broadcast_to(ops.log(self.scale) + (1 + math.log(2)), self.batch_shape)

    @property
    def mean(self):
        """loc.   batch_shape"""
        return broadcast_to(self.loc, self.batch_shape)

    @property
    def variance(self):
        """2 scale^2.   batch_shape"""
        return broadcast_to(2 * ops.square(self.scale), self.batch_shape)
