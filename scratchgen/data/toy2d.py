"""Distributions in the plane with samples and an exact density: models are held against them.

Each has `.sample(n, *, rng) -> (n, 2) float32` and `.log_prob(x (N, 2)) -> (N,) float64`, in nats.
`rng` is an int or a `numpy.random.Generator`.
"""
import math
from dataclasses import dataclass

import numpy as np

from scratchgen import backend

LOG_2PI = math.log(2 * math.pi)
_POINT = 1e-6           # a radius below it is the centre


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
        rng = backend.rng(rng)
        mode = rng.integers(len(self.centres), size=n)
        return (self.centres[mode] + self.scale * rng.standard_normal((n, 2))).astype(np.float32)

    def log_prob(self, x):
        """log sum_k exp(-|x - c_k|^2 / (2 s^2)) - log K - log(2 pi s^2)."""
        z = (as_points(x)[:, :, None] - self.centres.T) / self.scale            # (N, 2, K)
        exponents = -np.square(z, out=z).sum(axis=1) / 2
        return log_mean_exp(exponents) - LOG_2PI - 2 * math.log(self.scale)


def ring(modes=8, radius=1.0, scale=0.01):
    """Gaussians of standard deviation 0.01 on a circle of radius 1, the 2D ring of PacGAN."""
    angle = 2 * np.pi * np.arange(modes) / modes
    return Modes(radius * np.stack([np.cos(angle), np.sin(angle)], axis=1), scale)


def grid25(side=5, spacing=2.0, scale=0.05):
    """25 Gaussians of standard deviation 0.05 at (-4, -2, 0, 2, 4)^2, the 2D grid of PacGAN."""
    ticks = spacing * (np.arange(side) - (side - 1) / 2)
    return Modes(np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2), scale)


def eight_gaussians(modes=8, radius=math.sqrt(8), scale=math.sqrt(1 / 8)):
    """Eight wide Gaussians on a circle, of standard deviation 1/8 of its radius.

    The "8gaussians" of the papers on flows (Grathwohl et al. 2019), where `ring` is that of those
    on GANs: neighbours touch, so that a density has to bend but not to tear.
    """
    return ring(modes, radius, scale)


@dataclass(frozen=True)
class Checkerboard:
    """Uniform on the 8 black fields of a board of 4 x 4, fields of side 2: p(x) = 1/32 or 0.

    The board is [-4, 4)^2, and the field at its lower left is black.  No smooth map of a Gaussian
    tears and joins it exactly: it is where flows show their limits.
    """

    def sample(self, n, *, rng):
        """Draw a column, one of its two black fields, a point in it."""
        rng = backend.rng(rng)
        column, field = rng.integers(4, size=n), rng.integers(2, size=n)
        corner = np.stack([2 * column - 4, 4 * field + 2 * (column % 2) - 4], axis=1)
        # Steps of 2^-19 are exact in float32: rounding could carry a point across a border.
        return (corner + rng.integers(2**20, size=(n, 2)) / 2**19).astype(np.float32)

    def log_prob(self, x):
        """-log 32 on black, -inf elsewhere."""
        x = as_points(x)
        inside = ((x >= -4) & (x < 4)).all(axis=1)
        black = np.floor(x / 2).sum(axis=1) % 2 == 0
        return np.where(inside & black, -math.log(32), -np.inf)


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
        rng = backend.rng(rng)
        angle = np.pi * rng.random(n)
        radius = 1 + self.scale * rng.standard_normal(n)
        first = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        which = rng.integers(2, size=(n, 1))
        return np.where(which == 0, first, _turned(first)).astype(np.float32)

    def log_prob(self, x):
        """log of the mean of both half-rings' densities."""
        x = as_points(x)
        return np.logaddexp(self._first(x), self._first(_turned(x))) - math.log(2)

    def _first(self, x):
        # 1/r is infinite in one point, where a density may be anything: a grid that holds it would
        # not integrate to one otherwise.
        radius = np.maximum(np.hypot(x[:, 0], x[:, 1]), _POINT)
        z = (radius - 1) / self.scale
        log_p = -z * z / 2 - LOG_2PI / 2 - math.log(self.scale * math.pi) - np.log(radius)
        return np.where(x[:, 1] >= 0, log_p, -np.inf)


def as_points(x):
    x = np.asarray(x, dtype=np.float64)
    if x.ndim != 2 or x.shape[1] != 2:
        raise ValueError(f"the density is one of points in the plane\n"
                         f"  expected  shape (N, 2)\n"
                         f"  got       {x.shape}")
    return x


def log_mean_exp(exponents):
    """log (1/K) sum_k exp(e_k), without overflow.   (N, K) -> (N,)"""
    largest = exponents.max(axis=1)
    sums = np.exp(exponents - largest[:, None]).sum(axis=1)
    return largest + np.log(sums) - math.log(exponents.shape[1])


def _turned(x):
    """Half a turn about (1/2, 1/4)."""
    return np.array([1.0, 0.5]) - x
