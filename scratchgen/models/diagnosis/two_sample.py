"""Were two sets of examples drawn from the same distribution?  A kernel asks."""
import math
from typing import NamedTuple

from ... import backend
from ...autodiff import ops
from .neighbours import blocks, squared_distances
from .sampler import finite_rows, same_width

_FOR_THE_MEDIAN = 1000      # rows: half a million pairs place a median well enough
_RARE = 0.05                # a p-value of what is told apart
_COPIES = 1e-13             # of their squared lengths: what rounding leaves between two copies


class TwoSample(NamedTuple):
    """MMD^2 between two sets, and how rarely chance alone makes it as large."""

    mmd2: float             # unbiased: 0 on average for equal distributions, so it may be negative
    p_value: float          # share of permutations, the given order among them, that reach mmd2
    bandwidth: float        # of the kernel
    permutations: int
    examples: tuple         # (n, m)

    def __str__(self):
        n, m = self.examples
        return (f"{'' if self.p_value <= _RARE else 'not '}told apart, p = {self.p_value:.3g} by "
                f"{self.permutations:,} permutations: MMD^2 {self.mmd2:.3g} between {n:,} and "
                f"{m:,} examples (Gaussian kernel of width {self.bandwidth:.3g})")


def two_sample(source, reference, *, n=500, bandwidth=None, permutations=199, rng):
    """MMD^2 = E k(x, x') - 2 E k(x, y) + E k(y, y'),  k(x, y) = exp(-|x - y|^2 / 2 h^2).

        print(two_sample(gan, test.images, rng=0))

    0 only for equal distributions, whatever they are.  The estimate leaves out k(x_i, x_i), so it
    is unbiased (Gretton et al. 2012, Lemma 6).  `source` and `reference` are samplers (see `draw`),
    of which n examples are drawn each, or sets of any two sizes from 2.  h is the median distance
    between rows of both sets together (of 1,000 at most) if `bandwidth` is not given.

    The test: if both are draws of one distribution, then which row belongs to which set is a matter
    of chance, so the given division is as good as any of `permutations` others drawn at random, and
    the probability that its rank among all of them gives p <= a is at most a, exactly, for every a,
    every distribution and every h (Phipson and Smyth 2010).  p is never below
    1 / (permutations + 1).

    Time grows with (n + m)^2 (D + permutations), memory with n + m only: the table of k(x, y) is
    never held at once.   -> TwoSample
    """
    rng = backend.rng(rng)
    x = finite_rows("two_sample", source, n, rng=rng)
    y = finite_rows("two_sample", reference, n, rng=rng)
    same_width("two_sample", x, y)
    n, m = x.shape[0], y.shape[0]
    both = ops.concat([x, y])
    # Nothing changes but the rounding.  About the medians, since a mean follows what is far away.
    both = both - backend.namespace(both).sort(both, axis=0)[both.shape[0] // 2, :]
    # In a unit, a power of 2, in which the square of a distance is neither 0 nor infinite.
    unit = math.ldexp(1.0, math.frexp(float(ops.max(ops.abs(both))))[1] - 1)
    both = both / unit
    usable = bandwidth is None or 0 < bandwidth / unit * abs(bandwidth / unit) < math.inf
    if min(n, m) < 2 or permutations < 1 or not usable:
        raise ValueError("two_sample: too little to compare\n"
                         "  expected  two examples of each, a permutation, and a finite "
                         "bandwidth > 0\n"
                         f"  got       {n} and {m} examples, {permutations} permutations, "
                         f"bandwidth {bandwidth}")
    h = bandwidth / unit if bandwidth is not None else _median_distance(both, rng)
    found = _mmd2(both, h, _divisions(n, m, permutations, rng)).tolist()
    # A division that differs only by swapped copies has the same value, but for its rounding.
    as_large = sum(value >= found[0] - 1e-12 for value in found)
    return TwoSample(found[0], as_large / len(found), float(h * unit), permutations, (n, m))


def _mmd2(both, h, first):
    """MMD^2 for each division of the rows into two sets.   (N, D), (N, P) of 0 and 1 -> (P,)

    With s the column that marks the first set, sums over pairs of k are s^T K s, s^T K (1 - s) and
    so on: one product with K for all divisions.  Its diagonal is 1 and belongs to no pair.
    """
    within_first = within_second = across = 0.0
    second, start = 1.0 - first, 0
    for part in blocks(both, both.shape[0]):
        kernel = ops.exp(squared_distances(part, both) * (-0.5 / h ** 2))
        stop = start + part.shape[0]
        with_first, with_second = ops.matmul(kernel, first), ops.matmul(kernel, second)
        within_first = within_first + ops.sum(first[start:stop, :] * with_first, axis=0)
        within_second = within_second + ops.sum(second[start:stop, :] * with_second, axis=0)
        across = across + ops.sum(first[start:stop, :] * with_second, axis=0)
        start = stop
    n, m = float(ops.sum(first[:, 0])), float(ops.sum(second[:, 0]))
    return ((within_first - n) / (n * (n - 1)) + (within_second - m) / (m * (m - 1))
            - 2 * across / (n * m))


def _divisions(n, m, permutations, rng):
    """Columns that mark n of n + m rows: the first n, then as many drawn at random.   -> (N, P)"""
    given = [1.0] * n + [0.0] * m
    columns = [given] + [rng.permutation(given).tolist() for _ in range(permutations)]
    return backend.to_numpy(columns).T


def _median_distance(both, rng):
    """The median of |x_i - x_j| over pairs, or their mean where more than half of them are 0."""
    chosen = rng.permutation(both.shape[0])[:_FOR_THE_MEDIAN]
    both = ops.take(both, chosen, axis=0)
    squares, space = squared_distances(both, both), backend.namespace(both)
    lengths = ops.sum(ops.square(both), axis=1)
    rounding = _COPIES * (ops.expand_dims(lengths, 1) + ops.expand_dims(lengths, 0))
    squares = ops.where(squares > rounding, squares, 0.0)
    pairs = space.sort(ops.sqrt(squares[space.triu(squares + 1.0, k=1) > 0]))
    half = pairs.shape[0] // 2
    median = float(pairs[half] if pairs.shape[0] % 2 else (pairs[half - 1] + pairs[half]) / 2)
    h = median or float(ops.mean(pairs))
    if not (h > 0 and math.isfinite(h)):
        raise ValueError("two_sample: all examples are equal, so no distance is typical\n"
                         "  hint      bandwidth=1.0")
    return h
