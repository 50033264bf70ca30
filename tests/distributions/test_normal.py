"""Normal and StandardNormal: density, samples, moments, gradients, and what they refuse."""
import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import scratchgen as sg
from scratchgen.distributions import Normal, StandardNormal, kl
from tests.distributions.densities import integrate, ks_distance, ks_limit
from tests.support.statistics import assert_estimate

LOCS = st.floats(-50, 50)
SCALES = st.floats(-4, 4).map(lambda e: 10.0 ** e)


@given(LOCS, SCALES, st.floats(-6, 6))
def test_log_prob_is_the_logarithm_of_the_density(loc, scale, z):
    x = loc + z * scale
    expected = math.log(NormalDist(loc, scale).pdf(x))
    np.testing.assert_allclose(Normal(loc, scale).log_prob(x), expected, rtol=1e-12, atol=1e-12)


@given(LOCS, SCALES)
def test_the_density_integrates_to_one(loc, scale):
    p = Normal(loc, scale)
    assert integrate(lambda x: np.exp(p.log_prob(x)), loc, scale) == pytest.approx(1, abs=1e-12)


@given(LOCS, SCALES)
def test_entropy_mean_and_variance_are_those_of_the_density(loc, scale):
    p = Normal(loc, scale)

    def expectation(f):
        return integrate(lambda x: np.exp(p.log_prob(x)) * f(x), loc, scale)

    assert p.entropy() == pytest.approx(expectation(lambda x: -p.log_prob(x)), rel=1e-10, abs=1e-10)
    assert p.mean == pytest.approx(expectation(lambda x: x), rel=1e-10, abs=1e-10 * scale)
    assert p.variance == pytest.approx(expectation(lambda x: (x - loc) ** 2), rel=1e-10)


@given(LOCS, st.floats(-300, 300), st.floats(-6, 6))
def test_scale_and_log_scale_are_two_names_of_one_number(loc, log_scale, z):
    x = loc + z * math.exp(log_scale)
    p, q = Normal(loc, math.exp(log_scale)), Normal(loc, log_scale=log_scale)
    for f in (lambda p: p.log_prob(x), lambda p: p.log_scale, lambda p: p.entropy()):
        np.testing.assert_allclose(f(p), f(q), rtol=1e-12, atol=1e-12)


def test_a_log_scale_is_kept_where_its_scale_is_no_float():
    p = Normal(0.0, log_scale=-800.0)
    assert p.scale == 0
    assert p.log_scale == -800
    assert p.entropy() == pytest.approx(-800 + 0.5 * math.log(2 * math.pi * math.e))


@pytest.mark.parametrize("dtype, log_scale", [("float64", -800), ("float32", -100)])
@pytest.mark.parametrize("shape", [(), (3,), (2, 1), (2, 3)])
def test_a_scale_that_is_no_float_has_a_density_at_loc_and_none_elsewhere(dtype, log_scale, shape):
    s = sg.Tensor(np.full(shape, log_scale, dtype), requires_grad=True)
    x = sg.Tensor(np.full((2, 3), 0.7, dtype), requires_grad=True)
    p = Normal(np.full(3, 0.7, dtype), log_scale=s)
    log_prob = p.log_prob(x)
    np.testing.assert_allclose(log_prob.data, -log_scale - 0.5 * math.log(2 * math.pi), rtol=1e-6)
    log_prob.sum().backward()
    np.testing.assert_array_equal(x.grad, np.zeros((2, 3)))
    np.testing.assert_array_equal(s.grad, np.full(shape, -6 / max(1, s.size)))
    with np.errstate(over="ignore"):
        assert (p.log_prob(np.full(3, 0.71, dtype)).data == -np.inf).all()
    np.testing.assert_array_equal(kl(p, p).data, np.zeros(p.batch_shape))


def test_samples_follow_the_distribution_function(rng):
    loc, scale, n = 1.5, 0.3, 100_000
    exact = np.vectorize(NormalDist(loc, scale).cdf)
    assert ks_distance(Normal(loc, scale).sample(n, rng=rng), exact) < ks_limit(n)


def test_every_element_of_a_sample_has_its_own_parameters(rng):
    n, loc, scale = 100_000, np.array([[-1.0], [2.0]]), np.array([0.5, 1.0, 3.0])
    x = Normal(loc, scale).sample(n, rng=rng)
    assert x.shape == (n, 2, 3)
    mean, variance = np.broadcast_to(loc, (2, 3)), np.broadcast_to(scale ** 2, (2, 3))
    assert_estimate(x.mean(0), mean, standard_error=np.sqrt(variance / n))
    assert_estimate(((x - mean) ** 2).mean(0), variance, standard_error=variance * np.sqrt(2 / n))
    neighbours = (x[:, 0, 0] - mean[0, 0]) * (x[:, 0, 1] - mean[0, 1])
    assert_estimate(neighbours.mean(), 0.0, standard_error=0.5 / np.sqrt(n))


@pytest.mark.parametrize("shape", [(), 3, (3,), (2, 0), (1, 4)])
def test_shapes_of_samples(shape, rng):
    lead = (shape,) if isinstance(shape, int) else shape
    p = Normal(np.zeros((4, 1)), np.ones(5))
    assert p.batch_shape == (4, 5) and p.event_shape == ()
    assert p.sample(shape, rng=rng).shape == lead + (4, 5)
    assert p.log_prob(p.sample(shape, rng=rng)).shape == lead + (4, 5)
    assert p.mean.shape == p.variance.shape == p.entropy().shape == (4, 5)


