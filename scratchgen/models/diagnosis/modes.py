"""Of a mixture of narrow modes, how many does a sampler find, and does it stay on them?"""
import math
from typing import NamedTuple

from ... import backend
from ...autodiff import ops
from ...distributions import Estimate
from ...distributions.base import raw
from ...errors import ShapeError
from .neighbours import nearest
from .sampler import rows, same_width

NEAR = 3                                # standard deviations
IN_THE_PLANE = 1 - math.exp(-NEAR ** 2 / 2)     # P(|x - c| <= 3 s), x ~ N(c, s^2 I) in two numbers


class Coverage(NamedTuple):
    """The three numbers of PacGAN, and the counts that they are made of."""

    modes: int              # covered: with one sample of high quality at least
    total: int              # K, how many there are
    quality: Estimate       # share of the samples within 3 sd of a centre
    kl: float               # of the shares of samples at each mode from 1/K, in nats
    counts: tuple           # samples of high quality at each mode
    examples: int           # n

    def __str__(self):
        return (f"{self.modes} of {self.total} modes, {100 * self.quality.value:.1f} % +- "
                f"{100 * self.quality.standard_error:.1f} of {self.examples:,} samples of high "
                f"quality, KL to equal shares {self.kl:.3f} nats")


def coverage(source, centres, sd, *, n=2500, rng):
    """How many of K modes have a sample within 3 sd, and which share of the samples has a mode.

        ring = data.ring()
        print(coverage(gan, ring.centres, ring.scale, rng=0))

    The metric of PacGAN (Lin et al. 2018, section 4.1), for a mixture of K equal Gaussians
    N(c_k, sd^2 I).  `source` is any sampler (see `draw`), `centres` (K, D).

        modes       covered: at least one sample is of high quality and has c_k as its nearest
        quality     the share of samples of high quality, within 3 sd of the nearest centre.  In the
                    plane an exact sampler has 1 - exp(-9/2) = 98.9 %; a higher share comes of modes
                    that are too narrow
        kl          sum_k s_k log(K s_k), s_k the share of samples of which c_k is the nearest: 0
                    for equal shares, log K for one mode alone.  n draws of an exact sampler have
                    about (K - 1) / 2n

    One sample is enough to cover a mode, so modes are covered with time: compare at equal n.
    Samples that are not finite are near nothing, and NaN is the divergence where none is finite.
    """
    centres = _centres(centres)
    x = rows(source, n, rng=rng)
    same_width("coverage", x, centres)
    if not sd > 0:
        raise ValueError(f"coverage: a mode has a width\n  expected  sd > 0\n  got       {sd!r}")
    n, total = x.shape[0], centres.shape[0]
    space = backend.namespace(x)
    x = x[space.all(space.isfinite(x), axis=1)]
    mode, distance = nearest(x, centres) if x.shape[0] else (space.zeros(0, dtype="int64"),) * 2
    at = ops.expand_dims(mode, 1) == space.arange(total)                    # (n, K)
    good = at & ops.expand_dims(distance <= NEAR * sd, 1)
    counts = tuple(int(count) for count in space.count_nonzero(good, axis=0))
    share = sum(counts) / n
    return Coverage(sum(count > 0 for count in counts), total,
                    Estimate(share, math.sqrt(share * (1 - share) / n)),
                    _from_equal([int(count) for count in space.count_nonzero(at, axis=0)]),
                    counts, n)


def _centres(centres):
    """(K, D) on the host, in float64."""
    centres = ops.astype(backend.to_numpy(raw(centres)), "float64")
    if len(centres.shape) != 2 or not centres.shape[0]:
        raise ShapeError("coverage: a mode has one centre\n  expected  (K, D), for K modes\n"
                         f"  got       {tuple(centres.shape)}")
    if not bool(backend.namespace(centres).all(backend.namespace(centres).isfinite(centres))):
        raise ValueError("coverage: not every centre is made of finite numbers")
    return centres


def _from_equal(counts):
    """KL(shares || equal shares) = log K + sum_k s_k log s_k, in nats."""
    n = sum(counts)
    if not n:
        return math.nan
    return math.log(len(counts)) + sum(c / n * math.log(c / n) for c in counts if c)
