"""Distributions on every backend: the numbers of NumPy, on the device of their parameters."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen.distributions import (Bernoulli, Categorical, ContinuousBernoulli, Independent,
                                      Laplace, Mixture, MultivariateNormal, Normal, StandardNormal,
                                      Uniform, kl, kl_monte_carlo)
from tests.support.backends import xp_backend  # noqa: F401

RNG = np.random.default_rng(0)
LOC, LOG_SCALE, LOGITS = (RNG.normal(size=(4, 3)).astype(np.float32) for _ in range(3))
BITS = (RNG.random((4, 3)) < 0.5).astype(np.float32)
LABELS = [[0, 1, 2, 0], [2, 2, 1, 0]]
TRIANGLE = np.tril(RNG.normal(size=(3, 3)) / 4 + np.eye(3)).astype(np.float32)


def normal(move):
    return Normal(move(LOC), log_scale=move(LOG_SCALE))


def bernoulli(move):
    return Bernoulli(move(LOGITS))


def grey(move):
    return ContinuousBernoulli(move(LOGITS))


def uniform(move):
    return Uniform(move(LOC), move(LOC + np.float32(2)))


def vectors(move):
    return MultivariateNormal(move(LOC), scale_tril=move(TRIANGLE))


def by_covariance(move):
    return MultivariateNormal(move(LOC), covariance=move(TRIANGLE @ TRIANGLE.T))


def mixture(move):
    return Mixture(logits=move(LOGITS[0]), components=normal(move))


CALLS = {
    "normal.rsample": lambda move: normal(move).rsample(2, rng=1),
    "normal.log_prob": lambda move: normal(move).log_prob(move(BITS)),
    "normal.log_prob with scale": lambda move: Normal(move(LOC), 2.0).log_prob(move(BITS)),
    "normal.entropy": lambda move: normal(move).entropy(),
    "normal.variance": lambda move: normal(move).variance,
    "bernoulli.sample": lambda move: bernoulli(move).sample(2, rng=1),
    "bernoulli.log_prob": lambda move: bernoulli(move).log_prob(move(BITS)),
    "bernoulli.entropy": lambda move: bernoulli(move).entropy(),
    "bernoulli.variance": lambda move: bernoulli(move).variance,
    "independent.log_prob": lambda move: Independent(bernoulli(move), 1).log_prob(move(BITS)),
    "laplace.rsample": lambda move: Laplace(move(LOC), 0.5).rsample(2, rng=1),
    "laplace.log_prob": lambda move: Laplace(move(LOC), 0.5).log_prob(move(BITS)),
    "laplace.entropy": lambda move: Laplace(move(LOC), move(np.exp(LOG_SCALE))).entropy(),
    "laplace.variance": lambda move: Laplace(0.0, move(np.exp(LOG_SCALE))).variance,
    "uniform.rsample": lambda move: uniform(move).rsample(2, rng=1),
    "uniform.log_prob": lambda move: uniform(move).log_prob(move(LOC + np.float32(0.5))),
    "uniform.entropy": lambda move: uniform(move).entropy(),
    "uniform.variance": lambda move: uniform(move).variance,
    "grey.rsample": lambda move: grey(move).rsample(2, rng=1),
    "grey.log_prob": lambda move: grey(move).log_prob(move(BITS * np.float32(0.3))),
    "grey.entropy": lambda move: grey(move).entropy(),
    "grey.variance": lambda move: grey(move).variance,
    "mvn.rsample": lambda move: vectors(move).rsample(2, rng=1),
    "mvn.log_prob": lambda move: vectors(move).log_prob(move(BITS)),
    "mvn.entropy": lambda move: by_covariance(move).entropy(),
    "mvn.variance": lambda move: vectors(move).variance,
    "categorical.log_prob": lambda move: Categorical(move(LOGITS)).log_prob(LABELS),
    "categorical.entropy": lambda move: Categorical(move(LOGITS)).entropy(),
    "categorical.variance": lambda move: Categorical(move(LOGITS)).variance,
    "mixture.sample": lambda move: mixture(move).sample(2, rng=1),
    "mixture.log_prob": lambda move: mixture(move).log_prob(move(BITS[:, 0])),
    "mixture.posterior": lambda move: mixture(move).posterior(move(BITS[:, 0])).probs,
    "mixture.variance": lambda move: mixture(move).variance,
    "kl of normals": lambda move: kl(normal(move), Normal(move(LOC[0]), 0.5)),
    "kl from the prior": lambda move: kl(
        Independent(normal(move), 1), Independent(StandardNormal(3, like=move(LOC)), 1)),
    "kl of laplaces": lambda move: kl(Laplace(move(LOC), 0.5), Laplace(move(LOGITS), 2.0)),
    "kl of uniforms": lambda move: kl(uniform(move), Uniform(-9.0, move(LOC + np.float32(9)))),
    "kl of grey levels": lambda move: kl(grey(move), ContinuousBernoulli(move(LOC))),
    "kl of classes": lambda move: kl(Categorical(move(LOGITS)), Categorical(move(LOC))),
    "kl of vectors": lambda move: kl(vectors(move), by_covariance(move)),
    "kl of diagonal and full": lambda move: kl(Independent(normal(move), 1), vectors(move)),
    "kl of full and diagonal": lambda move: kl(vectors(move), Independent(normal(move), 1)),
    "kl of laplace and normal": lambda move: kl(Laplace(move(LOC), 0.5), normal(move)),
    "kl of normal and laplace": lambda move: kl(normal(move), Laplace(move(LOC), 0.5)),
    "kl of uniform and laplace": lambda move: kl(uniform(move), Laplace(move(LOGITS), 0.5)),
    "kl of uniform and grey": lambda move: kl(Uniform(move(BITS / 4), 1.0), grey(move)),
    "kl of bernoullis": lambda move: kl(bernoulli(move), Bernoulli(move(LOC))),
}


@pytest.mark.parametrize("name", CALLS)
def test_values(name, xp_backend):  # noqa: F811
    expected = CALLS[name](lambda x: x)
    found = CALLS[name](xp_backend.asarray)
    np.testing.assert_allclose(xp_backend.to_numpy(found), expected, rtol=2e-6, atol=2e-6)
    assert xp_backend.to_numpy(found).dtype == np.float32


@pytest.mark.parametrize("name", [name for name in CALLS if ".sample" not in name])
def test_gradients_reach_the_parameters(name, xp_backend):  # noqa: F811
    leaves = []

    def leaf(x):
        leaves.append(sg.Tensor(xp_backend.asarray(x), requires_grad=x is not BITS))
        return leaves[-1]

    y = CALLS[name](leaf)
    y.sum().backward()
    assert any(x.grad is not None for x in leaves)
    assert xp_backend.to_numpy(y).dtype == np.float32


def test_monte_carlo(xp_backend):  # noqa: F811
    p, q = normal(xp_backend.asarray), Normal(xp_backend.asarray(LOC[0]), 0.5)
    here, there = kl_monte_carlo(p, q, 1000, rng=3), kl_monte_carlo(
        normal(np.asarray), Normal(LOC[0], 0.5), 1000, rng=3)
    np.testing.assert_allclose(here.value, there.value, rtol=1e-5)
    np.testing.assert_allclose(here.standard_error, there.standard_error, rtol=1e-4)


def test_classes_are_drawn_as_integers(xp_backend):  # noqa: F811
    expected = Categorical(LOGITS).sample(5, rng=1)
    found = Categorical(xp_backend.asarray(LOGITS)).sample(5, rng=1)
    np.testing.assert_array_equal(xp_backend.to_numpy(found), expected)
    assert xp_backend.to_numpy(found).dtype == np.int64
