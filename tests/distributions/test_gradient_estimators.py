"""Two unbiased estimators of one gradient: reparameterisation and score function.

    d/dtheta E[f(x)] = E[d/dtheta f(x(eps, theta))] = E[f(x) d/dtheta log p(x)],    f(x) = x^2

For x ~ N(m, s^2) the expectation is m^2 + s^2.  The standard errors are exact, by quadrature.
"""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen.distributions import ContinuousBernoulli, Laplace, Normal, Uniform
from tests.distributions.densities import normal_mean
from tests.support.statistics import assert_estimate

N, LOC, SCALE = 200_000, 0.5, 0.8
EXACT = {"loc": 2 * LOC, "log_scale": 2 * SCALE ** 2}


def gradients(loss):
    """The gradient of each single draw: N copies of the parameters, each with a draw of its own."""
    loc = sg.Tensor(np.full(N, LOC), requires_grad=True)
    log_scale = sg.Tensor(np.full(N, np.log(SCALE)), requires_grad=True)
    loss(Normal(loc, log_scale=log_scale)).sum().backward()
    return {"loc": loc.grad, "log_scale": log_scale.grad}


def exact_variances(of_loc, of_log_scale):
    """Var f(eps) for the two formulas of a single draw's gradient."""
    found = {}
    for name, f in (("loc", of_loc), ("log_scale", of_log_scale)):
        found[name] = normal_mean(lambda e: f(e) ** 2, 0, 1) - normal_mean(f, 0, 1) ** 2
    return found


REPARAMETERISED = exact_variances(lambda e: 2 * (LOC + SCALE * e),
                                  lambda e: 2 * (LOC + SCALE * e) * SCALE * e)
SCORE = exact_variances(lambda e: (LOC + SCALE * e) ** 2 * e / SCALE,
                        lambda e: (LOC + SCALE * e) ** 2 * (e * e - 1))


@pytest.mark.parametrize("name", ["loc", "log_scale"])
def test_reparameterisation(name, rng):
    g = gradients(lambda p: sg.ops.square(p.rsample(rng=rng)))[name]
    assert_estimate(g.mean(), EXACT[name], standard_error=np.sqrt(REPARAMETERISED[name] / N))


@pytest.mark.parametrize("name", ["loc", "log_scale"])
def test_score_function(name, rng):
    def loss(p):
        x = p.sample(rng=rng)
        return sg.ops.square(x) * p.log_prob(x)

    g = gradients(loss)[name]
    assert_estimate(g.mean(), EXACT[name], standard_error=np.sqrt(SCORE[name] / N))


def test_reparameterisation_has_the_smaller_variance():
    assert all(REPARAMETERISED[name] < SCORE[name] / 2 for name in EXACT)


# ---- other distributions of numbers: one parameter each ------------------------------------------

def mean(f, order=100):
    """E[f(v)] for v ~ U[0, 1], where f may have a logarithm at either end and a kink at 1/2."""
    t, weights = np.polynomial.legendre.leggauss(order)
    t, weights = np.concatenate([15 * t - 15, 15 * t + 15]), 15 * np.tile(weights, 2)
    v = 1 / (1 + np.exp(-t))                            # v = sigmoid(t): the ends are far away
    return np.sum(weights * f(v) * v * (1 - v))


def laplace_noise(v):
    return -np.sign(v - 0.5) * np.log(2 * np.minimum(v, 1 - v))


def grey(v, u=1.5):
    return np.log1p(v * np.expm1(u)) / u


GREY = ContinuousBernoulli(1.5)
# of a grey level x(v) the slope is dx/du = (v exp(u - u x) - x) / u
#        make, parameter, E[x^2], one draw by reparameterisation, one draw by the score function
ONE = {
    "laplace": (lambda b: Laplace(0.0, b), 0.7, lambda b: 2 * b * b,
                lambda v: 2 * 0.7 * laplace_noise(v) ** 2,
                lambda v: 0.7 * laplace_noise(v) ** 2 * (np.abs(laplace_noise(v)) - 1)),
    "grey": (ContinuousBernoulli, 1.5, lambda u: ContinuousBernoulli(u).variance
             + sg.ops.square(ContinuousBernoulli(u).mean),
             lambda v: 2 * grey(v) * (v * np.exp(1.5 - 1.5 * grey(v)) - grey(v)) / 1.5,
             lambda v: grey(v) ** 2 * (grey(v) - GREY.mean)),
}


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("estimator", ["reparameterised", "score"])
def test_both_estimators_of_other_distributions(name, estimator, rng):
    make, value, expectation, reparameterised, score = ONE[name]
    parameter = sg.Tensor(np.full(N, value), requires_grad=True)
    p = make(parameter)
    if estimator == "score":
        one_draw, x = score, p.sample(rng=rng)
        (sg.ops.square(x) * p.log_prob(x)).sum().backward()
    else:
        one_draw = reparameterised
        sg.ops.square(p.rsample(rng=rng)).sum().backward()
    exact = sg.grad(expectation)(value)
    assert mean(one_draw) == pytest.approx(exact, rel=1e-5)     # the formulas of the test are right
    variance = mean(lambda v: one_draw(v) ** 2) - mean(one_draw) ** 2
    assert_estimate(parameter.grad.mean(), exact, standard_error=np.sqrt(variance / N))


def test_the_ends_of_an_interval_have_a_reparameterised_gradient_alone(rng):
    """E[x^2] = (a^2 + a b + b^2) / 3.  The score knows nothing of the mass that an end gains."""
    low, high = (sg.Tensor(np.full(N, end), requires_grad=True) for end in (-0.5, 2.0))
    sg.ops.square(Uniform(low, high).rsample(rng=rng)).sum().backward()
    u, weights = np.polynomial.legendre.leggauss(20)
    u, x = (1 + u) / 2, -0.5 + 2.5 * (1 + u) / 2
    for end, draws, exact in ((low, 2 * x * (1 - u), 1 / 3), (high, 2 * x * u, 3.5 / 3)):
        variance = np.sum(weights / 2 * draws ** 2) - exact ** 2
        assert_estimate(end.grad.mean(), exact, standard_error=np.sqrt(variance / N))
