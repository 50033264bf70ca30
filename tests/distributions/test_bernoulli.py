"""Bernoulli: probabilities by enumeration, samples, the score function, and what it refuses."""
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import scratchgen as sg
from scratchgen.distributions import Bernoulli, Independent
from tests.distributions.densities import all_bits
from tests.support.statistics import assert_estimate

LOGITS = st.floats(-1000, 1000) | st.floats(-5, 5)


def probability(logit):
    """P(x = 1), in double precision even where it is tiny."""
    return 1 / (1 + math.exp(-logit)) if logit > -700 else math.exp(logit)


@given(LOGITS)
def test_the_two_probabilities(logit):
    p = Bernoulli(logit)
    one, zero = np.exp(p.log_prob(1)), np.exp(p.log_prob(0))
    assert one + zero == pytest.approx(1, abs=1e-12)
    assert one == pytest.approx(probability(logit), rel=1e-12)
    assert zero == pytest.approx(probability(-logit), rel=1e-12)


@given(st.floats(-700, 700))
def test_entropy_mean_and_variance_by_enumeration(logit):
    p = Bernoulli(logit)
    log_one, log_zero = p.log_prob(1), p.log_prob(0)
    one, zero = np.exp(log_one), np.exp(log_zero)
    np.testing.assert_allclose(p.entropy(), -one * log_one - zero * log_zero, rtol=1e-12)
    np.testing.assert_allclose(p.mean, one, rtol=1e-12)
    np.testing.assert_allclose(p.variance, one * zero, rtol=1e-12)


def test_vectors_of_bits_by_enumeration(rng):
    logits = rng.normal(size=7) * 3
    p, x = Independent(Bernoulli(logits), 1), all_bits(7)
    weight = np.exp(p.log_prob(x))
    assert weight.shape == (128,)
    np.testing.assert_allclose(weight.sum(), 1, atol=1e-12)
    np.testing.assert_allclose(weight @ x, p.mean, atol=1e-12)
    np.testing.assert_allclose(-weight @ p.log_prob(x), p.entropy(), rtol=1e-12)


def test_log_probabilities_are_exact_for_every_logit():
    u = np.array([1e30, 1e3, 40.0, -40.0, -1e3, -1e30])
    np.testing.assert_array_equal(Bernoulli(u).log_prob(np.zeros(6))[:2], [-1e30, -1e3])
    np.testing.assert_array_equal(Bernoulli(u).log_prob(np.ones(6))[4:], [-1e3, -1e30])
    np.testing.assert_allclose(Bernoulli(u).log_prob(np.ones(6))[:3], [0, 0, -math.exp(-40)],
                               rtol=1e-12)
    certain = Bernoulli(np.array([np.inf, np.inf, -np.inf, -np.inf]))
    np.testing.assert_array_equal(certain.log_prob([1, 0, 1, 0]), [0, -np.inf, -np.inf, 0])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_samples_are_bits_of_the_right_frequency(dtype, rng):
    logits, n = np.array([-6.0, -1.0, 0.0, 2.0, 6.0], dtype), 200_000
    p = Bernoulli(logits)
    x = p.sample(n, rng=rng)
    assert x.shape == (n, 5) and x.dtype == dtype
    assert set(np.unique(x)) == {0, 1}
    exact = np.array([probability(u) for u in logits.astype(float)])
    assert_estimate(x.mean(0, dtype=float), exact, standard_error=np.sqrt(exact * (1 - exact) / n))


def test_an_impossible_bit_is_never_drawn():
    class Edge(np.random.Generator):
        """Uniform numbers as small and as large as they come: 0 and 1 - 2^-53."""

        def random(self, size=None, dtype=np.float64, out=None):
            numbers = np.zeros(size)
            numbers[1::2] = 1 - 2.0 ** -53
            return numbers

    for dtype in ("float32", "float64"):
        p = Bernoulli(np.array([-np.inf, np.inf], dtype))
        x = p.sample(4, rng=Edge(np.random.PCG64(0)))
        np.testing.assert_array_equal(x, [[0, 1]] * 4)


def test_arrays_give_arrays_and_tensors_give_tensors(rng):
    u = rng.normal(size=3)
    arrays, tensors = Bernoulli(u), Bernoulli(sg.Tensor(u, requires_grad=True))
    for f in (lambda p: p.sample(rng=rng), lambda p: p.log_prob([0, 1, 1]), lambda p: p.entropy(),
              lambda p: p.mean, lambda p: p.variance):
        assert isinstance(f(arrays), np.ndarray)
        assert isinstance(f(tensors), sg.Tensor)
    assert not tensors.sample(rng=rng).requires_grad


@pytest.mark.parametrize("kind", [bool, np.uint8, np.int64, np.float32])
def test_bits_of_any_dtype(kind):
    p = Bernoulli(np.array([1.0, 2.0], np.float32))
    y = p.log_prob(np.array([0, 1], kind))
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, [-1.3132617, -0.126928], rtol=1e-6)


def test_gradients(rng):
    u, x = rng.normal(size=(4, 3)) * 3, (rng.random((2, 4, 3)) < 0.5) * 1.0
    for order in (1, 2):
        sg.gradcheck(lambda u: Bernoulli(u).log_prob(x), u, order=order)
        sg.gradcheck(lambda u: Bernoulli(u).entropy(), u, order=order)
        sg.gradcheck(lambda u: Bernoulli(u).variance, u, order=order)


def test_the_score_function_gives_the_gradient_of_an_expectation(rng):
    """d/du E[f(x)] = E[f(x) d/du log P(x)] with f(0) = 1, f(1) = 3, so 2 p (1 - p)."""
    n, u = 100_000, 0.7
    logits = sg.Tensor(np.full(n, u), requires_grad=True)
    p = Bernoulli(logits)
    x = p.sample(rng=rng)
    f = 1 + 2 * x
    (f * p.log_prob(x)).sum().backward()
    one = probability(u)
    exact = 2 * one * (1 - one)
    draws = {0: 1 * (0 - one), 1: 3 * (1 - one)}                # f(x) (x - p)
    variance = (1 - one) * draws[0] ** 2 + one * draws[1] ** 2 - exact ** 2
    assert_estimate(logits.grad.mean(), exact, standard_error=np.sqrt(variance / n))


# ---- what is refused ----------------------------------------------------------------------------

def test_there_is_no_reparameterised_bit(rng):
    with pytest.raises(NotImplementedError, match="0 or 1.*no gradient(.|\n)*score function"):
        Bernoulli([0.0]).rsample(rng=rng)


@pytest.mark.parametrize("x", [[0.0, 0.5], [0.0, 1.5], [-1.0, 0.0], [0, 2]])
def test_grey_pixels_are_no_bits(x):
    wrong = "0 and 1 only\n.*50.0% other.*\n.*binarise.*\n.*gaussian"
    with pytest.raises(ValueError, match=wrong):
        Bernoulli([0.0, 0.0]).log_prob(x)


def test_a_nan_passes_through():
    assert np.isnan(Bernoulli([0.0, np.nan]).log_prob([1, 1])).tolist() == [False, True]
    assert np.isnan(Bernoulli([0.0, 0.0]).log_prob([1, np.nan])).tolist() == [False, True]


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(sg.ShapeError, match="Bernoulli.log_prob: axis -1 is 4 in x but 3"):
        Bernoulli(np.zeros(3)).log_prob(np.zeros(4))


def test_repr_shows_shapes_and_no_numbers():
    assert repr(Bernoulli(np.zeros((9, 2)))) == "Bernoulli(batch_shape=(9, 2), event_shape=())"
