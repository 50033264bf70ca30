"""Dequantisation: grey levels in their cells, and a bound for the discrete image."""
import math

import numpy as np
import pytest

import scratchgen as sg
from scratchgen.distributions import Normal, Sigmoid, Transformed
from scratchgen.models import bits_per_dimension, dequantise, quantise
from tests.distributions.densities import ks_distance, ks_limit


@pytest.mark.parametrize("levels", [2, 17, 256])
def test_noise_stays_in_the_cell_and_rounding_leads_back(levels, rng):
    level = rng.integers(levels, size=(50, 40))
    x = (level / (levels - 1)).astype(np.float32)
    y = dequantise(x, levels, rng=rng)
    assert y.dtype == np.float32 and y.min() >= 0
    np.testing.assert_allclose(quantise(y, levels), x, atol=1e-6)
    u = (y.astype(float) * levels - level).ravel()
    assert ks_distance(u, lambda u: np.clip(u, 0, 1)) < ks_limit(u.size) + 1e-4     # of float32


@pytest.mark.parametrize("edge", [0.0, 1 - 2.0 ** -53])
@pytest.mark.parametrize("levels", [2, 17, 256])
def test_no_noise_is_rounded_into_the_next_cell(edge, levels):
    class Edge(np.random.Generator):
        def random(self, size=None, dtype=np.float64, out=None):
            return np.full(size, edge)

    for dtype in ("float32", "float64"):
        x = (np.arange(levels) / (levels - 1)).astype(dtype)
        y = dequantise(x, levels, rng=Edge(np.random.PCG64(0)))
        np.testing.assert_array_equal(quantise(y, levels), x)


def test_bits_may_be_whole_numbers():
    bits = np.array([[0, 1], [1, 1]])
    expected = dequantise(bits.astype("float32"), 2, rng=0)
    for given in (bits, bits == 1, bits.tolist()):
        np.testing.assert_array_equal(dequantise(given, 2, rng=0), expected)


def test_levels_beyond_the_ends_are_the_outermost():
    np.testing.assert_array_equal(quantise(np.array([-0.2, 1.0, 1.3, 0.5]), 17), [0, 1, 1, 0.5])


def test_uniform_noise_costs_log_levels():
    """A uniform density gives every image 1 / 17^D: 0 nats of density, log2 17 bits a pixel."""
    assert bits_per_dimension(0.0 + 64 * math.log(17), 64) == pytest.approx(math.log2(17))
    nll = 12.3
    assert bits_per_dimension(nll + 64 * math.log(17), 64) == pytest.approx(
        (nll / 64 + math.log(17)) / math.log(2))


def test_the_bound_is_below_the_log_probability_of_the_level(rng):
    """E_u[log p(y)] - log L < log of the integral of p over the cell."""
    p, levels = Transformed(Normal(0.0, 1.0), Sigmoid()), 5
    for level in range(levels):
        edges = np.linspace(level / levels, (level + 1) / levels, 20_001)
        middle = (edges[1:] + edges[:-1]) / 2
        log_p = p.log_prob(middle)
        exact = math.log(np.exp(log_p).mean() / levels)
        bound = log_p.mean() - math.log(levels)
        assert bound < exact
        u = dequantise(np.full(40_000, level / (levels - 1)), levels, rng=rng)
        drawn = p.log_prob(u) - math.log(levels)
        assert abs(drawn.mean() - bound) < 6 * drawn.std() / 200 + 1e-3


def test_other_numbers_are_refused(rng):
    for wrong in (np.array([0.03]), np.array([1 + 1 / 16]), np.array([-1 / 16])):
        with pytest.raises(ValueError, match="not 17 grey levels\n.*1/16"):
            dequantise(wrong, 17, rng=rng)
    with pytest.raises(ValueError, match="hint.*256"):
        dequantise(np.arange(256) / 255, 17, rng=rng)


def test_on_every_backend(xp_backend, rng):
    x = (rng.integers(17, size=(4, 3)) / 16).astype(np.float32)
    with sg.backend.use("numpy"):
        y = dequantise(x, 17, rng=1)
    found = dequantise(xp_backend.asarray(x), 17, rng=1)
    np.testing.assert_allclose(xp_backend.to_numpy(found), y, rtol=1e-6)
    np.testing.assert_allclose(xp_backend.to_numpy(quantise(found, 17)), x, rtol=1e-6)
