"""Right code at the edges of what an audit can tell: near the prior, wide, with many draws."""
import math

import numpy as np
import pytest
from scipy import stats

from scratchgen.elbo import audit
from tests.elbo.homemade import BITS, GREY, everything


@pytest.mark.parametrize("size, offset", [(1, 0.02), (200, 0.0), (200, 0.02)])
def test_a_code_near_the_prior_is_left_alone(size, offset):
    """There the divergence is flat: it is off by the square of what mean and variance are off by,
    and that adds up over the numbers of a code: to half a nat for 1000 of them and 2000 draws.
    """
    for seed in range(40 if size == 1 else 2):
        loc, log_scale = offset * np.random.default_rng(seed).standard_normal((2, len(BITS), size))
        kl = np.sum((np.exp(2 * log_scale) + loc ** 2 - 1 - 2 * log_scale) / 2, axis=1)
        index = np.arange(len(BITS))[:, None]
        found = audit(index, sample=lambda i, rng: loc[i[:, 0]] + np.exp(log_scale[i[:, 0]])
                      * rng.standard_normal((len(i), size)), kl=lambda i: kl[i[:, 0]], rng=seed)
        assert found.ok, f"seed {seed}\n{found}"


@pytest.mark.parametrize("dtype, verdict", [("float32", "open"), ("float64", "ok")])
@pytest.mark.parametrize("x", [BITS, GREY], ids=["bits", "grey"])
def test_a_gaussian_too_wide_for_its_digits_is_no_line(x, dtype, verdict):
    """Over [0, 1] the bend of N(z, 30^2) is 5e-4 nats of 4.3, and its line has no integral of 1."""
    def wide(x, z):
        squares = ((x - z.mean(axis=1, keepdims=True)) / 30) ** 2
        return np.sum(-squares / 2 - math.log(30) - math.log(2 * math.pi) / 2, axis=1)

    found = audit(x.astype(dtype), log_likelihood=lambda x, z: wide(x, z).astype(dtype), rng=0,
                  sample=lambda x, rng: rng.standard_normal((len(x), 2)).astype(dtype))
    assert found["log_likelihood integrates to 1"].verdict == verdict, found


def test_a_missing_normaliser_shows_in_float32():
    def bare(x, z):
        return np.sum((x * z[:, :1]).astype("float32"), axis=1)

    found = audit(GREY.astype("float32"), log_likelihood=bare, rng=0,
                  sample=lambda x, rng: rng.standard_normal((len(x), 2)).astype("float32"))
    assert "normaliser" in found["log_likelihood integrates to 1"].hint


@pytest.mark.parametrize("k", [50, 3000])
def test_a_bound_of_more_draws_than_the_audit_makes(k):
    found = audit(BITS, **everything(loss=None, validation_loss=None), k=k, n=1000, rng=0)
    assert found.ok and found[f"importance-weighted bound, k = {k}"].standard_error > 0


def test_a_bound_of_as_many_draws_as_the_audit_makes_is_left_alone():
    """Of two such bounds an example hardly an error is known: by two, one seed in 300 was called a
    mistake, and these are some of them.
    """
    def draw(x, rng):
        return x + rng.standard_normal(x.shape)

    def normal(x, loc):
        return np.sum(-(x - loc) ** 2 / 2 - math.log(2 * math.pi) / 2, axis=1)

    def log_weight(x, z):
        return normal(x, z) + normal(z, 0.0) - normal(z, x)

    def bound(x, k, rng):
        log_w = [log_weight(x, draw(x, rng)) for _ in range(k)]
        return np.log(np.mean(np.exp(log_w), axis=0))

    for seed in (74, 224, 316, 453, 687):
        found = audit(np.array([[0.5], [1.0]]), sample=draw, log_q=lambda z, x: normal(z, x),
                      log_likelihood=normal, log_weight=log_weight, bound=bound, k=1000, n=1000,
                      rng=seed)
        assert found.ok, f"seed {seed}\n{found}"


def found_of(draw, log_density, seed):
    """An audit of z = x + noise, two numbers a code, of which this is the log-density."""
    x = np.arange(12.0)[:, None] * np.ones(2)
    return audit(x, sample=lambda x, rng: x + draw(rng, x.shape), rng=seed,
                 log_q=lambda z, x: np.sum(log_density(z - x), axis=1))


def halves(rng, size, scale=0.3):
    return scale * rng.standard_normal(size) + np.where(rng.random(size) < 0.5, -2.0, 2.0)


def two_bumps(z):
    return np.log(stats.norm.pdf(z, -2, 0.3) + stats.norm.pdf(z, 2, 0.3)) - math.log(2)


SPREAD = "standard deviation of the draws, by log_q"


@pytest.mark.parametrize("draw, log_density", [
    (lambda rng, size: rng.laplace(size=size), stats.laplace.logpdf),
    (lambda rng, size: rng.standard_cauchy(size=size), stats.cauchy.logpdf), (halves, two_bumps),
], ids=["laplace", "cauchy", "two bumps"])
def test_a_posterior_that_is_no_gaussian_is_left_alone(draw, log_density):
    for seed in range(5):
        found = found_of(draw, log_density, seed)
        assert found.ok and found[SPREAD].verdict == "ok", f"seed {seed}\n{found}"
        assert found["log_q integrates to 1"].verdict == "open"
    found = found_of(lambda rng, size: 1.5 * draw(rng, size), log_density, 0)
    assert found[SPREAD].verdict == "MISTAKE"


@pytest.mark.parametrize("name", ["uniform", "expon"])
def test_of_a_posterior_with_an_edge_nothing_is_said(name):
    law = getattr(stats, name)
    with np.errstate(invalid="ignore"):             # infinity - infinity, beyond the edge
        found = found_of(lambda rng, size: law.rvs(size=size, random_state=rng), law.logpdf, 0)
    assert found.ok and found[SPREAD].verdict == "open" and "edge" in found[SPREAD].hint


def test_a_number_of_the_code_without_noise_is_found():
    found = found_of(lambda rng, size: rng.standard_normal(size) * [1.0, 0.0],
                     stats.norm.logpdf, 0)
    assert found[SPREAD].verdict == "MISTAKE" and found[SPREAD].got == 0


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning", "ignore:invalid:RuntimeWarning")
def test_a_sampler_a_thousand_times_too_wide_is_no_edge():
    found = found_of(lambda rng, size: 1000 * rng.standard_normal(size), stats.norm.logpdf, 0)
    assert found[SPREAD].verdict == "MISTAKE"
