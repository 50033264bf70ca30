"""Distributions in the plane with samples and an exact density: models are held against them.

Each has `.sample(n, *, rng) -> (n, 2) float32` and `.log_prob(x (N, 2)) -> (N,) float64`, in nats.
"""
import math
from dataclasses import dataclass, field

import numpy as np

LOG_2PI = math.log(2 * math.pi)


@dataclass(frozen=True, eq=False)
class Modes:
    """p(x) = 1/K sum_k N(x; c_k, s^2 I): K equal round Gaussians.

    centres (K, 2), scale s.  A sample counts as of high quality if it lies within 3 s of a centre,
    and a mode as covered if it has such a sample (Lin et al. 2018, PacGAN).
    """
    centres: np.ndarray
    scale: float

    def sample(self, n, *, rng):
        """Draw a mode, then a point of its Gaussian."""
        mode = rng.integers(len(self.centres), size=n)
        return (self.centres[mode] + self.scale * rng.standard_normal((n, 2))).astype(np.float32)

    def log_prob(self, x):
        """log sum_k exp(-|x - c_k|^2 / (2 s^2)) - log K - log(2 pi s^2)."""
        x = _points(x)
        distance2 = ((x[:, None, :] - self.centres) ** 2).sum(-1)
        exponents = -distance2 / (2 * self.scale ** 2)
        nearest = exponents.max(axis=1)
        others = np.log(np.exp(exponents - nearest[:, None]).sum(axis=1))
        return nearest + others - math.log(len(self.centres)) - LOG_2PI - 2 * math.log(self.scale)


def ring(modes=8, radius=1.0, scale=0.01):
    """Gaussians of standard deviation 0.01 on a circle of radius 1, the 2D ring of PacGAN."""
    angle = 2 * np.pi * np.arange(modes) / modes
    return Modes(radius * np.stack([np.cos(angle), np.sin(angle)], axis=1), scale)


def grid25(side=5, spacing=2.0, scale=0.05):
    """25 Gaussians of standard deviation 0.05 at (-4, -2, 0, 2, 4)^2, the 2D grid of PacGAN."""
    ticks = spacing * (np.arange(side) - (side - 1) / 2)
    return Modes(np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2), scale)


@dataclass(frozen=True)
class Moons:
    """Two half-rings that reach into each other: angle uniform on (0, pi), radius N(1, s^2).

    In polar coordinates the density of one is N(r; 1, s^2) / pi; the change to x costs the factor
    abs(det J) = r, so log p(x) = log N(r; 1, s^2) - log pi - log r on its half-plane.  The second
    is the first after half a turn about (1/2, 1/4).  (r < 0 has probability Phi(-1/s): 1e-23 for
    the default s = 0.1.)
    """
    scale: float = 0.1

    def sample(self, n, *, rng):
        """Draw a half-ring, an angle, a radius."""
        angle = np.pi * rng.random(n)
        radius = 1 + self.scale * rng.standard_normal(n)
        first = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        which = rng.integers(2, size=(n, 1))
        return np.where(which == 0, first, _turned(first)).astype(np.float32)

    def log_prob(self, x):
        """log of the mean of both half-rings' densities."""
        x = _points(x)
        return np.logaddexp(self._first(x), self._first(_turned(x))) - math.log(2)

    def _first(self, x):
        radius = np.maximum(np.hypot(x[:, 0], x[:, 1]), np.finfo(np.float64).tiny)
        z = (radius - 1) / self.scale
        log_p = -z * z / 2 - LOG_2PI / 2 - math.log(self.scale * math.pi) - np.log(radius)
        return np.where(x[:, 1] >= 0, log_p, -np.inf)


@dataclass(frozen=True)
class Spiral:
    """x = R(a |u|) u with u ~ N(0, diag(1, t^2)): a flat Gaussian, wound up into two arms.

    Each point is turned by an angle that grows with its distance from the centre.  Every circle
    moves along itself, so no area changes, abs(det J) = 1 and log p(x) = log p(u): unwind, look.
    """
    winding: float = 2.0        # a, radians for each unit of distance
    thickness: float = 0.2      # t
    axes: np.ndarray = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        object.__setattr__(self, "axes", np.array([1.0, self.thickness]))

    def sample(self, n, *, rng):
        """Draw from the flat Gaussian, then wind."""
        return _wound(self.axes * rng.standard_normal((n, 2)), self.winding).astype(np.float32)

    def log_prob(self, x):
        """log N(u; 0, diag(1, t^2)) of the unwound point u."""
        z = _wound(_points(x), -self.winding) / self.axes
        return -(z * z).sum(axis=1) / 2 - LOG_2PI - math.log(self.thickness)


def _points(x):
    x = np.asarray(x, dtype=np.float64)
    if x.ndim != 2 or x.shape[1] != 2:
        raise ValueError(f"the density is one of points in the plane\n"
                         f"  expected  shape (N, 2)\n"
                         f"  got       {x.shape}")
    return x


def _turned(x):
    """Half a turn about (1/2, 1/4)."""
    return np.array([1.0, 0.5]) - x


def _wound(x, winding):
    """Each point turned about the origin by winding * its distance."""
    angle = winding * np.hypot(x[:, 0], x[:, 1])
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([cos * x[:, 0] - sin * x[:, 1], sin * x[:, 0] + cos * x[:, 1]], axis=1)