def test_arrays_give_arrays_and_tensors_give_tensors(rng):
    x = rng.normal(size=3)
    arrays, tensors = Normal(np.zeros(3), 2.0), Normal(sg.Tensor(np.zeros(3)), 2.0)
    for f in (lambda p: p.sample(rng=rng), lambda p: p.rsample(rng=rng), lambda p: p.log_prob(x),
              lambda p: p.entropy(), lambda p: p.mean, lambda p: p.variance):
        assert isinstance(f(arrays), (np.ndarray, np.generic))
        assert isinstance(f(tensors), sg.Tensor)
    assert isinstance(arrays.log_prob(sg.Tensor(x)), sg.Tensor)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_dtype_of_the_parameters_is_kept(dtype, rng):
    for p in (Normal(np.zeros(3, dtype), 2.0), Normal(0, np.ones(3, dtype)),
              Normal(np.zeros(3, dtype), log_scale=-1), StandardNormal(3, like=np.ones(2, dtype))):
        values = [p.sample(4, rng=rng), p.log_prob(np.zeros(3, dtype)), p.log_prob(0.5),
                  p.log_prob(np.zeros(3, np.uint8)), p.entropy(), p.mean, p.variance]
        assert {str(v.dtype) for v in values} == {dtype}
        assert {v.shape for v in values[1:]} == {(3,)}


def test_numbers_and_lists_are_double_precision():
    assert Normal(0, 1).log_prob(0).dtype == np.float64
    assert Normal([0, 1], [1.0, 2.0]).log_prob([0.0, 1.0]).dtype == np.float64


def test_the_standard_normal_is_float32_and_equals_the_normal_it_names(rng):
    p, q = StandardNormal((2, 3)), Normal(np.zeros((2, 3), np.float32), 1.0)
    assert p.batch_shape == (2, 3) and p.event_shape == ()
    x = p.sample(5, rng=np.random.default_rng(1))
    assert x.dtype == np.float32
    assert np.array_equal(x, q.sample(5, rng=np.random.default_rng(1)))
    np.testing.assert_allclose(p.log_prob(x), q.log_prob(x), rtol=1e-6)
    np.testing.assert_array_equal(p.entropy(), q.entropy())


# ---- gradients ----------------------------------------------------------------------------------

def test_gradients_of_the_log_density(rng):
    x, loc = rng.normal(size=(4, 3)), rng.normal(size=3)
    scale = np.exp(rng.normal(size=(4, 1)))
    for order in (1, 2):
        sg.gradcheck(lambda x, m, s: Normal(m, s).log_prob(x), x, loc, scale, order=order)
        sg.gradcheck(lambda x, m, s: Normal(m, log_scale=s).log_prob(x), x, loc, np.log(scale),
                     order=order)
        sg.gradcheck(lambda x, m, s: Normal(m, log_scale=s).log_prob(x), x, rng.normal(size=(4, 3)),
                     np.array(0.3), order=order)


def test_gradients_flow_through_rsample_and_not_through_sample(rng):
    loc, log_scale = rng.normal(size=3), rng.normal(size=3)
    sg.gradcheck(lambda m, s: Normal(m, log_scale=s).rsample(2, rng=7), loc, log_scale)
    m, s = sg.Tensor(loc, requires_grad=True), sg.Tensor(log_scale, requires_grad=True)
    assert Normal(m, log_scale=s).rsample(rng=rng).requires_grad
    assert not Normal(m, log_scale=s).sample(rng=rng).requires_grad


def test_sample_and_rsample_draw_the_same_numbers():
    p = Normal([1.0, 2.0], [0.5, 3.0])
    assert np.array_equal(p.sample(4, rng=np.random.default_rng(3)),
                          p.rsample(4, rng=np.random.default_rng(3)))


# ---- what is refused ----------------------------------------------------------------------------

@pytest.mark.parametrize("scale", [0.0, -1.0, [1.0, -0.25], np.zeros((2, 2))])
def test_a_scale_that_is_not_positive_is_refused_by_name(scale):
    with pytest.raises(ValueError, match="scale must be positive"):
        Normal(0.0, scale)


def test_exactly_one_of_scale_and_log_scale():
    with pytest.raises(ValueError, match="exactly one of scale and log_scale\n.*neither"):
        Normal(0.0)
    with pytest.raises(ValueError, match="exactly one of scale and log_scale\n.*both"):
        Normal(0.0, 1.0, log_scale=0.0)


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(sg.ShapeError, match="Normal: axis -1 is 2 in loc but 3 in scale"):
        Normal(np.zeros(2), np.ones(3))
    with pytest.raises(sg.ShapeError, match="Normal.log_prob: axis -1 is 4 in x but 3 in batch"):
        Normal(np.zeros(3), 1.0).log_prob(np.zeros(4))


def test_randomness_needs_a_generator():
    with pytest.raises(TypeError, match="rng"):
        Normal(0.0, 1.0).sample(3)
    with pytest.raises(TypeError, match="numpy.random.Generator"):
        Normal(0.0, 1.0).sample(3, rng="seed")


def test_a_nan_passes_through():
    assert np.isnan(Normal(0.0, 1.0).log_prob(np.nan))
    assert np.isnan(Normal(0.0, np.nan).log_prob(1.0))


def test_repr_shows_shapes_and_no_numbers():
    p = Normal(np.full((100, 20), 0.12345), 1.0)
    assert repr(p) == "Normal(batch_shape=(100, 20), event_shape=())"
