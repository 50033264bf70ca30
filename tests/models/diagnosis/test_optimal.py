"""The optimal discriminator: that nothing beats it, and what the game is worth with it."""
import math

import numpy as np
import pytest
from scipy import integrate, stats

import scratchgen as sg
from scratchgen import nn, optim
from scratchgen.distributions import Normal, Uniform
from scratchgen.models import from_optimal, game_value, jensen_shannon, optimal_logit
from scratchgen.models.diagnosis import quadrature
from tests.support.backends import xp_backend  # noqa: F401
from tests.support.statistics import assert_estimate

P, Q = Normal(0.0, 1.0), Normal(1.5, 0.6)
REACH = (-9.0, 9.0)


def best(x):
    return P.log_prob(x) - Q.log_prob(x)


# ---- integrals -----------------------------------------------------------------------------------

def test_nodes_are_those_of_gauss_and_legendre():
    x, weights = quadrature.nodes((-1, 1))
    first, expected = np.polynomial.legendre.leggauss(10)
    np.testing.assert_allclose((x[:10] + 1) * 400 - 1, first, atol=1e-12)
    np.testing.assert_allclose(weights[:10] * 400, expected, rtol=1e-12)
    for power in range(20):
        assert (weights * x ** power).sum() == pytest.approx((1 + (-1) ** power) / (power + 1),
                                                             abs=1e-14)
    x, weights = quadrature.nodes((2, 5))
    assert (weights * np.exp(x)).sum() == pytest.approx(math.exp(5) - math.exp(2), rel=1e-14)


@pytest.mark.parametrize("interval", [(1, 1), (2, 1), (0, math.inf), (math.nan, 1)])
def test_intervals(interval):
    with pytest.raises(ValueError, match="low < high"):
        quadrature.nodes(interval)


def test_one_number_for_each_point():
    x = np.zeros(4)
    for f in (lambda x: x, lambda x: x[:, 0], Normal(0.0, 1.0)):
        assert quadrature.at(f, x).shape == (4,)
    with pytest.raises(ValueError, match=r"\(4,\) or \(4, 1\)"):
        quadrature.at(lambda x: np.zeros((4, 2)), x)


# ---- the divergence ------------------------------------------------------------------------------

@pytest.mark.parametrize("a, s, b, t", [(0, 1, 1.5, 0.6), (0, 1, 0.01, 1), (-2, 0.3, 3, 0.2),
                                        (0, 1, 0, 3)])
def test_jensen_shannon_against_another_integrator(a, s, b, t):
    p, q = stats.norm(a, s), stats.norm(b, t)

    def integrand(x):
        m = np.logaddexp(p.logpdf(x), q.logpdf(x)) - math.log(2)
        return (p.pdf(x) * (p.logpdf(x) - m) + q.pdf(x) * (q.logpdf(x) - m)) / 2
    exact = sum(integrate.quad(integrand, low, high, epsabs=1e-13, epsrel=1e-12)[0]
                for low, high in zip(range(-30, 30, 2), range(-28, 32, 2)))
    found = jensen_shannon(Normal(float(a), s), Normal(float(b), t), (-30, 30))
    assert found == pytest.approx(exact, abs=1e-9)


def test_jensen_shannon_at_its_ends():
    assert jensen_shannon(P, P, REACH) == pytest.approx(0, abs=1e-12)
    apart = Normal(-50.0, 1.0), Normal(50.0, 1.0)       # each density is 0 where the other is not
    assert jensen_shannon(*apart, (-70, 70)) == pytest.approx(math.log(2), abs=1e-12)
    inside = Uniform(0.0, 1.0), Uniform(0.0, 2.0)       # -inf beside numbers, and beside -inf
    exact = (math.log(4 / 3) + 0.5 * math.log(2 / 3) + 0.5 * math.log(2)) / 2
    assert jensen_shannon(*inside, (-2, 3)) == pytest.approx(exact, abs=1e-3)
    assert jensen_shannon(*inside, (0, 2)) == pytest.approx(exact, abs=1e-12)


