"""The linear Gaussian VAE: every closed form held against another way to the same number."""
import math

import numpy as np
import pytest
from scipy import stats

import scratchgen as sg
from scratchgen.distributions import Independent, MultivariateNormal, Normal
from scratchgen.models import LinearGaussianVAE
from tests.distributions.densities import ks_distance, ks_limit
from tests.support.backends import xp_backend  # noqa: F401

D, Z, N = 6, 3, 8


@pytest.fixture
def model(rng):
    return LinearGaussianVAE(rng.standard_normal((D, Z)), rng.standard_normal(D), 0.7)


@pytest.fixture
def x(rng):
    return 2 * rng.standard_normal((N, D))


@pytest.fixture
def q(rng):
    """A diagonal q(z|x) that is nobody's posterior."""
    return Independent(Normal(rng.standard_normal((N, Z)), np.exp(rng.standard_normal((N, Z)))), 1)


@pytest.fixture
def full_q(rng):
    tril = np.tril(rng.standard_normal((N, Z, Z))) + 3 * np.eye(Z)
    return MultivariateNormal(rng.standard_normal((N, Z)), scale_tril=tril)


# ---- exactness -----------------------------------------------------------------------------------

def test_log_prob_is_that_of_the_marginal(model, x):
    covariance, r = model.W.data @ model.W.data.T + 0.49 * np.eye(D), x - model.b.data
    mahalanobis = np.einsum("ni,ij,nj->n", r, np.linalg.inv(covariance), r)
    exact = -0.5 * (mahalanobis + np.linalg.slogdet(2 * np.pi * covariance)[1])
    np.testing.assert_allclose(model.log_prob(x).numpy(), exact, atol=1e-10, rtol=0)
    np.testing.assert_allclose(model.marginal.log_prob(x).numpy(), exact, atol=1e-10, rtol=0)


def test_bayes_rule_at_any_code(model, x, rng):
    z = rng.standard_normal((N, Z))
    joint = model.decode(z).log_prob(x) + model.prior.log_prob(z)
    np.testing.assert_allclose((joint - model.posterior(x).log_prob(z)).numpy(),
                               model.log_prob(x).numpy(), atol=1e-10, rtol=0)


def test_the_elbo_is_log_p_minus_the_divergence_from_the_posterior(model, x, q, full_q):
    model.V.data = model.V.numpy() + 0.2                    # the encoder is not at its best
    for proposal in (None, q, full_q):
        gap = model.gap(x, proposal).numpy()
        assert np.all(gap > 1e-3)
        np.testing.assert_allclose(model.elbo(x, q=proposal).numpy() + gap,
                                   model.log_prob(x).numpy(), atol=1e-10, rtol=0)


def test_the_exact_posterior_closes_the_gap_of_jensen(model, x):
    posterior = model.posterior(x)
    np.testing.assert_allclose(model.elbo(x, q=posterior).numpy(), model.log_prob(x).numpy(),
                               atol=1e-10, rtol=0)
    np.testing.assert_allclose(model.gap(x, posterior).numpy(), 0, atol=1e-10)


def test_the_expected_reconstruction_over_sigma_points(model, x, q):
    """log p(x|z) is quadratic in z: its mean over mu +- sqrt(Z) sigma e_i is its expectation."""
    steps = math.sqrt(Z) * np.concatenate([np.eye(Z), -np.eye(Z)])
    z = q.mean + np.sqrt(q.variance) * steps[:, None]
    exact = np.mean([model.decode(points).log_prob(x).numpy() for points in z], axis=0)
    np.testing.assert_allclose(model.terms(x, q)[0].numpy(), exact, rtol=1e-12)


def test_beta_multiplies_the_divergence_and_nothing_else(model, x):
    reconstruction, divergence = model.terms(x)
    np.testing.assert_array_equal(model.elbo(x, beta=3.0).numpy(),
                                  (reconstruction - 3.0 * divergence).numpy())


def test_no_other_encoder_of_the_kind_is_better(model, x, rng):
    """The ELBO's gradient by V and d is 0, and every step away lowers it."""
    best = model.elbo(x).sum()
    best.backward()
    for parameter in (model.V, model.log_code_scale):
        np.testing.assert_allclose(parameter.grad, 0, atol=1e-10)
        values = parameter.numpy().copy()
        parameter.data = values + 0.1 * rng.standard_normal(values.shape)
        assert model.elbo(x).sum().item() < best.item()
        parameter.data = values


def test_the_encoder_is_the_posterior_where_columns_are_orthogonal(x, rng):
    W = np.linalg.qr(rng.standard_normal((D, Z)))[0] * [2.0, 1.0, 0.5]
    model = LinearGaussianVAE(W, np.zeros(D), 0.5)
    np.testing.assert_allclose(model.gap(x).numpy(), 0, atol=1e-12)
    np.testing.assert_allclose(model.encode(x).mean.numpy(), model.posterior(x).mean.numpy(),
                               rtol=1e-12)


@pytest.mark.parametrize("f", ["log_prob", "elbo", "gap"])
def test_gradients(f, model, x):
    parameters = [p.data for p in model.parameters()]

    def value(W, b, log_scale, V, log_code_scale):
        for name, tensor in (("W", W), ("b", b), ("log_scale", log_scale), ("V", V),
                             ("log_code_scale", log_code_scale)):
            vars(model)[name] = tensor
        return getattr(model, f)(x)

    assert sg.gradcheck(value, *parameters)


