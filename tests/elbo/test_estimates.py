"""Logarithms of means: their value, their error, their bias, and how many draws count."""
import numpy as np
import pytest

from scratchgen.elbo import effective_sample_size, log_mean_exp
from scratchgen.elbo.estimates import mean, over_examples
from scratchgen.models import LinearGaussianVAE
from tests.support.statistics import assert_estimate


def test_effective_sample_size_at_both_ends():
    assert effective_sample_size(np.zeros(50)) == pytest.approx(50)
    assert effective_sample_size(np.r_[0.0, np.full(49, -800)]) == pytest.approx(1)
    half = np.r_[np.zeros(25), np.full(25, -800)]
    assert effective_sample_size(half) == pytest.approx(25)


@pytest.mark.parametrize("shift", [-1e4, 0.0, 1e4])
def test_weights_need_not_fit_into_a_float(shift, rng):
    log_w = rng.standard_normal((40, 3))
    w = np.exp(log_w)
    np.testing.assert_allclose(effective_sample_size(log_w + shift),
                               w.sum(0) ** 2 / (w ** 2).sum(0), rtol=1e-10)
    found = log_mean_exp(log_w + shift)
    np.testing.assert_allclose(found.value - shift, np.log(w.mean(0)), atol=1e-11)
    np.testing.assert_allclose(found.standard_error,
                               w.std(0, ddof=1) / w.mean(0) / np.sqrt(40), rtol=1e-10)


@pytest.mark.parametrize("shift", [-1e6, 1e4])
def test_nor_do_float32_logarithms_have_to_be_small(shift, rng):
    """At 1e6 float32 knows them to 1/16: the weights that these are, and no others, are counted."""
    log_w = (shift + 0.5 * rng.standard_normal((200, 3))).astype(np.float32)
    w = np.exp(log_w.astype(np.float64) - shift)
    found = effective_sample_size(log_w)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, w.sum(0) ** 2 / (w ** 2).sum(0), rtol=1e-5)
    np.testing.assert_allclose(log_mean_exp(log_w).standard_error,
                               w.std(0, ddof=1) / w.mean(0) / np.sqrt(200), rtol=1e-5)


def test_equal_weights_leave_no_error():
    found = log_mean_exp(np.full((7, 2), -3.0))
    np.testing.assert_allclose(found.value, -3)
    np.testing.assert_allclose(found.standard_error, 0, atol=1e-7)


def test_the_error_and_the_bias_are_those_of_many_repetitions(rng):
    """log w ~ N(0, s^2): log E[w] = s^2 / 2 and Var[w] / E[w]^2 = exp(s^2) - 1 are known."""
    s, n, repetitions = 0.6, 100, 40_000
    found = log_mean_exp(s * rng.standard_normal((n, repetitions)))
    variance = np.expm1(s ** 2) / n
    off = found.value - s ** 2 / 2
    assert np.mean(found.standard_error ** 2) == pytest.approx(variance, rel=0.02)
    assert off.var() == pytest.approx(variance, rel=0.05)
    assert_estimate(off.mean(), -variance / 2, standard_error=np.sqrt(variance / repetitions))
    assert off.mean() < -6 * np.sqrt(variance / repetitions)        # the bias is no noise


def test_means_over_draws_and_over_examples(rng):
    values = rng.standard_normal((10, 3))
    found = mean(values)
    np.testing.assert_allclose(found.value, values.mean(0))
    np.testing.assert_allclose(found.standard_error, values.std(0, ddof=1) / np.sqrt(10))
    whole = over_examples(found)
    assert whole.value == pytest.approx(values.mean())
    assert whole.standard_error == pytest.approx(np.sqrt((found.standard_error ** 2).sum()) / 3)


@pytest.mark.parametrize("f", [mean, log_mean_exp])
def test_one_draw_has_no_standard_error(f):
    with pytest.raises(ValueError, match="needs two draws\n  expected  n >= 2\n  got       n = 1"):
        f(np.zeros((1, 3)))


# ---- why nobody samples from the prior -----------------------------------------------------------

def share_that_counts(latent):
    """ESS / n for n to infinity: p(x)^2 / E_p(z)[p(x|z)^2] with W = I, s = 1/2, x = 0, exactly.

    Each dimension by itself: N(0; 0, 1 + s^2)^2 / (N(0; 0, s^2/2 + 1) / sqrt(4 pi s^2)).
    """
    def peak(variance):
        return 1 / np.sqrt(2 * np.pi * variance)

    s2 = 0.25
    return (peak(1 + s2) ** 2 / (peak(1 + s2 / 2) / np.sqrt(4 * np.pi * s2))) ** latent


def test_naive_monte_carlo_runs_dry_as_the_code_grows(rng):
    """Of 20,000 draws from the prior 12,000 count with one dimension, and a handful with 16."""
    n, counted = 20_000, {}
    for latent in (1, 2, 4, 8, 16):
        model = LinearGaussianVAE(np.eye(latent), np.zeros(latent), 0.5)
        z = model.prior.sample(n, rng=rng)
        counted[latent] = float(effective_sample_size(
            model.decode(z).log_prob(np.zeros((n, latent))).numpy()))
        if latent <= 4:
            assert counted[latent] == pytest.approx(n * share_that_counts(latent), rel=0.1)
    assert all(counted[2 * latent] < 0.7 * counted[latent] for latent in (1, 2, 4, 8))
    assert counted[16] < 100 < 10_000 < counted[1]
