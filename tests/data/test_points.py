"""Densities of the plane as data sets: always the same points, and their exact density."""
import numpy as np
import pytest

from scratchgen import data
from tests.support.statistics import assert_estimate


@pytest.mark.parametrize("name", data.DENSITIES)
def test_every_density_is_a_data_set(name):
    train, test = data.load(name)
    assert (len(train), len(test)) == (20_000, 10_000) and train.noun == "points"
    assert train.images.shape == (20_000, 2) and train.images.dtype == np.float32
    assert train.shape == (2,) and train.name == name and "20,000 points" in train.description
    np.testing.assert_array_equal(data.load(name, flat=False).train.images, train.images)
    log_p = test.density.log_prob(test.images)
    assert np.isfinite(log_p).all()
    # Train and test points come from one density: so do the means of log p over them.
    other = train.density.log_prob(train.images)
    error = np.sqrt(other.var() / len(other) + log_p.var() / len(log_p))
    assert_estimate(log_p.mean(), other.mean(), standard_error=error)


def test_the_test_points_do_not_depend_on_the_number_of_training_points():
    few, many = data.points_split("moons", 10), data.points_split("moons", 1000)
    np.testing.assert_array_equal(few.test.images, many.test.images)
    assert len(few.train) == 10 and not np.isin(few.train.images, few.test.images).any()
    other = data.points_split("moons", 10, n_test=5, seed=1)
    assert len(other.test) == 5 and not np.isin(other.train.images, few.train.images).any()


def test_images_are_images_and_know_their_grey_levels():
    for name, levels in (("digits", 17), ("sprites", 17)):
        train = data.load(name).train
        assert train.noun == "images" and train.levels == levels
        steps = train.images * (levels - 1)
        np.testing.assert_allclose(steps, np.round(steps), atol=1e-5)
        assert len(np.unique(np.round(steps))) == levels


def test_what_is_refused():
    with pytest.raises(ValueError, match="ring, grid25"):
        data.points_split("rings")
    for sizes in ({"n": 1}, {"n_test": 0}):
        with pytest.raises(ValueError, match="2 or more"):
            data.points_split("ring", **sizes)