def test_samples_are_of_the_marginal(model, rng):
    """By the squared Mahalanobis distance h, which is chi-square(D).  For D = 6:

    P(h > 2 t) = exp(-t) (1 + t + t^2 / 2).
    """
    samples = model.sample(20_000, rng=rng).numpy()
    z = np.linalg.solve(model.marginal.scale_tril.numpy(), (samples - model.b.data).T)
    t = (z ** 2).sum(0) / 2
    assert ks_distance(t, lambda t: 1 - np.exp(-t) * (1 + t + t ** 2 / 2)) < ks_limit(t.size)


def test_looking(model, x):
    np.testing.assert_array_equal(model.code(x).numpy(), model.encode(x).mean.numpy())
    assert model(x).shape == (N, D) and model.interpolate(x[0], x[1], 4).shape == (4, D)
    assert not model.sample(2, rng=0).requires_grad


# ---- maximum likelihood --------------------------------------------------------------------------

def test_maximum_likelihood_is_the_formula_of_tipping_and_bishop(x):
    """log L / N = -(D log 2 pi + sum log lambda_i + (D - Z) log s^2 + D) / 2"""
    for latent in (1, 2, D - 1):
        model = LinearGaussianVAE.maximum_likelihood(x, latent)
        eigenvalues = np.linalg.eigvalsh(np.cov(x.T, bias=True))[::-1]
        left_out = eigenvalues[latent:].mean()
        assert np.exp(2 * model.log_scale.item()) == pytest.approx(left_out, rel=1e-12)
        exact = -0.5 * (D * np.log(2 * np.pi) + np.log(eigenvalues[:latent]).sum()
                        + (D - latent) * np.log(left_out) + D)
        assert model.log_prob(x).mean().item() == pytest.approx(exact, abs=1e-10)
        assert model.elbo(x).mean().item() == pytest.approx(exact, abs=1e-10)
        model.log_prob(x).mean().backward()
        for name in ("W", "b", "log_scale"):
            np.testing.assert_allclose(getattr(model, name).grad, 0, atol=1e-10, err_msg=name)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_examples_that_are_as_wide_in_all_directions(dtype):
    """All eigenvalues are one number, and rounding may put the first below the mean of the rest."""
    rotation = np.linalg.qr(np.random.default_rng(20).normal(size=(20, 20)))[0]
    for axes in (np.eye(20), rotation):
        x = (3.3 * np.concatenate([axes, -axes])).astype(dtype)
        exact = stats.multivariate_normal(np.zeros(20), 3.3 ** 2 / 20 * np.eye(20)).logpdf(x)
        for latent in range(1, 20):
            model = LinearGaussianVAE.maximum_likelihood(x, latent)
            np.testing.assert_allclose(model.log_prob(x).numpy(), exact, rtol=1e-4)


def test_fewer_examples_than_dimensions(rng):
    x = rng.standard_normal((4, 10))
    model = LinearGaussianVAE.maximum_likelihood(x, 2)
    eigenvalues = np.linalg.eigvalsh(np.cov(x.T, bias=True))[::-1]
    assert np.exp(2 * model.log_scale.item()) == pytest.approx(eigenvalues[2:].sum() / 8)
    with pytest.raises(ValueError, match="no variance is left(.|\n)*4 examples and latent = 3"):
        LinearGaussianVAE.maximum_likelihood(x, 3)


def test_float32_stays_float32(x):
    small = x.astype(np.float32)
    for model in (LinearGaussianVAE.maximum_likelihood(small, 2),
                  LinearGaussianVAE.random(D, 2, rng=0)):
        results = [*model.parameters(), model.elbo(small), model.log_prob(small),
                   model.gap(small), model.sample(2, rng=0)]
        assert {r.dtype for r in results} == {np.dtype(np.float32)}


def test_every_backend(xp_backend):  # noqa: F811
    x = np.random.default_rng(0).standard_normal((20, D)).astype(np.float32)

    def everything(x):
        model = LinearGaussianVAE.random(D, 2, rng=0)
        model.elbo(x).mean().backward()
        model.log_prob(x).mean().backward()
        fitted = LinearGaussianVAE.maximum_likelihood(x, 2)
        return [model.elbo(x), model.log_prob(x), model.gap(x),
                model.marginal.log_prob(sg.Tensor(x)), model.elbo(x, q=model.posterior(x)),
                *(p.grad for p in model.parameters()),
                fitted.log_prob(x), fitted.log_scale, fitted.gap(x), model.sample(3, rng=1)]

    with sg.backend.use("numpy"):
        expected = everything(x)
    for found, value in zip(everything(xp_backend.asarray(x)), expected):
        value = value.numpy() if isinstance(value, sg.Tensor) else value
        np.testing.assert_allclose(xp_backend.to_numpy(found), value, rtol=1e-3, atol=1e-4)


def test_what_is_refused(x):
    with pytest.raises(sg.ShapeError, match=r"W \(D, Z\) and b \(D,\)(.|\n)*\(3, 2\) and b \(2,\)"):
        LinearGaussianVAE(np.ones((3, 2)), np.zeros(2), 1.0)
    for scale in (0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="the scale is a standard deviation"):
            LinearGaussianVAE(np.ones((3, 2)), np.zeros(3), scale)
    for latent in (0, D):
        with pytest.raises(ValueError, match="1 <= latent < D"):
            LinearGaussianVAE.maximum_likelihood(x, latent)
    with pytest.raises(sg.ShapeError, match=r"not a batch of images\n  expected  \(N, 6\)"):
        LinearGaussianVAE.random(D, 2, rng=0).log_prob(np.ones((2, 5)))
