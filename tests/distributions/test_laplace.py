"""Laplace: density, samples, moments, gradients, and what it refuses."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import scratchgen as sg
from scratchgen.distributions import Laplace
from tests.distributions.densities import ks_distance, ks_limit

LOCS = st.floats(-50, 50)
SCALES = st.floats(-4, 4).map(lambda e: 10.0 ** e)


@given(LOCS, SCALES, st.floats(-700, 700))
def test_log_prob_is_that_of_scipy(loc, scale, z):
    x = loc + z * scale
    np.testing.assert_allclose(Laplace(loc, scale).log_prob(x), stats.laplace(loc, scale).logpdf(x),
                               rtol=1e-12, atol=1e-12)


@given(LOCS, SCALES)
def test_entropy_and_moments_are_those_of_scipy(loc, scale):
    p, q = Laplace(loc, scale), stats.laplace(loc, scale)
    for found, exact in ((p.entropy(), q.entropy()), (p.mean, q.mean()), (p.variance, q.var())):
        np.testing.assert_allclose(found, exact, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("scale", [1e-6, 0.3, 1e6])
def test_the_density_integrates_to_one(scale):
    p = Laplace(0.5, scale)
    x = np.linspace(0, 40, 100_001)             # in units of the scale, on either side of the kink
    for side in (-1, 1):
        half = np.trapezoid(np.exp(p.log_prob(0.5 + side * x * scale)), x * scale)
        assert half == pytest.approx(0.5, abs=1e-8)


def test_samples_follow_the_distribution_function(rng):
    n = 100_000
    x = Laplace([1.5, -3.0], [0.3, 7.0]).sample(n, rng=rng)
    assert x.shape == (n, 2)
    for i, exact in enumerate((stats.laplace(1.5, 0.3), stats.laplace(-3, 7))):
        assert ks_distance(x[:, i], exact.cdf) < ks_limit(n)


def test_shapes_dtypes_and_kinds(rng):
    p = Laplace(np.zeros((4, 1), np.float32), np.ones(5, np.float32))
    assert p.batch_shape == (4, 5) and p.event_shape == ()
    assert p.sample((2, 3), rng=rng).shape == (2, 3, 4, 5)
    assert p.log_prob(np.zeros((2, 3, 1, 1))).shape == (2, 3, 4, 5)
    for value in (p.mean, p.variance, p.entropy(), p.log_prob(0.0), p.sample(rng=rng)):
        assert value.shape == (4, 5) and value.dtype == np.float32
    tensors = Laplace(sg.Tensor(np.zeros(3)), 1.0)
    for value in (tensors.mean, tensors.variance, tensors.entropy(), tensors.log_prob(0.0)):
        assert isinstance(value, sg.Tensor)


def test_gradients(rng):
    loc, scale, x = rng.normal(size=3), np.exp(rng.normal(size=(2, 1))), rng.normal(size=(4, 2, 3))
    for order in (1, 2):
        sg.gradcheck(lambda x, m, s: Laplace(m, s).log_prob(x), x, loc, scale, order=order)
    sg.gradcheck(lambda m, s: Laplace(m, s).rsample(3, rng=1), loc, scale)
    sg.gradcheck(lambda s: Laplace(0.0, s).entropy() + Laplace(0.0, s).variance, scale)


def test_what_is_refused():
    for scale in (0.0, [1.0, -2.0]):
        with pytest.raises(ValueError, match=r"Laplace: scale must be positive(.|\n)*ops.exp"):
            Laplace(0.0, scale)
    with pytest.raises(sg.ShapeError, match="Laplace: axis -1 is 2 in loc but 3 in scale"):
        Laplace(np.zeros(2), np.ones(3))
