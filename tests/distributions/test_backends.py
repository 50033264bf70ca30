"""Distributions on every backend: the numbers of NumPy, on the device of their parameters."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen.distributions import (Bernoulli, Categorical, Independent, Mixture,
                                      MultivariateNormal, Normal, StandardNormal, kl,
                                      kl_monte_carlo)
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
