"""Estimators of d/dl E[f(y)], y categorical: means and variances against exact ones.

With two classes y = (b, 1 - b), and b = sigmoid((d + v) / temperature) for d = l_1 - l_2 and v
logistic, so that the expectations of the relaxed estimators are integrals over one number.
"""
import numpy as np
import pytest
from scipy import integrate, special

import scratchgen as sg
from scratchgen import ops
from scratchgen.distributions import bias_and_variance, exact_gradient, gradient_draws
from scratchgen.distributions.gradient_estimators import ESTIMATORS
from tests.support.backends import xp_backend  # noqa: F401
from tests.support.statistics import assert_estimate

N = 100_000
LOGITS = np.array([0.3, -0.5, 1.0])
P = special.softmax(LOGITS)
A = np.array([[1.0, 0.4, -0.3], [0.4, 3.0, 0.2], [-0.3, 0.2, 2.0]])
SLOPE = np.diag(P) - np.outer(P, P)             # of softmax
VALUES = np.diag(A) + np.array([0.5, -1.0, 0.0])
EXACT = P * (VALUES - P @ VALUES)


def quadratic(y):
    """f(y) = y^T A y + b^T y"""
    return ops.sum((y @ A) * y, axis=-1) + y @ np.array([0.5, -1.0, 0.0])


def moments(by_class):
    """Mean and variance of an estimate that depends on the class drawn alone: (K classes, K)."""
    mean = P @ by_class
    return mean, P @ by_class ** 2 - mean ** 2


BY_CLASS = {"score-function": VALUES[:, None] * (np.eye(3) - P),
            "score-function-centred": (VALUES - P @ VALUES)[:, None] * (np.eye(3) - P),
            "straight-through": (2 * A + np.array([0.5, -1.0, 0.0])) @ SLOPE}


def test_the_exact_gradient():
    np.testing.assert_allclose(exact_gradient(LOGITS, quadratic), EXACT, rtol=1e-12)
    for name in ("score-function", "score-function-centred"):
        np.testing.assert_allclose(moments(BY_CLASS[name])[0], EXACT, rtol=1e-12)


@pytest.mark.parametrize("name", BY_CLASS)
def test_what_depends_on_the_class_alone(name, rng):
    draws = gradient_draws(LOGITS, quadratic, N, name, rng=rng)
    mean, variance = moments(BY_CLASS[name])
    found = bias_and_variance(draws, EXACT)
    assert_estimate(found.bias, mean - EXACT, standard_error=np.sqrt(variance / N))
    np.testing.assert_allclose(found.variance, variance, rtol=0.05)
    few = bias_and_variance(draws[:5], EXACT)
    np.testing.assert_allclose(few.variance, draws[:5].var(axis=0, ddof=1), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found.standard_error, np.sqrt(found.variance / N), rtol=1e-12)


def test_straight_through_is_exact_and_certain_where_f_is_linear(rng):
    def linear(y):
        return y @ VALUES

    draws = gradient_draws(LOGITS, linear, 50, "straight-through", rng=rng)
    np.testing.assert_allclose(draws, np.tile(EXACT, (50, 1)), rtol=1e-12)


# ---- two classes: f(y) = (b - 0.45)^2 ------------------------------------------------------------

GAP = 0.4


def target(y):
    return ops.square(y[:, 0] - 0.45)


def over_noise(function):
    """E[function(v)], v logistic, with a jump allowed at v = -GAP."""
    def weighted(v):
        return function(v) * special.expit(v) * special.expit(-v)

    return sum(integrate.quad(weighted, *part, epsabs=1e-11, limit=200)[0]
               for part in ((-40, -GAP), (-GAP, 40)))


def one_draw(name, v, temperature):
    """The estimate of d/dl_1 for this noise."""
    b = special.expit((GAP + v) / temperature)
    slope = b * (1 - b) / temperature
    return 2 * ((b if name == "gumbel-softmax" else 1.0 * (v > -GAP)) - 0.45) * slope


