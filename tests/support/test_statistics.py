"""A checker is worth what it rejects."""

from collections import namedtuple

import numpy as np
import pytest

from tests.support.statistics import assert_estimate, critical_value

Estimate = namedtuple("Estimate", "value standard_error")


def rejects(*args, **kwargs):
    with pytest.raises(AssertionError, match="against exact"):
        assert_estimate(*args, **kwargs)


def test_critical_values_are_those_of_the_normal_distribution():
    assert critical_value() == pytest.approx(6.1094, abs=1e-4)
    assert critical_value(100) == pytest.approx(6.8065, abs=1e-4)


def test_accepts_just_inside_and_rejects_just_outside():
    z = critical_value()
    for sign in (-1, 1):
        assert_estimate(Estimate(5 + sign * 0.1 * (z - 1e-6), 0.1), 5)
        rejects(Estimate(5 + sign * 0.1 * (z + 1e-6), 0.1), 5)


def test_the_rate_is_shared_among_the_examples_of_a_hypothesis_test():
    assert_estimate(6.5, 0, examples=100, standard_error=1)
    rejects(6.5, 0, standard_error=1)
    rejects(6.9, 0, examples=100, standard_error=1)


def test_the_rate_is_shared_among_the_entries_of_an_array():
    zeros = np.zeros(100)
    off = zeros.copy()
    off[37] = 6.5
    assert_estimate(off, zeros, standard_error=1)
    off[37] = 6.9
    with pytest.raises(AssertionError, match=r"index \(37,\), one of 1 of 100"):
        assert_estimate(off, zeros, standard_error=1)


def test_each_entry_has_its_own_standard_error():
    assert_estimate(np.array([1.0, 0.1]), 0, standard_error=np.array([0.5, 0.05]))
    rejects(np.array([1.0, 0.1]), 0, standard_error=np.array([0.5, 0.001]))


def test_no_standard_error_demands_equality_up_to_rounding():
    assert_estimate(0.1 + 0.2, 0.3, standard_error=0)
    assert_estimate(np.float32(0.1) + np.float32(0.2), 0.3, standard_error=0)
    rejects(0.3 + 1e-13, 0.3, standard_error=0)
    rejects(1e-300, 0, standard_error=0)
    rejects(0.3 + 1e-13, 0.3, standard_error=1e-15)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_rejects_what_is_not_finite(value):
    rejects(value, 0, standard_error=1)
    rejects(np.array([0, value]), 0, standard_error=1)
    rejects(0, value, standard_error=1)


def test_refuses_a_standard_error_that_is_none():
    for error in (float("nan"), float("inf"), -1):
        with pytest.raises(ValueError, match="standard error"):
            assert_estimate(0, 0, standard_error=error)


def test_refuses_to_broadcast():
    for exact, error in ((np.zeros((3, 1)), 1), (0, np.ones((3, 1)))):
        with pytest.raises(ValueError, match=r"\(3, 1\)"):
            assert_estimate(np.zeros(3), exact, standard_error=error)


def test_tells_a_biased_sampler_from_a_true_one(rng):
    """1e5 draws of N(0, 1) have a standard error of 0.0032, so a shift of 0.05 cannot pass."""
    draws = rng.standard_normal(100_000)
    error = 1 / np.sqrt(draws.size)
    assert_estimate(draws.mean(), 0, standard_error=error)
    rejects((draws + 0.05).mean(), 0, standard_error=error)
