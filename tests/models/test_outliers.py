"""Scores of outliers and the area under their ROC curve; comparisons that are and are not made."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen import data, optim
from scratchgen.models import (MADE, GaussianMixture, LinearGaussianVAE, auroc, compare,
                               likelihood_of, outlier_scores, outliers, vae_dense)
from tests.support.backends import xp_backend  # noqa: F401
from tests.support.statistics import assert_estimate


# ---- the area under the curve --------------------------------------------------------------------

def by_pairs(inside, outside):
    """P(out > in) + P(out = in) / 2, one pair after the other."""
    return np.mean([[(o > i) + 0.5 * (o == i) for i in inside] for o in outside])


@pytest.mark.parametrize("ties", [False, True])
def test_auroc_counts_pairs(ties, rng):
    inside, outside = rng.standard_normal(37), 0.6 + rng.standard_normal(23)
    if ties:
        inside, outside = np.round(inside), np.round(outside)
    found = auroc(inside, outside)
    assert found.value == pytest.approx(by_pairs(inside, outside), abs=1e-12)
    assert auroc(outside, inside).value == pytest.approx(1 - found.value, abs=1e-12)
    assert auroc(np.exp(inside), np.exp(outside)) == found          # ranks are all that counts


def test_auroc_of_two_normals(rng):
    """P(X < Y + 1) = Phi(1 / sqrt 2)."""
    found = auroc(rng.standard_normal(20000), 1 + rng.standard_normal(15000))
    assert_estimate(found, 0.7602499389065233)
    assert found.standard_error < 0.003


def test_the_standard_error_is_how_much_it_varies(rng):
    """Over 600 repetitions; the deviation of so many has a relative error of 1 / sqrt(1200)."""
    repeated = [auroc(rng.standard_normal(30), 1.2 + 2 * rng.standard_normal(80))
                for _ in range(600)]
    values, errors = np.array(repeated).T
    assert np.sqrt(np.mean(errors ** 2)) == pytest.approx(values.std(ddof=1), rel=6 / 1200 ** 0.5)


def test_auroc_at_its_ends():
    low, high = np.arange(5.0), np.arange(7.0, 10.0)
    assert auroc(low, high) == (1, 0) and auroc(high, low) == (0, 0)
    assert auroc(np.zeros(4), np.zeros(3)) == (0.5, 0)
    assert auroc([-np.inf, 0.0], [np.inf, 0.0]).value == 0.875


@pytest.mark.parametrize("scores", [[1.0], [1.0, float("nan")], [[1.0, 2.0]]])
def test_auroc_refuses(scores):
    with pytest.raises(ValueError, match="the scores inside"):
        auroc(np.array(scores), np.array([1.0, 2.0]))
    with pytest.raises(ValueError, match="the scores outside"):
        auroc(np.array([1.0, 2.0]), np.array(scores))


# ---- scores --------------------------------------------------------------------------------------

def test_scores_are_minus_log_p(monkeypatch, rng):
    x = (rng.random((20, 9)) < 0.5).astype(np.float32)
    made, exact = MADE(9, (8,), rng=0), LinearGaussianVAE(rng.standard_normal((9, 2)),
                                                          np.zeros(9), 0.5)
    monkeypatch.setattr(outliers, "_PART", 6)
    for model in (made, exact):
        scores = outlier_scores(model, x, rng=rng)
        np.testing.assert_allclose(scores, -model.log_prob(x).numpy(), rtol=1e-6)
    vae = vae_dense(9, 2, (8,), rng=0)
    scores = outlier_scores(vae, x, draws=2000, rng=rng)
    np.testing.assert_allclose(scores, -vae.log_prob(x, 2000, rng=rng).numpy(), atol=0.5)
    few = outlier_scores(vae, x, draws=1, rng=rng)
    assert few.mean() > scores.mean()                   # the bound is lower, so the score is higher


def test_scores_on_every_backend(xp_backend):  # noqa: F811
    x = (np.random.default_rng(0).random((6, 9)) < 0.5).astype(np.float32)
    with sg.backend.use("numpy"):
        expected = outlier_scores(vae_dense(9, 2, (8,), rng=0), x, draws=5, rng=1)
    model, here = vae_dense(9, 2, (8,), rng=0), xp_backend.asarray(x)
    scores = outlier_scores(model, here, draws=5, rng=1)
    np.testing.assert_allclose(scores, expected, rtol=1e-5)
    assert auroc(scores[:3], scores[3:]) == auroc(expected[:3], expected[3:])
    assert compare({"one": model, "again": model}, here, rng=0)[0].name in ("one", "again")


def test_noise_is_recognised():
    """A class held out may pass for the others; noise does not, by any model of digits."""
    train, test = (data.binarise(part.images) for part in data.load("digits"))
    rng = np.random.default_rng(0)
    made, vae = MADE(64, (64,), rng=0), vae_dense(64, 5, (64,), rng=0)
    for model, log_prob in ((made, made.log_prob), (vae, lambda x: vae.elbo(x, rng=rng))):
        adam = optim.Adam(model.parameters(), lr=1e-2)
        for x in [x for _ in range(5) for x in data.batches(train, 100, rng=rng)]:
            adam.zero_grad()
            (-log_prob(x)).mean().backward()
            adam.step()
        inside = outlier_scores(model, test, draws=20, rng=rng)
        for noise in ((rng.random(test.shape) < 0.5).astype(np.float32),
                      rng.permuted(test, axis=1)):
            assert auroc(inside, outlier_scores(model, noise, draws=20, rng=rng)).value > 0.99


# ---- comparisons ---------------------------------------------------------------------------------

@pytest.fixture
def bits():
    return (np.random.default_rng(0).random((30, 9)) < 0.5).astype(np.float32)


def test_comparisons_are_paired(bits, rng):
    """Two exact models on the same examples: the error of the difference is not that of a sum."""
    W = rng.standard_normal((9, 2))
    near, far = (LinearGaussianVAE(W, b, 0.5) for b in (np.full(9, 0.5), np.full(9, 0.55)))
    first, second = found = compare({"far": far, "near": near}, bits, rng=0)
    difference = (near.log_prob(bits) - far.log_prob(bits)).numpy()
    assert [row.name for row in found] == ["near", "far"] and first.behind == (0, 0)
    assert second.behind.value == pytest.approx(difference.mean())
    assert second.behind.standard_error == pytest.approx(difference.std(ddof=1) / 30 ** 0.5)
    assert second.behind.standard_error < second.bound.standard_error / 2
    top, below = str(found).splitlines()
    assert below.startswith("far ") and "behind" in below and "behind" not in top


def test_one_draw_is_the_elbo(bits, rng):
    model = vae_dense(9, 2, (8,), rng=0)
    bound = compare({"a": model}, np.tile(bits, (100, 1)), rng=rng)[0].bound
    assert_estimate(bound, model.elbo(bits, n=4000, rng=rng).numpy().mean())


def test_likelihoods(rng):
    for kind in ("bernoulli", "gaussian", "continuous-bernoulli"):
        assert likelihood_of(vae_dense(4, 2, (3,), likelihood=kind, rng=0)) == kind
    assert likelihood_of(LinearGaussianVAE(np.eye(3)[:, :2], np.zeros(3), 1.0)) == "gaussian"
    assert likelihood_of(MADE(4, (3,), rng=0)) == "bernoulli"
    with pytest.raises(TypeError, match="a GaussianMixture has no p"):
        likelihood_of(GaussianMixture(2))


@pytest.mark.parametrize("other", ["gaussian", "continuous-bernoulli"])
def test_different_likelihoods_are_not_compared(other, bits):
    models = {"mine": vae_dense(9, 2, (8,), rng=0),
              "yours": vae_dense(9, 2, (8,), likelihood=other, rng=0)}
    with pytest.raises(ValueError, match=f"mine   bernoulli\n +yours  {other}"):
        compare(models, bits, rng=0)
