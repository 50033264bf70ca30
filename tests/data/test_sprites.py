"""A sprite shows its factors: they can be measured off the picture."""
import numpy as np
import pytest

from scratchgen.data import FACTORS, SHAPES, draw_sprites, sprites
from scratchgen.data.sprites import HIGH, LOW
from tests.support.statistics import assert_estimate

AREA = {"square": 1.5 ** 2, "ellipse": np.pi / 2, "triangle": 1.5 ** 2 / np.sqrt(3)}


def test_shapes_ranges_and_reproducibility():
    images, factors = sprites(50, rng=np.random.default_rng(3))
    again, _ = sprites(50, rng=3)
    assert images.shape == (50, 16, 16, 1) and images.dtype == np.float32
    assert factors.shape == (50, len(FACTORS)) and factors.dtype == np.float32
    assert images.min() == 0 and images.max() == 1
    assert (factors >= LOW).all() and (factors <= HIGH.astype(np.float32)).all()
    np.testing.assert_array_equal(images, again)
    np.testing.assert_array_equal(images, draw_sprites(factors))
    assert sprites(0, rng=np.random.default_rng(0))[0].shape == (0, 16, 16, 1)


def test_factors_can_be_measured_off_the_picture():
    """Area: scale^2 times that of the shape.  Centre of mass: (x, y), y upwards."""
    images, factors = sprites(60, rng=np.random.default_rng(1), size=64)
    kind, scale, _, x, y = factors.T
    area = images.mean(axis=(1, 2, 3)) * 4
    expected = np.array([AREA[SHAPES[int(k)]] for k in kind]) * scale ** 2
    np.testing.assert_allclose(area, expected, rtol=0.02)
    ticks = (np.arange(64) + 0.5) / 32 - 1
    weight = images[..., 0] / images.sum(axis=(1, 2, 3))[:, None, None]
    np.testing.assert_allclose((weight * ticks).sum((1, 2)), x, atol=0.004)
    np.testing.assert_allclose((weight * -ticks[:, None]).sum((1, 2)), y, atol=0.004)


def test_rotation_is_anticlockwise_and_no_shape_is_cut_off():
    flat, tilted = draw_sprites([[1, 0.9, 0, 0, 0], [1, 0.9, np.pi / 4, 0, 0]], size=20)
    assert flat.sum(axis=1).max() > flat.sum(axis=0).max()             # wider than high
    assert tilted[:10, 10:].sum() > 2 * tilted[:10, :10].sum()         # points to the upper right
    for kind in range(len(SHAPES)):
        for rotation in np.linspace(LOW[2], HIGH[2], 7):
            corner = draw_sprites([[kind, HIGH[1], rotation, HIGH[3], HIGH[4]]], size=64)[0]
            assert corner[0].max() == 0 and corner[:, -1].max() == 0


def test_rotations_below_a_quarter_turn_all_look_different():
    for kind in range(len(SHAPES)):
        factors = [[kind, 0.5, rotation, 0, 0] for rotation in np.linspace(0, np.pi / 2, 8)[:-1]]
        images = draw_sprites(factors).reshape(7, -1)
        apart = np.abs(images[:, None] - images[None]).sum(-1) + 99 * np.eye(7)
        assert apart.min() > 1


def test_factors_are_uniform(rng):
    """Mean (low + high) / 2 with variance (high - low)^2 / 12; the three shapes, 1 with 2/3."""
    n = 20_000
    _, factors = sprites(n, rng=rng, size=1)
    width = (HIGH - LOW).astype(np.float64)
    mean, variance = (LOW + HIGH) / 2, width ** 2 / 12
    mean[0], variance[0] = 1, 2 / 3
    assert_estimate(factors.mean(0, dtype=np.float64), mean, standard_error=np.sqrt(variance / n))


@pytest.mark.parametrize("factors", [np.zeros((2, 4)), np.zeros(5), [[3, 0.5, 0, 0, 0]],
                                     [[0.5, 0.5, 0, 0, 0]]])
def test_what_is_no_sprite(factors):
    with pytest.raises(ValueError, match="expected"):
        draw_sprites(factors)
