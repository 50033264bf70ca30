"""Uniform: density and its edges, samples, moments, gradients, and what it refuses."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import scratchgen as sg
from scratchgen.distributions import Uniform
from tests.distributions.densities import ks_distance, ks_limit

LOWS = st.floats(-50, 50)
WIDTHS = st.floats(-4, 4).map(lambda e: 10.0 ** e)


@given(LOWS, WIDTHS, st.floats(-1, 2))
def test_log_prob_is_that_of_scipy(low, width, share):
    high = low + width
    x = low + share * width
    expected = stats.uniform(low, high - low).logpdf(x)
    np.testing.assert_allclose(Uniform(low, high).log_prob(x), expected, rtol=1e-12, atol=1e-12)


def test_the_edges_belong_to_the_interval():
    p = Uniform(1.0, 3.0)
    np.testing.assert_array_equal(p.log_prob([np.nextafter(1, 0), 1, 3, np.nextafter(3, 4)]),
                                  [-np.inf, -np.log(2), -np.log(2), -np.inf])
    np.testing.assert_array_equal(p.log_prob([-np.inf, np.inf]), [-np.inf, -np.inf])
    assert np.isnan(p.log_prob(np.nan))


@given(LOWS, WIDTHS)
def test_entropy_and_moments_are_those_of_scipy(low, width):
    high = low + width
    p, q = Uniform(low, high), stats.uniform(low, high - low)
    for found, exact in ((p.entropy(), q.entropy()), (p.mean, q.mean()), (p.variance, q.var())):
        np.testing.assert_allclose(found, exact, rtol=1e-12, atol=1e-12)


def test_samples_follow_the_distribution_function(rng):
    n = 100_000
    x = Uniform([1.5, -3.0], [1.6, 7.0]).sample(n, rng=rng)
    for i, exact in enumerate((stats.uniform(1.5, 0.1), stats.uniform(-3, 10))):
        assert ks_distance(x[:, i], exact.cdf) < ks_limit(n)


def test_rounding_never_leaves_the_interval():
    class Edge(np.random.Generator):
        """The largest uniform number there is."""

        def random(self, size=None, dtype=np.float64, out=None):
            return np.full(size, 1 - 2.0 ** -53)

    low = np.linspace(-5, 5, 1001)
    for dtype in ("float32", "float64"):
        p = Uniform(low.astype(dtype), (low + np.pi / 10).astype(dtype))
        x = p.sample(rng=Edge(np.random.PCG64(0)))
        assert (x <= p.high).all() and np.isfinite(p.log_prob(x)).all()


def test_shapes_dtypes_and_kinds(rng):
    p = Uniform(np.zeros((4, 1), np.float32), np.ones(5, np.float32))
    assert p.batch_shape == (4, 5) and p.event_shape == ()
    assert p.sample((2, 3), rng=rng).shape == (2, 3, 4, 5)
    assert p.log_prob(np.zeros((2, 3, 1, 1))).shape == (2, 3, 4, 5)
    for value in (p.mean, p.variance, p.entropy(), p.log_prob(0.5), p.sample(rng=rng)):
        assert value.shape == (4, 5) and value.dtype == np.float32
    tensors = Uniform(sg.Tensor(np.zeros(3)), 1.0)
    for value in (tensors.mean, tensors.variance, tensors.entropy(), tensors.log_prob(0.5)):
        assert isinstance(value, sg.Tensor)


def test_gradients(rng):
    low, high = rng.normal(size=3), 5 + rng.normal(size=(2, 1))
    x = rng.uniform(2, 3, (4, 2, 3))
    for order in (1, 2):
        sg.gradcheck(lambda x, a, b: Uniform(a, b).log_prob(x), x, low, high, order=order)
    sg.gradcheck(lambda a, b: Uniform(a, b).rsample(3, rng=1), low, high)
    sg.gradcheck(lambda a, b: Uniform(a, b).entropy() + Uniform(a, b).variance, low, high)
    outside = sg.Tensor(9.0, requires_grad=True)
    Uniform(0.0, 1.0).log_prob(outside).backward()
    assert outside.grad == 0


def test_what_is_refused():
    for low, high in ((1.0, 1.0), ([0.0, 2.0], 1.0)):
        with pytest.raises(ValueError, match="Uniform: low must be below high"):
            Uniform(low, high)
    with pytest.raises(sg.ShapeError, match="Uniform: axis -1 is 2 in low but 3 in high"):
        Uniform(np.zeros(2), np.ones(3))
