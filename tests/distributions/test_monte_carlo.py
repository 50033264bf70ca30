"""Expectations by Monte Carlo: a mean, its standard error, and what makes them infinite.

kl_monte_carlo is tested in test_divergence, entropy_monte_carlo with each distribution.
"""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen.distributions import (Independent, Mixture, Normal, StandardNormal,
                                      entropy_monte_carlo, expectation)
from tests.support.statistics import assert_estimate

N = 50_000


def test_a_moment_and_its_standard_error(rng):
    loc, scale = np.array([0.5, -2.0]), np.array([0.8, 0.1])
    estimate = expectation(np.square, Normal(loc, scale), N, rng=rng)
    variance = 2 * scale ** 4 + 4 * loc ** 2 * scale ** 2       # of x^2
    assert_estimate(estimate.value, loc ** 2 + scale ** 2, standard_error=np.sqrt(variance / N))
    np.testing.assert_allclose(estimate.standard_error, np.sqrt(variance / N), rtol=0.05)


def test_it_is_the_mean_of_the_draws_and_chunks_change_nothing(monkeypatch):
    p = Independent(Normal(np.zeros(3), 1.0), 1)
    x = p.sample(1000, rng=np.random.default_rng(5))
    whole = expectation(lambda x: x[:, 0] * x[:, 1], p, 1000, rng=5)
    assert whole.value == pytest.approx((x[:, 0] * x[:, 1]).mean(), rel=1e-10)
    assert whole.standard_error == pytest.approx((x[:, 0] * x[:, 1]).std(ddof=1) / np.sqrt(1000))
    monkeypatch.setattr("scratchgen.distributions.monte_carlo._CHUNK", 20)
    chunked = expectation(lambda x: x[:, 0] * x[:, 1], p, 1000, rng=5)
    np.testing.assert_allclose(chunked, whole, rtol=1e-10)


def test_the_function_may_have_axes_of_its_own(rng):
    p = Normal(0.0, 1.0)
    estimate = expectation(lambda x: np.stack([x, x ** 2, x ** 3, x ** 4], -1), p, N, rng=rng)
    variance = np.array([1, 2, 15, 96])
    assert_estimate(estimate.value, np.array([0, 1, 0, 3]), standard_error=np.sqrt(variance / N))


def test_one_infinite_draw_is_infinite_and_a_nan_is_nan(rng):
    p = Normal(np.zeros(3), 1.0)
    table = np.array([0.0, 0.0, 0.0])

    def f(x):
        y = np.where(x > 0, 1.0, table)
        y[0] += [np.inf, -np.inf, np.nan]
        return y

    value, error = expectation(f, p, 100, rng=rng)
    np.testing.assert_array_equal(value, [np.inf, -np.inf, np.nan])
    np.testing.assert_array_equal(error, [np.inf, np.inf, np.nan])


def test_no_graph_is_recorded(rng):
    loc = sg.Tensor(np.zeros(2), requires_grad=True)
    value, error = entropy_monte_carlo(Normal(loc, 1.0), 10, rng=rng)
    assert isinstance(value, np.ndarray) and value.dtype == error.dtype == np.float64
    assert entropy_monte_carlo(StandardNormal(2), 10, rng=rng).value.dtype == np.float64


def test_the_entropy_of_components_far_apart_is_theirs_and_that_of_the_choice(rng):
    p = Mixture(logits=[0.0, np.log(3)], components=Normal([-1e3, 1e3], [1.0, 2.0]))
    choice, normal = -0.25 * np.log(0.25) - 0.75 * np.log(0.75), 0.5 * np.log(2 * np.pi * np.e)
    assert_estimate(entropy_monte_carlo(p, N, rng=rng), choice + normal + 0.75 * np.log(2))


def test_a_standard_error_needs_two_draws(rng):
    for f in (lambda: expectation(np.square, Normal(0.0, 1.0), 1, rng=rng),
              lambda: entropy_monte_carlo(Normal(0.0, 1.0), 1, rng=rng)):
        with pytest.raises(ValueError, match="(expectation|entropy_mo.*): a standard(.|\n)*n >= 2"):
            f()
