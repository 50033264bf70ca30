"""Bounds on log p(x) where it is known exactly, and their order on a VAE trained on real digits.

The toy is linear and Gaussian: z ~ N(0, I), x|z ~ N(z W + b, s^2 I), so x ~ N(b, W^T W + s^2 I).
With one latent dimension its posterior is a Normal too, and expectations over z are Gauss-Hermite
sums that are exact for the polynomials met here.
"""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen.distributions import Normal, kl
from scratchgen.models import VAE, vae_dense
from tests.distributions.densities import normal_mean
from tests.models.reference_vae import log_normal
from tests.support.statistics import assert_estimate, critical_value

SIGMA, D = 0.6, 3
W = np.array([[0.8, -0.5, 0.3]])
B = np.array([0.1, -0.2, 0.3])
X = np.array([[0.5, -0.9, 1.0], [-1.0, 0.2, 0.1], [2.0, -2.0, 1.0]])


def log_evidence(x):
    """log N(x; b, W^T W + s^2 I)"""
    covariance, r = W.T @ W + SIGMA ** 2 * np.eye(D), x - B
    mahalanobis = np.einsum("ni,ij,nj->n", r, np.linalg.inv(covariance), r)
    return -0.5 * (mahalanobis + np.linalg.slogdet(2 * np.pi * covariance)[1])


def posterior(x):
    """(loc, scale) of p(z|x), by Bayes' rule."""
    precision = 1 + np.sum(W ** 2) / SIGMA ** 2
    return (x - B) @ W[0] / SIGMA ** 2 / precision, precision ** -0.5


def linear_gaussian(shift=0.0, stretch=1.0):
    """The toy as a VAE, whose encoder is the true posterior, moved and stretched."""
    def encoder(x):
        loc, scale = posterior(x)
        loc = loc + shift
        return np.stack([loc, np.full_like(loc, np.log(stretch * scale))], axis=-1)

    return VAE(encoder, lambda z: sg.ops.matmul(z, W) + B, likelihood="gaussian", latent=1,
               scale=SIGMA)


def log_weight(x, z, q_loc, q_scale):
    """log p(x|z) p(z) / q(z|x) of one image, for an array of z."""
    mean = np.asarray(z)[..., None] * W[0] + B
    return (log_normal(x, mean, np.log(SIGMA)).sum(-1) + log_normal(z, 0, 0)
            - log_normal(z, q_loc, np.log(q_scale)))


def test_with_the_true_posterior_every_bound_is_log_p():
    """All weights are equal then: one draw is as good as a thousand."""
    model, exact = linear_gaussian(), log_evidence(X)
    loc, scale = posterior(X)
    for n in (1, 2, 100):
        np.testing.assert_allclose(model.log_prob(X, n, rng=n), exact, rtol=1e-10)
    reconstruction, divergence = model.terms(X, rng=0)
    z = loc + scale * np.random.default_rng(0).standard_normal((3, 1))[:, 0]
    sampled = log_normal(z, loc, np.log(scale)) - log_normal(z, 0, 0)   # one draw of the divergence
    np.testing.assert_allclose(reconstruction - sampled, exact, rtol=1e-10)


@pytest.mark.parametrize("shift, stretch", [(0.3, 1.2), (-0.5, 0.9), (0.0, 2.0)])
def test_the_elbo_falls_short_by_the_divergence_from_the_posterior(shift, stretch):
    model = linear_gaussian(shift, stretch)
    loc, scale = posterior(X)
    q = Normal(loc + shift, stretch * scale)
    expected = np.array([normal_mean(lambda z: log_weight(x, z, m, q.scale), m, q.scale)
                         for x, m in zip(X, q.loc)])
    gap = kl(q, Normal(loc, scale))
    np.testing.assert_allclose(expected + gap, log_evidence(X), atol=1e-10)

    n = 100_000                                 # and the model's own ELBO has this expectation

    def reconstruction(x):
        return lambda z: log_normal(x, z[:, None] * W[0] + B, np.log(SIGMA)).sum(-1)

    variance = np.array([normal_mean(lambda z: reconstruction(x)(z) ** 2, m, q.scale)
                         - normal_mean(reconstruction(x), m, q.scale) ** 2
                         for x, m in zip(X, q.loc)])
    assert_estimate(model.elbo(X, n, rng=1), expected, standard_error=np.sqrt(variance / n))