@pytest.mark.parametrize("p, q, interval, held", [
    (P, Q, (-9, 1), "0.8413 and 0.2023"), (P, Q, (1.5, 9), "0.06681 and 0.5"),
    (P, Normal(20.0, 1.0), REACH, "1 and "),                 # one of them lies elsewhere
    (P, Normal(0.0101, 1e-4), REACH, "1 and "),              # narrower than the gap of two nodes
    (P, lambda x: 2 * P.log_prob(x), REACH, "1 and 0.2821"),    # no density
    (lambda x: x * np.nan, P, REACH, "nan and 1")])
def test_an_interval_that_does_not_hold_the_densities_is_refused(p, q, interval, held):
    """Where half is missing -log 4 + 2 JSD would be of other densities, and look as good."""
    for measure in (lambda: jensen_shannon(p, q, interval),
                    lambda: game_value(lambda x: 0 * x, p, q, interval)):
        with pytest.raises(ValueError, match=f"integrals of 1\n  got       {held}"):
            measure()


# ---- the best discriminator ----------------------------------------------------------------------

def test_it_is_the_posterior_of_real():
    x = np.linspace(-3, 3, 7)
    d = stats.norm.pdf(x) / (stats.norm.pdf(x) + stats.norm.pdf(x, 1.5, 0.6))
    np.testing.assert_allclose(1 / (1 + np.exp(-optimal_logit(P.log_prob(x), Q.log_prob(x)))), d)


@pytest.mark.parametrize("real, fake", [(1, 0), (0.9, 0), (0.9, 0.1), (1, 0.3), (0, 1), (1, 1)])
def test_it_minimises_the_cross_entropy_with_any_labels(real, fake):
    """At each point p (a log D + (1 - a) log(1 - D)) + q (b log D + ...) is largest at D*."""
    x = np.linspace(-3, 3, 9)
    p, q = np.exp(P.log_prob(x)), np.exp(Q.log_prob(x))
    logit = optimal_logit(np.log(p), np.log(q), real=real, fake=fake)
    grid = np.linspace(1e-4, 1 - 1e-4, 20_001)[:, None]
    value = (p * real + q * fake) * np.log(grid) + (p * (1 - real) + q * (1 - fake)) * np.log1p(
        -grid)
    with np.errstate(over="ignore"):
        found = 1 / (1 + np.exp(-logit))
    np.testing.assert_allclose(grid[value.argmax(axis=0), 0], found * np.ones(9), atol=1e-4)
    np.testing.assert_allclose((real * p + fake * q) / (p + q), found * np.ones(9), rtol=1e-12)


@pytest.mark.parametrize("labels", [{"real": 1.1}, {"fake": -0.1}, {"real": math.nan}])
def test_labels_are_probabilities(labels):
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        optimal_logit(np.zeros(2), np.zeros(2), **labels)


def test_the_value_of_the_game():
    """-log 4 + 2 JSD with D*, -log 4 with D = 1/2, and nothing better than D*."""
    jsd = jensen_shannon(P, Q, REACH)
    found = game_value(best, P, Q, REACH)
    assert found.best == pytest.approx(2 * jsd - math.log(4), abs=1e-12)
    assert found.value == pytest.approx(found.best, abs=1e-9)
    assert (found.probability, found.kl) == pytest.approx((0, 0), abs=1e-9)
    blind = game_value(lambda x: 0 * x, P, Q, REACH)
    assert blind.value == pytest.approx(-math.log(4), abs=1e-9)
    assert blind.kl == pytest.approx(jsd, abs=1e-9)     # E KL(D* || 1/2) is the divergence itself
    for wrong in (lambda x: 1.1 * best(x), lambda x: best(x) + 0.1, lambda x: -best(x)):
        worse = game_value(wrong, P, Q, REACH)
        assert worse.value < worse.best
        assert worse.best - worse.value == pytest.approx(2 * worse.kl, abs=1e-9)


