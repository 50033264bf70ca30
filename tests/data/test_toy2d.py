"""Each density integrates to one, and is the density of its own samples."""
import numpy as np
import pytest

from scratchgen.data import (Checkerboard, Moons, Pinwheel, Spiral, eight_gaussians, grid25,
                             ring)
from scratchgen.data.toy2d_wound import turned, wound
from tests.support.statistics import assert_estimate

# The half-width of a square that holds all but 1e-6 of the mass; borders of densities are at cells.
TOYS = {"ring": (ring(), 1.1), "grid25": (grid25(), 4.4), "moons": (Moons(), 2.5),
        "spiral": (Spiral(), 5.5), "pinwheel": (Pinwheel(), 2.7),
        "checkerboard": (Checkerboard(), 5.0), "eight gaussians": (eight_gaussians(), 4.8),
        "lonely": (ring(modes=1, radius=0, scale=0.3), 2.0)}
CELLS = 1200


def probabilities(toy, half, blocks=20):
    """P(x in block) for blocks x blocks squares, by the midpoint rule."""
    ticks = (np.arange(CELLS) + 0.5) / CELLS * 2 * half - half
    points = np.stack(np.meshgrid(ticks, ticks, indexing="ij"), axis=-1)
    density = np.stack([np.exp(toy.log_prob(row)) for row in points])
    side = CELLS // blocks
    return density.reshape(blocks, side, blocks, side).sum((1, 3)) * (2 * half / CELLS) ** 2


@pytest.mark.parametrize("name", TOYS)
def test_density_integrates_to_one_and_is_that_of_the_samples(name, rng):
    toy, half = TOYS[name]
    exact = probabilities(toy, half)
    assert exact.sum() == pytest.approx(1, abs=1e-5)
    n = 1_000_000
    x = toy.sample(n, rng=rng)
    assert x.shape == (n, 2) and x.dtype == np.float32
    edges = np.linspace(-half, half, len(exact) + 1)
    share = np.histogram2d(x[:, 0], x[:, 1], bins=[edges, edges])[0] / n
    # A block of probability below 1/n is no place for a normal approximation of its count.
    common = exact > 100 / n
    error = np.sqrt(exact * (1 - exact) / n)
    assert_estimate(share[common], exact[common], standard_error=error[common])
    assert share[~common].sum() < 0.02


def test_the_modes_are_where_the_paper_has_them():
    np.testing.assert_allclose(np.hypot(*ring().centres.T), 1)
    assert ring().centres.shape == (8, 2) and ring().scale == 0.01
    assert {tuple(c) for c in grid25().centres} == {(x, y) for x in (-4, -2, 0, 2, 4)
                                                    for y in (-4, -2, 0, 2, 4)}
    assert grid25().scale == 0.05


def test_the_moons_are_each_other_turned_about_one_half_one_quarter(rng):
    x = Moons().sample(1000, rng=rng).astype(float)
    np.testing.assert_allclose(Moons().log_prob(np.array([1, 0.5]) - x), Moons().log_prob(x))


def test_log_prob_is_finite_far_away_and_at_every_centre():
    points = np.array([[1e3, -1e3], [-1e3, 1e3], [0, 0], [1, 0.5]])
    for name, (toy, _) in TOYS.items():
        if name != "checkerboard":                      # the one that ends
            assert np.isfinite(toy.log_prob(points)).all()


def test_a_centre_does_not_outweigh_a_grid():
    """At the centre of a half-ring 1/r is infinite: in one point, and a sum over a grid has it."""
    centres = np.array([[0.0, 0.0], [1.0, 0.5]])
    np.testing.assert_allclose(Moons().log_prob(centres), Moons().log_prob(centres + 1e-3), 0.05)


def test_the_board_is_black_and_white_and_its_samples_are_on_black(rng):
    board = Checkerboard()
    fields = np.array([[board.log_prob(np.array([[x, y]]))[0] for x in (-3.0, -1.0, 1.0, 3.0)]
                       for y in (-3.0, -1.0, 1.0, 3.0)])
    black = (np.indices((4, 4)).sum(0) % 2) == 0
    np.testing.assert_array_equal(fields, np.where(black, -np.log(32), -np.inf))
    x = board.sample(200_000, rng=rng)
    assert np.isfinite(board.log_prob(x)).all()
    np.testing.assert_array_equal(x * 2**19, np.round(x * 2**19))       # none was ever rounded
    assert board.log_prob(np.array([[5.0, -4.5]])) == -np.inf


def test_eight_gaussians_touch_and_the_ring_does_not():
    a, b = eight_gaussians().centres[:2]
    assert np.hypot(*(a - b)) < 7 * eight_gaussians().scale
    a, b = ring().centres[:2]
    assert np.hypot(*(a - b)) > 70 * ring().scale
    a = eight_gaussians().centres[0]
    assert eight_gaussians().scale == pytest.approx(np.hypot(*a) / 8)


def test_winding_changes_no_area(rng):
    """The factor is 1: a triangle of close points has the area of the unwound one."""
    toy, u = Pinwheel(), rng.normal(size=(50, 2))
    h = 1e-5
    corners = [wound(u + h * np.array(d), toy.winding) for d in ([0, 0], [1, 0], [0, 1])]
    a, b = corners[1] - corners[0], corners[2] - corners[0]
    np.testing.assert_allclose((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / h ** 2, 1, rtol=1e-3)


@pytest.mark.parametrize("toy", [Pinwheel(blades=3), Pinwheel(winding=0.0)])
def test_a_pinwheel_looks_the_same_after_a_turn_by_one_blade(toy, rng):
    x = toy.sample(500, rng=rng).astype(float)
    turn = np.full(500, 2 * np.pi / toy.blades)
    np.testing.assert_allclose(toy.log_prob(turned(x, turn)), toy.log_prob(x), rtol=1e-9)


@pytest.mark.parametrize("name", TOYS)
def test_a_seed_will_do_for_a_generator(name):
    toy, _ = TOYS[name]
    np.testing.assert_array_equal(toy.sample(5, rng=3), toy.sample(5, rng=np.random.default_rng(3)))
    with pytest.raises(TypeError, match="or an int that seeds one"):
        toy.sample(5, rng=None)


def test_empty_sample_and_wrong_shapes(rng):
    assert ring().sample(0, rng=rng).shape == (0, 2)
    for toy, _ in TOYS.values():
        with pytest.raises(ValueError, match=r"\(N, 2\)"):
            toy.log_prob(np.zeros((4, 3)))
