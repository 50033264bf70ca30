"""Categorical: probabilities by enumeration, samples, the score function, and what it refuses."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

import scratchgen as sg
from scratchgen.distributions import Bernoulli, Categorical, entropy_monte_carlo
from tests.support.statistics import assert_estimate

LOGITS = st.lists(st.floats(-1e3, 1e3) | st.floats(-5, 5), min_size=1, max_size=6).map(np.array)


@given(LOGITS)
def test_probabilities_entropy_and_moments_by_enumeration(u):
    p, k = Categorical(u), np.arange(len(u))
    log_p = p.log_prob(k)
    np.testing.assert_allclose(log_p, special.log_softmax(u), rtol=1e-12, atol=1e-12)
    weight = np.exp(log_p)
    assert weight.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(p.probs, weight, rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(p.entropy(), stats.entropy(weight), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(p.mean, weight @ k, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(p.variance, weight @ (k - weight @ k) ** 2, rtol=1e-11, atol=1e-13)


@given(st.floats(-1e3, 1e3))
def test_with_two_classes_it_is_a_bernoulli(u):
    two, one = Categorical([0.0, u]), Bernoulli(u)
    np.testing.assert_allclose(two.log_prob([0, 1]), one.log_prob([0, 1]), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(two.entropy(), one.entropy(), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(two.mean, one.mean, rtol=1e-12)
    np.testing.assert_allclose(two.variance, one.variance, rtol=1e-11)


def test_impossible_and_certain_classes():
    p = Categorical([0.0, -np.inf, 0.0])
    np.testing.assert_array_equal(p.log_prob([0, 1, 2]), [-np.log(2), -np.inf, -np.log(2)])
    assert p.entropy() == pytest.approx(np.log(2)) and p.mean == 1
    sure = Categorical([-1e30, 1e30, 0.0])
    np.testing.assert_array_equal(sure.log_prob([0, 1, 2]), [-2e30, 0, -1e30])
    assert sure.entropy() == 0 and sure.variance == 0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_samples_are_integers_of_the_right_frequency(dtype, rng):
    n, u = 100_000, np.array([[0.0, 1.0, -np.inf, -6.0], [3.0, 0.0, 0.0, 0.0]], dtype)
    p = Categorical(u)
    x = p.sample(n, rng=rng)
    assert x.shape == (n, 2) and x.dtype == np.int64
    exact = special.softmax(u.astype(float), axis=-1)
    for i in range(2):
        found = np.bincount(x[:, i], minlength=4) / n
        error = np.sqrt(exact[i] * (1 - exact[i]) / n)
        assert_estimate(found, exact[i], standard_error=error)


def test_an_impossible_class_is_never_drawn():
    class Edge(np.random.Generator):
        """Uniform numbers as small and as large as they come: 0 and 1 - 2^-53."""

        def random(self, size=None, dtype=np.float64, out=None):
            numbers = np.zeros(size)
            numbers[1::2] = 1 - 2.0 ** -53
            return numbers

    for dtype in ("float32", "float64"):
        p = Categorical(np.array([-np.inf, 0.0, 0.1, 0.2, -np.inf], dtype))
        x = p.sample(4, rng=Edge(np.random.PCG64(0)))
        np.testing.assert_array_equal(x, [3, 1, 3, 1])


@pytest.mark.parametrize("logits_shape, x_shape, result", [
    ((3,), (), ()), ((3,), (5,), (5,)), ((4, 3), (), (4,)), ((4, 3), (4,), (4,)),
    ((4, 3), (5, 4), (5, 4)), ((4, 3), (5, 1), (5, 4)), ((2, 1, 3), (4,), (2, 4))])
def test_shapes(logits_shape, x_shape, result, rng):
    u, x = rng.normal(size=logits_shape), rng.integers(0, 3, x_shape)
    p = Categorical(u)
    assert p.batch_shape == logits_shape[:-1] and p.event_shape == ()
    assert p.sample((7, 6), rng=rng).shape == (7, 6, *logits_shape[:-1])
    assert p.entropy().shape == p.mean.shape == p.variance.shape == logits_shape[:-1]
    found = p.log_prob(x)
    table = np.broadcast_to(special.log_softmax(u, axis=-1), (*result, 3))
    expected = np.take_along_axis(table, np.broadcast_to(x, result)[..., None], axis=-1)[..., 0]
    assert found.shape == result
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_entropy_by_monte_carlo(rng):
    p, n = Categorical([0.0, 1.0, 3.0]), 50_000
    weight, surprise = p.probs, -p.log_prob([0, 1, 2])
    variance = weight @ (surprise - weight @ surprise) ** 2
    assert_estimate(entropy_monte_carlo(p, n, rng=rng).value, p.entropy(),
                    standard_error=np.sqrt(variance / n))


def test_gradients(rng):
    u = rng.normal(size=(4, 3))
    for order in (1, 2):
        sg.gradcheck(lambda u: Categorical(u).log_prob([[0, 1, 2, 0], [2, 2, 0, 1]]), u,
                     order=order)
        sg.gradcheck(lambda u: Categorical(u).entropy(), u, order=order)
        sg.gradcheck(lambda u: Categorical(u).variance + Categorical(u).mean, u, order=order)
    sg.gradcheck(lambda u: Categorical(u).log_prob(2), u[0])
    tensor = sg.Tensor([0.0, -np.inf, 1.0], requires_grad=True)
    Categorical(tensor).entropy().backward()
    assert np.isfinite(tensor.grad).all() and tensor.grad[1] == 0


def test_the_score_function_gives_the_gradient_of_an_expectation(rng):
    """d/du_j E[f(k)] = P_j (f_j - E[f]),  one draw giving f(k) ([k = j] - P_j)."""
    n, u, f = 100_000, np.array([0.3, -0.5, 1.0]), np.array([1.0, 4.0, 2.0])
    logits = sg.Tensor(np.tile(u, (n, 1)), requires_grad=True)
    p = Categorical(logits)
    x = p.sample(rng=rng)
    assert not x.requires_grad
    (f[x.numpy()] * p.log_prob(x)).sum().backward()
    weight = special.softmax(u)
    exact = weight * (f - weight @ f)
    draws = f[:, None] * (np.eye(3) - weight)               # [k, j]
    error = np.sqrt((weight @ draws ** 2 - exact ** 2) / n)
    assert_estimate(logits.grad.mean(0), exact, standard_error=error)


def test_kinds(rng):
    u = rng.normal(size=(2, 3)).astype(np.float32)
    arrays, tensors = Categorical(u), Categorical(sg.Tensor(u, requires_grad=True))
    for f in (lambda p: p.log_prob([0, 1]), lambda p: p.entropy(), lambda p: p.mean,
              lambda p: p.variance, lambda p: p.probs):
        assert isinstance(f(tensors), sg.Tensor) and f(tensors).dtype == np.float32
        assert not isinstance(f(arrays), sg.Tensor) and f(arrays).dtype == np.float32
    assert isinstance(tensors.sample(rng=rng), sg.Tensor)


# ---- what is refused -----------------------------------------------------------------------------

def test_there_is_no_reparameterised_class(rng):
    with pytest.raises(NotImplementedError, match="is an integer.*no gradient(.|\n)*score functi"):
        Categorical([0.0, 1.0]).rsample(rng=rng)


def test_what_names_no_class():
    p = Categorical(np.zeros((2, 3)))
    for x in ([0, 3], [-1, 0]):
        with pytest.raises(IndexError, match=r"0 ... 2, for 3 classes\n.*(0|-1) ... (3|0)"):
            p.log_prob(x)
    for x in ([0.0, 1.0], np.array([True, False])):
        with pytest.raises(TypeError, match="integers 0 ... 2"):
            p.log_prob(x)
    with pytest.raises(sg.ShapeError, match="axis -1 is 4 in x but 2 in batch_shape"):
        p.log_prob([0, 0, 0, 0])


@pytest.mark.parametrize("logits", [0.0, np.zeros((4, 0))])
def test_logits_need_an_axis_of_classes(logits):
    with pytest.raises(sg.ShapeError, match=r"expected  \(\.\.\., K\)"):
        Categorical(logits)
