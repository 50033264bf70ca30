"""Right code at the edges of what an audit can tell: near the prior, wide, with many draws."""
import math

import numpy as np
import pytest

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