def test_the_distance_by_draws_is_that_by_quadrature():
    def score(x):
        return 0.7 * best(x) + 0.2
    exact = game_value(score, P, Q, REACH)
    column = Normal(np.zeros(1), np.ones(1)), Normal(np.full(1, 1.5), np.full(1, 0.6))
    found = from_optimal(score, *column, n=40_000, rng=0)
    assert_estimate(found.probability, exact.probability)
    assert_estimate(found.kl, exact.kl)
    assert found.kl.standard_error < 0.02 * exact.kl
    assert str(found).startswith(f"D is {found.probability.value:.4f} +- ")
    assert "below V(D*) = -log 4 + 2 JSD" in str(exact)


def test_where_one_density_is_zero():
    """D* is 0 or 1 there: sure, and still a number."""
    p, q = Uniform(np.zeros(1), np.ones(1)), Uniform(np.zeros(1), np.full(1, 2.0))
    found = from_optimal(lambda x: 0 * x, p, q, n=20_000, rng=0)
    # D* = 2/3 on (0, 1), which is 3/4 of the points, and 0 beyond
    assert_estimate(found.probability, 0.75 / 6 + 0.25 / 2)
    kl = 2 / 3 * math.log(4 / 3) + 1 / 3 * math.log(2 / 3)
    assert_estimate(found.kl, 0.75 * kl + 0.25 * math.log(2))


def test_a_discriminator_that_is_rightly_certain_plays_as_well_as_any():
    """The logit of D* is infinite where one density is 0: 0 log 0 is 0."""
    p, q = Uniform(0.0, 1.0), Uniform(0.0, 2.0)
    found = game_value(lambda x: optimal_logit(p.log_prob(x), q.log_prob(x)), p, q, (0, 2))
    assert found.value == pytest.approx(found.best, abs=1e-12)
    assert (found.probability, found.kl) == pytest.approx((0, 0), abs=1e-12)
    wide = game_value(lambda x: np.where(x < 0, np.nan, optimal_logit(
        p.log_prob(np.abs(x)), q.log_prob(np.abs(x)))), p, q, (-2, 2))
    assert wide.value == pytest.approx(found.value, abs=1e-12)
    column = Uniform(np.zeros(1), np.ones(1)), Uniform(np.zeros(1), np.full(1, 2.0))
    drawn = from_optimal(lambda x: optimal_logit(p.log_prob(x), q.log_prob(x)), *column,
                         n=50, rng=0)
    assert drawn.probability.value == drawn.kl.value == 0


def test_a_trained_discriminator_comes_near():
    """Logistic regression on 1, x and x^2, in which the logit of D* between Gaussians lies."""
    rng = np.random.default_rng(0)
    layer = nn.Linear(2, 1, rng=0)
    score = nn.Sequential(lambda x: sg.ops.concat([x, x * x], axis=1), layer)
    adam = optim.Adam(layer.parameters(), lr=0.05)
    before = game_value(score, P, Q, REACH)
    for step in range(400):
        if step == 300:
            adam.lr = 0.005
        adam.zero_grad()
        real = P.sample((500, 1), rng=rng).astype(np.float32)
        fake = Q.sample((500, 1), rng=rng).astype(np.float32)
        loss = sg.ops.softplus(-score(sg.Tensor(real))) + sg.ops.softplus(score(sg.Tensor(fake)))
        loss.mean().backward()
        adam.step()
    after = game_value(score, P, Q, REACH)
    assert after.probability < 0.02 < 0.2 < before.probability
    assert after.best - after.value < 0.005


def test_on_every_backend(xp_backend):  # noqa: F811
    network = nn.mlp(1, 4, 1, rng=0)
    with sg.backend.use("numpy"):
        host = nn.mlp(1, 4, 1, rng=0)
        expected = game_value(host, P, Q, REACH), from_optimal(
            host, *(Normal(np.full(1, loc), np.full(1, scale)) for loc, scale in ((0, 1), (1, 2))),
            n=50, rng=0)
    there = [Normal(xp_backend.asarray([loc]), xp_backend.asarray([scale]))
             for loc, scale in ((0.0, 1.0), (1.5, 0.6), (0.0, 1.0), (1.0, 2.0))]
    found = (game_value(network, *there[:2], REACH), from_optimal(network, *there[2:], n=50, rng=0))
    for a, b in zip(found, expected):
        np.testing.assert_allclose(np.array(a), np.array(b), rtol=1e-4, atol=1e-5)
