"""PacGAN's three numbers, on samplers of which they are known."""
import math

import numpy as np
import pytest

import scratchgen as sg
from scratchgen.data import grid25, ring
from scratchgen.models import coverage
from scratchgen.models.diagnosis import neighbours
from scratchgen.models.diagnosis.modes import IN_THE_PLANE
from scratchgen.models.diagnosis.neighbours import nearest
from tests.support.backends import xp_backend  # noqa: F401
from tests.support.statistics import assert_estimate

TOYS = {"ring": ring(), "grid25": grid25()}
every_toy = pytest.mark.parametrize("toy", TOYS.values(), ids=TOYS)


@every_toy
def test_an_exact_sampler(toy):
    """98.9 % of its samples are of high quality, and no mode is missed."""
    found = coverage(toy, toy.centres, toy.scale, n=100_000, rng=0)
    assert IN_THE_PLANE == pytest.approx(0.98889, abs=1e-5)
    assert_estimate(found.quality, IN_THE_PLANE)
    assert found.modes == found.total == len(toy.centres)
    assert_estimate(np.array(found.counts) / 1e5, np.full(found.total, IN_THE_PLANE / found.total),
                    standard_error=math.sqrt(IN_THE_PLANE / found.total / 1e5))
    assert coverage(toy, toy.centres, toy.scale, rng=1).examples == 2500


@every_toy
def test_the_divergence_of_an_exact_sampler(toy):
    """2 n KL is about chi-square with K - 1 degrees of freedom, of variance 2 (K - 1)."""
    k, n, repeats = len(toy.centres), 2500, 200
    found = [coverage(toy, toy.centres, toy.scale, rng=seed).kl for seed in range(repeats)]
    assert_estimate(2 * n * np.mean(found), k - 1, standard_error=math.sqrt(2 * (k - 1) / repeats))


def test_modes_are_counted_by_hand():
    centres = [[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]]
    x = [[0.0, 0.29], [0.0, 0.31], [0.0, -0.3], [10.0, 0.1], [5.1, 0.0], [0.2, 0.2]]
    found = coverage(x, centres, 0.1, rng=None)
    assert found.counts == (3, 1, 0) and found.modes == 2 and found.total == 3
    assert found.quality.value == 4 / 6 and found.examples == 6
    assert found.quality.standard_error == pytest.approx(math.sqrt(4 / 6 * 2 / 6 / 6))
    assert found.kl == pytest.approx(4 / 6 * math.log(2) + 2 / 6 * math.log(1))
    assert str(found) == ("2 of 3 modes, 66.7 % +- 19.2 of 6 samples of high quality, "
                          "KL to equal shares 0.462 nats")


def test_one_mode_alone_and_none():
    toy = ring()
    one = coverage(np.tile(toy.centres[3], (50, 1)), toy.centres, toy.scale, rng=None)
    assert one.modes == 1 and one.quality == (1, 0) and one.kl == pytest.approx(math.log(8))
    nowhere = coverage(np.zeros((50, 2)), toy.centres, toy.scale, rng=None)
    assert nowhere.modes == 0 and nowhere.quality == (0, 0)
    wide = coverage(ring(scale=0.03), toy.centres, toy.scale, n=20_000, rng=0)
    assert_estimate(wide.quality, 1 - math.exp(-0.5))


def test_what_is_not_finite_is_near_nothing():
    toy = ring()
    x = np.repeat(toy.centres, 2, axis=0)
    x[::2] = [np.nan, 0.0]
    x[2] = [np.inf, 1.0]
    found = coverage(x, toy.centres, toy.scale, rng=None)
    assert found.modes == 8 and found.quality.value == 0.5 and found.kl == pytest.approx(0)
    nothing = coverage(np.full((5, 2), np.nan), toy.centres, toy.scale, rng=None)
    assert nothing.modes == 0 and nothing.quality.value == 0 and math.isnan(nothing.kl)
    assert nothing.counts == (0,) * 8


def test_any_dimension(rng):
    """Within 3 sd on a line: 99.73 %; of the squared distance the law is chi-square of D."""
    for dimensions, share in ((1, math.erf(3 / math.sqrt(2))), (3, 0.9707091134651118)):
        centres = 100 * np.eye(4)[:, :dimensions]
        x = centres[rng.integers(4, size=50_000)] + 0.5 * rng.standard_normal((50_000, dimensions))
        found = coverage(x, centres[:dimensions + 1], 0.5, rng=None)
        assert_estimate(found.quality, share)


def test_on_every_backend(xp_backend):  # noqa: F811
    toy = grid25()
    x = toy.sample(300, rng=np.random.default_rng(0))
    expected = coverage(x, toy.centres, toy.scale, rng=None)
    found = coverage(xp_backend.asarray(x), xp_backend.asarray(toy.centres), toy.scale, rng=None)
    assert found == expected


def test_what_is_refused():
    with pytest.raises(sg.ShapeError, match="3 and 2"):
        coverage(np.zeros((5, 3)), ring().centres, 0.01, rng=None)
    for sd in (0.0, float("nan")):
        with pytest.raises(ValueError, match="sd > 0"):
            coverage(ring(), ring().centres, sd, rng=0)
    for centres in (ring().centres[:, 0], ring().centres[:0]):
        with pytest.raises(sg.ShapeError, match=r"\(K, D\)"):
            coverage(ring(), centres, 0.01, rng=0)
    with pytest.raises(ValueError, match="finite numbers"):
        coverage(ring(), ring().centres * [[np.nan], *[[1.0]] * 7], 0.01, rng=0)


def test_nearest_neighbours_one_by_one_and_in_blocks(monkeypatch, rng):
    x, y = rng.standard_normal((60, 3)), 1e4 + rng.standard_normal((40, 3))
    x[::3] = y[::2]
    distance = np.linalg.norm(x[:, None] - y, axis=-1)
    for cells in (2 ** 22, 70):
        monkeypatch.setattr(neighbours, "_CELLS", cells)
        index, found = nearest(x, y)
        np.testing.assert_array_equal(index[::3], np.arange(40)[::2])
        np.testing.assert_allclose(found, distance.min(axis=1), rtol=1e-9)
        assert (found[::3] == 0).all()


def test_neighbours_far_from_zero(rng):
    """Lengths of 1e9, of which 1e18 is the square and 100 its rounding, and distances of 1."""
    x = 1e9 + rng.standard_normal((30, 3))
    index, distance = nearest(x, x[::-1])
    np.testing.assert_array_equal(index, np.arange(30)[::-1])
    assert (distance == 0).all()


def test_blocks_are_small(monkeypatch):
    monkeypatch.setattr(neighbours, "_CELLS", 100)
    sizes = [len(part) for part in neighbours.blocks(np.zeros((25, 2)), 10)]
    assert sizes == [10, 10, 5]
    assert [len(part) for part in neighbours.blocks(np.zeros((3, 2)), 1000)] == [1, 1, 1]