@pytest.mark.parametrize("temperature", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("name", ["gumbel-softmax", "straight-through-gumbel"])
def test_relaxed_estimators_by_quadrature(name, temperature, rng):
    mean = over_noise(lambda v: one_draw(name, v, temperature))
    variance = over_noise(lambda v: one_draw(name, v, temperature) ** 2) - mean ** 2
    logits = np.array([GAP, 0.0])
    exact = exact_gradient(logits, target)
    p = special.expit(GAP)
    assert exact[0] == pytest.approx(p * (1 - p) * (0.55 ** 2 - 0.45 ** 2), rel=1e-12)
    draws = gradient_draws(logits, target, N, name, temperature=temperature, rng=rng)
    found = bias_and_variance(draws, exact)
    assert_estimate(found.bias[0], mean - exact[0], standard_error=np.sqrt(variance / N))
    assert abs(mean - exact[0]) > 1e-3


@pytest.mark.parametrize("name", ["gumbel-softmax", "straight-through-gumbel"])
def test_in_the_cold_the_bias_falls_like_the_temperature_and_the_variance_grows(name):
    """By quadrature.  For small t the mean of (db/dl)^2 is P (1 - P) / (6 t)."""
    p = special.expit(GAP)
    exact = p * (1 - p) * (0.55 ** 2 - 0.45 ** 2)
    warm, cold = (over_noise(lambda v: one_draw(name, v, t)) - exact for t in (0.02, 0.01))
    assert warm / cold == pytest.approx(2, rel=0.02) and 0 < cold < exact / 30
    for t in (0.1, 0.01):
        second = over_noise(lambda v: (special.expit((GAP + v) / t) ** 2
                                       * special.expit(-(GAP + v) / t) ** 2) / t ** 2)
        assert second == pytest.approx(p * (1 - p) / (6 * t), rel=5 * t)


# ---- kinds, and what is refused ------------------------------------------------------------------

@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_backend(name, xp_backend):  # noqa: F811
    expected = gradient_draws(LOGITS[:2], target, 4, name, temperature=0.5, rng=1)
    found = gradient_draws(xp_backend.asarray(LOGITS[:2]), target, 4, name, temperature=0.5, rng=1)
    np.testing.assert_allclose(xp_backend.to_numpy(found), expected, rtol=1e-4, atol=1e-6)
    for part in bias_and_variance(found, exact_gradient(xp_backend.asarray(LOGITS[:2]), target)):
        assert part.shape == (2,) and part.dtype == found.dtype


def test_what_is_refused():
    with pytest.raises(ValueError, match="no estimator 'rebar'\n.*score-function, "):
        gradient_draws(LOGITS, quadratic, 5, "rebar", rng=0)
    with pytest.raises(ValueError, match="needs two draws"):
        bias_and_variance(np.zeros((1, 3)), np.zeros(3))
    with pytest.raises(ValueError, match="temperature > 0"):
        gradient_draws(LOGITS, quadratic, 5, "gumbel-softmax", temperature=0.0, rng=0)


def test_tensors_give_tensors():
    draws = gradient_draws(sg.Tensor(LOGITS), quadratic, 5, "gumbel-softmax", rng=0)
    assert isinstance(draws, sg.Tensor)
    assert isinstance(exact_gradient(sg.Tensor(LOGITS), quadratic), sg.Tensor)
    assert bias_and_variance(draws, EXACT).bias.shape == (3,)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("f", [lambda y: ops.sum(y, axis=-1, keepdims=True), ops.sum])
def test_one_number_for_each_row(estimator, f):
    """A column or a scalar would broadcast against the rows, and give another gradient."""
    for gradient in (lambda: gradient_draws(np.zeros(3), f, 4, estimator, rng=0),
                     lambda: exact_gradient(np.zeros(3), f)):
        with pytest.raises(sg.ShapeError, match="one number for each row"):
            gradient()


def test_what_draws_take():
    def f(y):
        return y[:, 0]
    for n in (0, -1):
        with pytest.raises(ValueError, match="n >= 1"):
            gradient_draws(np.zeros(3), f, n, "score-function-centred", rng=0)
    with pytest.raises(sg.ShapeError, match=r"logits \(K,\)"):
        gradient_draws(np.zeros((2, 3)), f, 4, "score-function-centred", rng=0)
    np.testing.assert_array_equal(gradient_draws([0, 1], f, 4, "straight-through", rng=0),
                                  gradient_draws(np.array([0.0, 1.0]), f, 4, "straight-through",
                                                 rng=0))
    np.testing.assert_array_equal(exact_gradient([0, 1], f), exact_gradient(np.array([0.0, 1]), f))
    with pytest.raises(sg.ShapeError, match=r"\(5, 3\) and \(3, 1\)"):
        bias_and_variance(np.zeros((5, 3)), np.zeros((3, 1)))
