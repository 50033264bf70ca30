"""Distributions in the plane that are wound up: turned by an angle that grows with the distance.

Every circle about the origin moves along itself, so no area changes: abs(det J) = 1, and the
density of a point is that of the unwound one.
"""
import math
from dataclasses import dataclass, field

import numpy as np

from scratchgen import backend
from scratchgen.data.toy2d import LOG_2PI, as_points, log_mean_exp


@dataclass(frozen=True)
class Spiral:
    """x = R(a |u|) u with u ~ N(0, diag(1, t^2)): a flat Gaussian, wound up into two arms.

    log p(x) = log p(u): unwind, look.
    """
    winding: float = 2.0        # a, radians for each unit of distance
    thickness: float = 0.2      # t
    axes: np.ndarray = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        object.__setattr__(self, "axes", np.array([1.0, self.thickness]))

    def sample(self, n, *, rng):
        """Draw from the flat Gaussian, then wind."""
        rng = backend.rng(rng)
        return wound(self.axes * rng.standard_normal((n, 2)), self.winding).astype(np.float32)

    def log_prob(self, x):
        """log N(u; 0, diag(1, t^2)) of the unwound point u."""
        z = wound(as_points(x), -self.winding) / self.axes
        return -(z * z).sum(axis=1) / 2 - LOG_2PI - math.log(self.thickness)


@dataclass(frozen=True)
class Pinwheel:
    """x = R(a |u|) u, where u is in one of K blades: R(2 pi k / K) times N((1, 0), diag(r^2, t^2)).

    The pinwheel of Johnson et al. (2016), but for one thing: they turn u by an angle that depends
    on its place along the blade, which shears areas; here it is the distance from the centre.
    """
    blades: int = 5             # K
    winding: float = 2.0        # a, radians for each unit of distance
    length: float = 0.3         # r
    thickness: float = 0.1      # t

    def sample(self, n, *, rng):
        """Draw a blade, a point along and across it, then wind."""
        rng = backend.rng(rng)
        along = np.array([1.0, 0.0]) + [self.length, self.thickness] * rng.standard_normal((n, 2))
        turn = 2 * np.pi * rng.integers(self.blades, size=n) / self.blades
        return wound(turned(along, turn), self.winding).astype(np.float32)

    def log_prob(self, x):
        """log (1/K) sum_k N(u; the Gaussian of blade k) of the unwound point u."""
        u = wound(as_points(x), -self.winding)
        exponents = np.empty((len(u), self.blades))
        for k in range(self.blades):
            along = turned(u, -2 * np.pi * k / self.blades) - [1.0, 0.0]
            z = along / [self.length, self.thickness]
            exponents[:, k] = -(z * z).sum(axis=1) / 2
        return log_mean_exp(exponents) - LOG_2PI - math.log(self.length * self.thickness)


def turned(x, angle):
    """Each point turned about the origin by its angle."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([cos * x[:, 0] - sin * x[:, 1], sin * x[:, 0] + cos * x[:, 1]], axis=1)


def wound(x, winding):
    """Each point turned about the origin by winding * its distance."""
    return turned(x, winding * np.hypot(x[:, 0], x[:, 1]))