def test_the_mean_of_the_bound_with_two_draws():
    """E[log (w_1 + w_2) / 2] over a grid of Gauss-Hermite points in two dimensions."""
    shift, stretch, n = 0.3, 1.2, 100_000
    model, x = linear_gaussian(shift, stretch), X[:1]
    loc, scale = posterior(x)
    q_loc, q_scale = loc[0] + shift, stretch * scale
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    weights = weights / weights.sum()
    log_w = log_weight(x[0], q_loc + q_scale * nodes, q_loc, q_scale)
    both = np.logaddexp(log_w[:, None], log_w) - np.log(2)
    exact = weights @ both @ weights
    variance = weights @ both ** 2 @ weights - exact ** 2
    bound = model.log_prob(np.repeat(x, n, axis=0), 2, rng=2)
    assert_estimate(bound.mean(), exact, standard_error=np.sqrt(variance / n))
    one_draw = weights @ log_w
    assert one_draw < exact < log_evidence(x)[0]


def test_importance_weights_are_unbiased():
    """E[w] = p(x), with the exact variance of w; q is wider than the posterior, so w is bounded."""
    shift, stretch, n = 0.3, 1.5, 200_000
    model, x = linear_gaussian(shift, stretch), X[:1]
    loc, scale = posterior(x)
    q_loc, q_scale = loc[0] + shift, stretch * scale
    exact = log_evidence(x)[0]

    def squared(z):
        return np.exp(2 * (log_weight(x[0], z, q_loc, q_scale) - exact))

    variance = normal_mean(squared, q_loc, q_scale, order=150) - 1
    estimate = np.exp(model.log_prob(x, n, rng=3)[0] - exact)
    assert_estimate(estimate, 1.0, standard_error=np.sqrt(variance / n))


# ---- a trained VAE ------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def trained():
    """(model, test images): 40 epochs on the bundled digits, about a second."""
    images = sg.data.digits("train").images
    x = (images > 0.5).astype(np.float32)
    model = vae_dense(64, 8, (64,), rng=0)
    optimiser, rng = sg.optim.Adam(model.parameters(), lr=3e-3), np.random.default_rng(0)
    for _ in range(40):
        for rows in rng.permutation(len(x)).reshape(-1, 50):
            optimiser.zero_grad()
            (-model.elbo(x[rows], rng=rng)).mean().backward()
            optimiser.step()
    return model.astype("float64"), (sg.data.digits("test").images > 0.5).astype(float)


def paired(lower, higher):
    """The mean over the images of higher - lower, in standard errors."""
    difference = higher - lower
    return difference.mean() / (difference.std(ddof=1) / np.sqrt(len(difference)))


def test_training_has_taught_it_something(trained):
    model, x = trained
    frequency = x.mean(0).clip(0.01, 0.99)
    independent = (x * np.log(frequency) + (1 - x) * np.log(1 - frequency)).sum(-1)
    assert paired(independent, model.elbo(x, 10, rng=0).numpy()) > critical_value()


def test_the_bounds_rise_with_the_number_of_draws_for_every_image(trained):
    """bound(1) <= bound(10) <= bound(100) <= bound(1000), each a mean over the same 1000 draws.

    The logarithm of a mean of weights is at least the mean of their logarithms (Jensen), so cutting
    the draws into blocks can only lower the result (Burda et al. 2016, theorem 1).
    """
    model, x = trained[0], trained[1][:60]
    bounds = []
    for n in (1, 10, 100, 1000):
        rng = np.random.default_rng(1)                  # n draws from here on, 1000 / n times
        bounds.append(np.mean([model.log_prob(x, n, rng=rng).numpy() for _ in range(1000 // n)], 0))
    for lower, higher in zip(bounds, bounds[1:]):
        assert np.all(higher > lower)
    assert (bounds[-1] - bounds[0]).mean() > 0.5        # nats: this is no matter of rounding


def test_the_elbo_is_below_the_bound_with_ten_draws(trained):
    """In pairs over the test images; and with one draw both have the same mean."""
    model, x = trained
    rng, repetitions = np.random.default_rng(1), 50
    elbo = np.array([model.elbo(x, rng=rng).numpy() for _ in range(repetitions)])
    one, ten = (np.array([model.log_prob(x, n, rng=rng).numpy() for _ in range(repetitions)])
                for n in (1, 10))
    assert paired(elbo.mean(0), ten.mean(0)) > critical_value()
    difference = elbo - one
    error = np.sqrt(difference.var(0, ddof=1).sum() / repetitions) / len(x)
    assert_estimate(difference.mean(), 0.0, standard_error=error)
