"""Maximum mean discrepancy: its value, and the level and power of its test."""
import math

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist

import scratchgen as sg
from scratchgen.models import two_sample
from scratchgen.models.diagnosis import neighbours
from tests.support.backends import xp_backend  # noqa: F401
from tests.support.statistics import assert_estimate


def by_pairs(x, y, h):
    def k(a, b):
        return np.exp(-cdist(a, b, "sqeuclidean") / (2 * h ** 2))
    n, m = len(x), len(y)
    return (sum(k(x, x)[i, j] for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
            + sum(k(y, y)[i, j] for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
            - 2 * k(x, y).mean())


def test_it_is_the_mean_over_pairs(monkeypatch, rng):
    x, y = rng.standard_normal((13, 3)), 0.5 + rng.standard_normal((8, 3))
    for cells in (2 ** 22, 50):
        monkeypatch.setattr(neighbours, "_CELLS", cells)
        found = two_sample(x, y, bandwidth=0.8, permutations=1, rng=0)
        assert found.mmd2 == pytest.approx(by_pairs(x, y, 0.8), abs=1e-13)
        assert found.bandwidth == 0.8 and found.examples == (13, 8)
    far = two_sample(x + 1e4, y + 1e4, bandwidth=0.8, permutations=1, rng=0)
    assert far.mmd2 == pytest.approx(found.mmd2, abs=1e-9)


def test_the_bandwidth_is_the_median_distance(rng):
    for n in (9, 10):
        x, y = rng.standard_normal((n, 2)), rng.standard_normal((5, 2))
        found = two_sample(x, y, permutations=1, rng=0).bandwidth
        assert found == pytest.approx(np.median(pdist(np.concatenate([x, y]))), rel=1e-9)
    copies = np.repeat([[0.0], [3.0]], [9, 1], axis=0)          # most distances are 0
    assert two_sample(copies, copies, permutations=1, rng=0).bandwidth > 0


def test_it_is_unbiased(rng):
    """Between N(0, 1) and N(1, 4), kernels of normals being normals; also without difference."""
    h, repeats = 1.3, 400

    def expected(shift, variance):                      # E k(x, y), x - y ~ N(shift, variance)
        return h / math.sqrt(h * h + variance) * math.exp(-shift ** 2 / 2 / (h * h + variance))
    for shift, scale in ((1.0, 2.0), (0.0, 1.0)):
        exact = (expected(0, 2) + expected(0, 2 * scale ** 2)
                 - 2 * expected(shift, 1 + scale ** 2))
        found = [two_sample(rng.standard_normal(12), shift + scale * rng.standard_normal(20),
                            bandwidth=h, permutations=1, rng=rng).mmd2 for _ in range(repeats)]
        error = np.std(found, ddof=1) / math.sqrt(repeats)
        assert_estimate(np.mean(found), exact, standard_error=error)
        assert error < 0.01


def test_the_level_is_exact(rng):
    """Under equal distributions p is uniform on 1/20, 2/20, ..., 1: also for few, skewed ones."""
    repeats = 800
    p = np.array([two_sample(rng.exponential(size=(6, 2)), rng.exponential(size=(9, 2)),
                             permutations=19, rng=rng).p_value for _ in range(repeats)])
    steps = np.arange(1, 20) / 20
    share = (p[:, None] <= steps + 1e-9).mean(axis=0)
    assert_estimate(share, steps, standard_error=np.sqrt(steps * (1 - steps) / repeats))
    assert set(np.round(20 * p, 9)) == set(range(1, 21))


def test_a_difference_is_found(rng):
    """In the mean, in the width alone, and in the shape alone, moments equal."""
    n = 150
    normal = rng.standard_normal((n, 1))
    for other in (0.7 + rng.standard_normal((n, 1)),
                  2 * rng.standard_normal((n, 1)),
                  np.sign(rng.standard_normal((n, 1))) + 0.1 * rng.standard_normal((n, 1))):
        found = two_sample(normal, other, permutations=99, rng=0)
        assert found.p_value == 0.01 and found.mmd2 > 0
    assert str(found).startswith("told apart, p = 0.01 by 99 permutations: MMD^2 ")
    alike = two_sample(normal, rng.standard_normal((n, 1)), rng=0)
    assert alike.p_value > 0.05 and str(alike).startswith("not told apart, p = ")


@pytest.mark.parametrize("power", [-1000, -530, 530, 1000])
def test_the_unit_of_the_numbers_is_no_matter(power, rng):
    """Also where squares of distances are 0 or infinite: 2^530 is 3e159."""
    x, y, unit = rng.standard_normal((30, 2)), rng.standard_normal((40, 2)), 2.0 ** power
    found = two_sample(x, y, permutations=19, rng=0)
    assert two_sample(unit * x, unit * y, permutations=19, rng=0) == \
        found._replace(bandwidth=unit * found.bandwidth)
    wide = two_sample(x, y, bandwidth=3.0, permutations=19, rng=0)
    assert two_sample(unit * x, unit * y, bandwidth=unit * 3, permutations=19, rng=0) == \
        wide._replace(bandwidth=unit * 3)


def test_copies_never_look_different(rng):
    x = rng.standard_normal((20, 2))
    assert two_sample(x, x, rng=0).p_value > 0.9        # k(x_i, x_i) is across only: negative
    equal = two_sample(np.ones((5, 2)), np.ones((7, 2)), bandwidth=1.0, rng=0)
    assert equal.mmd2 == pytest.approx(0, abs=1e-12) and equal.p_value == 1


def test_samplers_repeat_themselves(rng):
    def sampler(n, *, rng):
        return rng.random((n, 2, 2)).astype(np.float32)
    one, two = (two_sample(sampler, sampler, n=30, permutations=9, rng=5) for _ in range(2))
    assert one == two and one.examples == (30, 30)
    given = two_sample(sampler, rng.random((40, 4)), n=30, permutations=9, rng=5)
    assert given.examples == (30, 40)


def test_on_every_backend(xp_backend):  # noqa: F811
    rng = np.random.default_rng(0)
    x, y = (rng.standard_normal((size, 3)).astype(np.float32) for size in (12, 15))
    found = two_sample(xp_backend.asarray(x), xp_backend.asarray(y), permutations=9, rng=0)
    assert found == two_sample(x, y, permutations=9, rng=0)


def test_what_is_refused(rng):
    x = rng.standard_normal((5, 2))
    for arguments in ({"permutations": 0}, *({"bandwidth": h} for h in (
            0.0, -1.0, math.nan, math.inf, 1e-200, 1e200))):
        with pytest.raises(ValueError, match="too little to compare"):
            two_sample(x, x, rng=0, **arguments)
    with pytest.raises(ValueError, match="1 and 5 examples"):
        two_sample(x[:1], x, rng=0)
    with pytest.raises(sg.ShapeError, match="2 and 1"):
        two_sample(x, x[:, :1], rng=0)
    with pytest.raises(ValueError, match="bandwidth=1.0"):
        two_sample(np.ones((4, 2)), np.ones((4, 2)), rng=0)


@pytest.mark.parametrize("far", [1e7, 1e12])
def test_one_example_far_away_is_no_unit_for_the_others(rng, far):
    """A median does not feel it; a mean would, and so would what counts as rounding."""
    x, y = rng.standard_normal((60, 2)), 5 + rng.standard_normal((60, 2))
    x[0] = far
    found = two_sample(x, y, rng=0)
    assert found.p_value == 1 / 200
    assert found.bandwidth == pytest.approx(np.median(pdist(np.concatenate([x, y]))), rel=1e-3)


@pytest.mark.parametrize("n", [20, 50])
def test_copies_are_at_distance_zero_whatever_rounding_says(n):
    """Most distances are 0, so their median is no width of a kernel, nor is a rounding error."""
    for size in range(3, 27):
        rng = np.random.default_rng(1000 * size + n)
        copies = np.repeat(10 * rng.standard_normal((1, size)), 2 * n, axis=0)
        both = np.concatenate([copies, rng.standard_normal((n // 5, size))])
        found = two_sample(both[n:], both[:n], permutations=1, rng=0).bandwidth
        assert found == pytest.approx(pdist(both).mean(), rel=1e-6)
