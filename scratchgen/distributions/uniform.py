"""The uniform distribution on an interval, elementwise."""
import math

from .. import backend
from ..autodiff import ops
from .base import (Distribution, as_parameters, as_value, broadcast_shape, broadcast_to, raw,
                   sample_shape)


class Uniform(Distribution):
    """p(x) = 1 / (high - low) for low <= x <= high, else 0, independently for every element.

    low < high broadcast to batch_shape; an event is a single number, event_shape = ().

    Raises ValueError where high is not above low (looked at on the host; on a device only inside
    `sg.backend.checked()`), and ShapeError where the parameters do not broadcast.
    """

    def __init__(self, low, high):
        self.low, self.high = as_parameters(low, high)
        self.batch_shape = broadcast_shape("Uniform", low=self.low.shape, high=self.high.shape)
        low, high = raw(self.low), raw(self.high)
        space = backend.namespace(low)
        if backend.values_are_checked(space) and bool(space.any(low >= high)):
            raise ValueError("Uniform: low must be below high\n"
                             "  expected  low < high everywhere\n"
                             f"  got       a smallest width of {float(space.min(high - low)):.6g}")

    @property
    def width(self):
        """high - low; broadcasts to batch_shape."""
        return self.high - self.low

    def rsample(self, shape=(), *, rng):
        """x = low + (high - low) u with u uniform on [0, 1).   shape + batch_shape"""
        u = backend.uniform(rng, sample_shape(shape) + self.batch_shape, raw(self.low))
        return ops.minimum(self.low + self.width * u, self.high)        # rounding stays inside

    def log_prob(self, x):
        """-log(high - low) inside and at the ends, -inf outside, in nats.   (..., *batch_shape)

        Its gradient is that of the width: none with respect to x.
        """
        x = as_value(x, raw(self.low))
        shape = broadcast_shape("Uniform.log_prob", x=x.shape, batch_shape=self.batch_shape)
        outside = (raw(x) < raw(self.low)) | (raw(x) > raw(self.high))
        # 0 x keeps the kind of x, a Tensor of a graph maybe, and lets its NaN pass
        inside = -ops.log(self.width) + 0 * ops.where(outside, 0.0, x)
        return broadcast_to(ops.where(outside, -math.inf, inside), shape)

    def entropy(self):
        """log(high - low), in nats.   -> batch_shape"""
        return broadcast_to(ops.log(self.width), self.batch_shape)

    @property
    def mean(self):
        """(low + high) / 2.   batch_shape"""
        return broadcast_to(self.low + self.width / 2, self.batch_shape)

    @property
    def variance(self):
        """(high - low)^2 / 12.   batch_shape"""
        return broadcast_to(ops.square(self.width) / 12, self.batch_shape)
