"""A linear VAE trained by its ELBO reaches the maximum likelihood of probabilistic PCA.

Lucas et al. (2019), "Don't blame the ELBO": the ELBO of a linear VAE has no maximum but that one.
"""
import numpy as np
import pytest

import scratchgen as sg
from benchmarks.ppca import train
from scratchgen.models import LinearGaussianVAE

LATENTS = [2, *(pytest.param(k, marks=pytest.mark.slow) for k in (1, 5, 10, 20))]

# sklearn.decomposition.PCA(k, svd_solver="full").fit(x).score(x) of scikit-learn 1.9.1
SCORES = {1: -3.7484685846825183, 2: 0.005701768338870583, 5: 8.907631729450427,
          10: 17.451942065265122, 20: 27.277294972255387}


@pytest.fixture(scope="module")
def digits():
    """All 1,797 images in float64, (N, 64)."""
    return np.concatenate([sg.data.digits(part).images for part in ("train", "test")]).astype(float)


@pytest.fixture(scope="module")
def principal(digits):
    """(eigenvalues of the 1/n covariance in falling order, eigenvectors as columns)"""
    eigenvalues, vectors = np.linalg.eigh(np.cov(digits.T, bias=True))
    return np.maximum(eigenvalues[::-1], 0), vectors[:, ::-1]


def highest_likelihood(eigenvalues, latent):
    """-(D log 2 pi + sum log lambda_i + (D - Z) log s^2 + D) / 2, in nats per example."""
    d, left_out = len(eigenvalues), eigenvalues[latent:].mean()
    return -0.5 * (d * np.log(2 * np.pi) + np.log(eigenvalues[:latent]).sum()
                   + (d - latent) * np.log(left_out) + d)


def summary(digits, principal):
    """128 examples with the mean and the 1/n covariance of the 1,797: mean +- sqrt(D lambda_i) u_i.

    The ELBO is quadratic in x, so its mean over the examples sees no more than these two.
    """
    eigenvalues, vectors = principal
    steps = (vectors * np.sqrt(64 * eigenvalues)).T
    return digits.mean(0) + np.concatenate([steps, -steps])


def test_the_summary_has_the_elbo_of_all_examples(digits, principal):
    model = LinearGaussianVAE.random(64, 5, rng=3, dtype="float64")
    few = summary(digits, principal)
    assert few.shape == (128, 64)
    for f in (model.elbo, model.log_prob):
        assert f(few).mean().item() == pytest.approx(f(digits).mean().item(), rel=1e-12)


@pytest.mark.parametrize("latent", LATENTS)
def test_training_reaches_the_maximum_likelihood(latent, digits, principal):
    eigenvalues, vectors = principal
    highest = highest_likelihood(eigenvalues, latent)
    model = train(summary(digits, principal), latent)
    elbo, log_p = (f(digits).mean().item() for f in (model.elbo, model.log_prob))
    rounding = 1e-12            # for one latent dimension the bound is log p(x) itself
    assert highest - 1e-3 < elbo <= log_p + rounding <= highest + 2 * rounding
    s = np.exp(model.log_scale.item())
    assert s == pytest.approx(np.sqrt(eigenvalues[latent:].mean()), rel=1e-3)

    # Its decoder spans the principal subspace: no angle between the two is as large as 1/100
    # degree.  Single columns may be turned against each other.
    basis = np.linalg.qr(model.W.data)[0]
    cosines = np.linalg.svd(basis.T @ vectors[:, :latent], compute_uv=False)
    assert cosines.min() > np.cos(np.radians(0.01))


@pytest.mark.parametrize("latent", SCORES)
def test_the_closed_form_is_the_maximum(latent, digits, principal):
    model = LinearGaussianVAE.maximum_likelihood(digits, latent)
    highest = highest_likelihood(principal[0], latent)
    assert model.log_prob(digits).mean().item() == pytest.approx(highest, abs=1e-10)
    assert model.elbo(digits).mean().item() == pytest.approx(highest, abs=1e-10)


@pytest.mark.parametrize("latent", SCORES)
def test_scikit_learn_divides_by_n_minus_1_and_is_a_little_less_likely(latent, digits):
    """By D (log r + 1/r - 1) / 2 with r = n / (n - 1), which is 5.0e-6 nats per example."""
    best = LinearGaussianVAE.maximum_likelihood(digits, latent)
    r = len(digits) / (len(digits) - 1)
    other = LinearGaussianVAE(best.W.data * np.sqrt(r), best.b.data,
                              np.exp(best.log_scale.item()) * np.sqrt(r))
    found = other.log_prob(digits).mean().item()
    assert found == pytest.approx(SCORES[latent], abs=1e-10)
    lost = best.log_prob(digits).mean().item() - found
    assert lost == pytest.approx(32 * (np.log(r) + 1 / r - 1), abs=1e-11)
    assert f"{lost:.1e}" == "5.0e-06"
