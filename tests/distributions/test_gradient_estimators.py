"""Two unbiased estimators of one gradient: reparameterisation and score function.

    d/dtheta E[f(x)] = E[d/dtheta f(x(eps, theta))] = E[f(x) d/dtheta log p(x)],    f(x) = x^2

For x ~ N(m, s^2) the expectation is m^2 + s^2.  The standard errors are exact, by Gauss-Hermite.
"""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen.distributions import Normal
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
