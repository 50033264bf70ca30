"""Finite differences: as accurate as they say, and able to find the one entry that is wrong."""
import numpy as np
import pytest

from scratchgen.autodiff.transforms.differences import (difference, disagreement, one_sided, unit,
                                                        unravel, wrong_entry)

RTOL, ATOL = 1e-7, 1e-9
X = np.array([0.3, -1.2, 2.0])


def test_the_error_falls_with_the_fourth_power_of_the_step():
    """For exp the error is h^4 / 30 f'''''; halving the step divides it by 16."""
    x, one = np.array([1.0]), np.ones(1)
    errors = [float(abs(difference(np.exp, x, one, h)[0] - np.e)) for h in (0.2, 0.1)]
    assert errors[0] / errors[1] == pytest.approx(16, rel=0.02)
    assert errors[1] == pytest.approx(4 * 0.1 ** 4 * np.e / 120, rel=0.02)
    assert difference(np.exp, x, one, 1e-3)[0] == pytest.approx(np.e, rel=1e-12)


def test_a_direction_weights_the_axes():
    np.testing.assert_allclose(difference(np.sin, X, np.array([1.0, -2.0, 0.0]), 1e-3),
                               np.cos(X) * [1, -2, 0], rtol=1e-11, atol=1e-12)


def test_leaving_the_domain_is_no_answer():
    def root(x):
        if (x < 0).any():
            raise ValueError("negative")
        return np.sqrt(x)
    assert difference(root, np.array([1e-4]), np.ones(1), 1e-3) is None
    assert one_sided(root, np.array([0.0]), np.ones(1)) is None
    assert disagreement(root, np.array([1e-2]), np.ones(1), np.array([5.0]), RTOL, ATOL) is None
    nowhere = disagreement(root, np.array([0.0]), np.ones(1), np.array([1.0]), RTOL, ATOL)
    assert np.isnan(nowhere.numeric) and nowhere.step == 0


def test_the_worst_entry_is_reported():
    wrong = np.cos(X) * [1, 1.5, 1.001]
    found = disagreement(np.sin, X, np.ones(3), wrong, RTOL, ATOL)
    assert found.index == (1,) and found.analytic == wrong[1]
    assert found.numeric == pytest.approx(np.cos(-1.2), rel=1e-9) and found.excess > 1
    assert disagreement(np.sin, X, np.ones(3), np.cos(X), RTOL, ATOL) is None


def test_nothing_that_is_not_a_number_agrees():
    for bad in (np.nan, np.inf, -np.inf):
        with np.errstate(invalid="ignore"):
            assert disagreement(np.sin, X, np.ones(3), np.cos(X) + [0, bad, 0], RTOL, ATOL)


@pytest.mark.parametrize("size, every", [(30, 1000), (3000, 1000), (30, 0)])
@pytest.mark.parametrize("error", [-2.0, 1e-3])
def test_one_wrong_entry_is_found(size, every, error, rng):
    x = rng.normal(size=(size // 3, 3))
    gradient = np.cos(x)

    def f(x):
        return np.sin(x).sum()
    assert wrong_entry(f, x, gradient, RTOL, ATOL, every) is None
    gradient[5, 1] *= 1 + error
    k, found = wrong_entry(f, x, gradient, RTOL, ATOL, every)
    assert unravel(k, x.shape) == (5, 1) and found.analytic == pytest.approx(gradient[5, 1])


@pytest.mark.parametrize("distance", [1.5e-6, 1.5e-7])
def test_a_kink_close_by_is_not_stepped_over(distance):
    def f(x):
        return abs(x - distance).sum()
    assert wrong_entry(f, np.zeros(3), -np.ones(3), RTOL, ATOL) is None
    assert wrong_entry(f, np.zeros(3), np.ones(3), RTOL, ATOL)


def test_a_direction_that_steps_over_a_kink_is_taken_to_pieces():
    """4,000 entries move their sum too far, however small the step; few of them do not."""
    def f(x):
        return abs(x.sum() - 2e-7)
    x = np.zeros((80, 50))
    assert wrong_entry(f, x, -np.ones((80, 50)), RTOL, ATOL) is None
    wrong = -np.ones((80, 50))
    wrong[7, 3] = 1
    assert wrong_entry(f, x, wrong, RTOL, ATOL)[0] == 7 * 50 + 3


def test_slopes_on_both_sides_of_a_kink():
    left, right = one_sided(np.abs, np.zeros(2), np.ones(2))
    np.testing.assert_allclose(left, [-1, -1])
    np.testing.assert_allclose(right, [1, 1])


def test_unit_arrays_and_their_indices():
    like = np.asfortranarray(np.ones((2, 3, 2)))
    for k in range(like.size):
        assert unit(like, k)[unravel(k, like.shape)] == 1 and unit(like, k).sum() == 1
    assert unit(np.array(2.0), 0) == 1 and unravel(0, ()) == ()
