"""Closed forms of KL(p || q) between two families: quadrature, Monte Carlo, and where infinite."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen.distributions import (Bernoulli, ContinuousBernoulli, Independent, Laplace,
                                      MultivariateNormal, Normal, StandardNormal, Uniform, kl,
                                      kl_monte_carlo)
from tests.support.statistics import assert_estimate

N = 50_000
FINITE = [(Laplace(0.3, 0.7), Normal(1.0, 2.0)), (Laplace(-4.0, 0.1), Normal(1.0, 0.5)),
          (Uniform(-1.0, 2.0), Normal(0.1, 0.5)), (Uniform(3.0, 3.5), Normal(0.1, 2.0)),
          (ContinuousBernoulli(2.0), Normal(0.1, 0.5)),
          (ContinuousBernoulli(-90.0), Normal(0.0, 1.0)),
          (Normal(1.0, 2.0), Laplace(0.3, 0.7)), (Normal(-8.0, 0.2), Laplace(0.3, 0.7)),
          (Uniform(-1.0, 2.0), Laplace(0.1, 0.5)), (Uniform(-1.0, 2.0), Laplace(1.9, 0.5)),
          (Uniform(-1.0, 2.0), Laplace(7.0, 0.5)), (Uniform(-1.0, 2.0), Laplace(-3.0, 2.0)),
          (ContinuousBernoulli(2.0), Uniform(-1.0, 2.0)),
          (ContinuousBernoulli(-5.0), Uniform(0.0, 1.0)),
          (Uniform(0.2, 0.5), ContinuousBernoulli(2.0)),
          (Uniform(0.0, 1.0), ContinuousBernoulli(-40.0))]
NAMES = [f"{type(p).__name__}-{type(q).__name__}-{i}" for i, (p, q) in enumerate(FINITE)]


def support(p):
    """Ends of an interval that holds p to 1e-16, and points where a density may bend."""
    if isinstance(p, Uniform):
        return p.low, p.high
    if isinstance(p, ContinuousBernoulli):
        return 0.0, 1.0
    return p.loc - 40 * p.scale, p.loc + 40 * p.scale


@pytest.mark.parametrize("p, q", FINITE, ids=NAMES)
def test_pairs_by_quadrature(p, q):
    """Gauss and Legendre on small pieces, cut at the kinks."""
    low, high = support(p)
    kinks = [r.loc for r in (p, q) if isinstance(r, Laplace) and low < r.loc < high]
    edges = np.unique(np.concatenate([np.linspace(low, high, 400), kinks]))
    nodes, weights = np.polynomial.legendre.leggauss(10)
    left, width = edges[:-1, None], np.diff(edges)[:, None]
    x = np.clip(left + width * (1 + nodes) / 2, low, high)
    log_p = p.log_prob(x)
    exact = np.sum(width * weights / 2 * np.exp(log_p) * (log_p - q.log_prob(x)))
    np.testing.assert_allclose(kl(p, q), exact, rtol=1e-10)


@pytest.mark.parametrize("p, q", FINITE, ids=NAMES)
def test_pairs_against_monte_carlo(p, q, rng):
    assert_estimate(kl_monte_carlo(p, q, N, rng=rng), kl(p, q), len(FINITE))


@pytest.mark.parametrize("p, q", [
    (Normal(0.0, 1.0), Uniform(-1.0, 1.0)), (Laplace(0.0, 1.0), Uniform(-99.0, 99.0)),
    (ContinuousBernoulli(3.0), Uniform(0.1, 2.0)), (ContinuousBernoulli(3.0), Uniform(-1.0, 0.9)),
    (Uniform(-0.1, 0.5), ContinuousBernoulli(3.0)), (Uniform(0.5, 1.1), ContinuousBernoulli(3.0))])
def test_infinite_where_p_reaches_out_of_q(p, q):
    assert kl(p, q) == np.inf
    parameters = [sg.Tensor(value, requires_grad=True) for value in vars(p).values()
                  if isinstance(value, np.ndarray)]
    loss = kl(type(p)(*parameters), q)
    assert isinstance(loss, sg.Tensor) and loss.data == np.inf
    loss.backward()
    assert all(np.isfinite(t.grad).all() for t in parameters)


@pytest.mark.parametrize("make", [lambda s: Laplace(0 * s, s), lambda s: Uniform(0 * s, s)])
@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_the_unit_of_measurement_does_not_matter_even_where_a_variance_is_no_float(make, scale):
    one, scale = np.float32([1.0]), np.float32([scale])
    expected = kl(make(one), Normal(0 * one, 2 * one))
    np.testing.assert_allclose(kl(make(scale), Normal(0 * one, 2 * scale)), expected, rtol=1e-4)


def test_an_infinite_divergence_is_estimated_as_one(rng):
    p, q = Normal(np.zeros(2), 1.0), Uniform([-1.0, -99.0], [1.0, 99.0])
    value, error = kl_monte_carlo(p, q, 500, rng=rng)
    assert value[0] == error[0] == np.inf and np.isfinite([value[1], error[1]]).all()


def test_vectors_of_mixed_kinds_against_monte_carlo(rng):
    covariance = np.array([[1, 0.5, 0], [0.5, 2, 0.3], [0, 0.3, 1.0]])
    full = MultivariateNormal(rng.normal(size=3), covariance=covariance)
    diagonal = Independent(Normal(rng.normal(size=(4, 3)), 0.8), 1)
    for p, q in ((full, diagonal), (diagonal, full),
                 (full, Independent(StandardNormal(3, like=np.zeros(1)), 1))):
        assert_estimate(kl_monte_carlo(p, q, N, rng=rng), kl(p, q))


def test_gradients(rng):
    m, n = rng.normal(size=(2, 4))
    s = np.exp(rng.normal(size=(2, 4)))
    for order in (1, 2):
        sg.gradcheck(lambda m, n, a, b: kl(Laplace(m, a), Normal(n, b)), m, n, *s, order=order)
        sg.gradcheck(lambda m, n, a, b: kl(Normal(m, a), Laplace(n, b)), m, n, *s, order=order)
        sg.gradcheck(lambda u, n, b: kl(ContinuousBernoulli(u), Normal(n, b)), m, n, s[0],
                     order=order)
    for q in (Laplace(-0.4, 0.7), Normal(0.2, 0.7)):
        sg.gradcheck(lambda low, width: kl(Uniform(low, low + width), q), m, s[0])
    lower = np.tril(rng.normal(size=(4, 4))) / 3 + np.eye(4)
    sg.gradcheck(lambda m, s, a: kl(Independent(Normal(m, s), 1), MultivariateNormal(
        n, scale_tril=sg.ops.tril(a))), m, s[0], lower)
    sg.gradcheck(lambda m, s, a: kl(MultivariateNormal(n, scale_tril=sg.ops.tril(a)), Independent(
        Normal(m, s), 1)), m, s[0], lower)


def test_only_normals_are_multivariate_normals(rng):
    full = MultivariateNormal(np.zeros(3), covariance=np.eye(3))
    for base in (Laplace(np.zeros(3), 1.0), Bernoulli(np.zeros(3))):
        other = Independent(base, 1)
        for p, q in ((full, other), (other, full)):
            with pytest.raises(NotImplementedError, match="no closed form(.|\n)*kl_monte_carlo"):
                kl(p, q)
