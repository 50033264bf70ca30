"""Choices inside a network: exact values, gradients that are made up and say so, right frequencies.

That straight-through gradients are not derivatives is the point of them, so the table leaves them
out; what they are instead, PyTorch's hard + (soft - soft.detach()), is tested here.
"""
import numpy as np
import pytest
from scipy import special

import scratchgen as sg
from scratchgen import ops
from tests.support.statistics import assert_estimate

LOGITS = np.random.default_rng(0).normal(size=(4, 5))
SEED = np.cos(np.arange(20.0) ** 2).reshape(4, 5)


def pulled_back(f, x=LOGITS, seed=SEED):
    """(value, seed^T J) of one op."""
    x = sg.Tensor(x, requires_grad=True)
    y = f(x)
    y.backward(seed)
    return y.data, x.grad


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_straight_through_argmax_has_the_gradient_of_softmax(axis):
    value, gradient = pulled_back(lambda x: ops.straight_through_argmax(x, axis=axis))
    assert set(np.unique(value)) == {0, 1} and (value.sum(axis) == 1).all()
    np.testing.assert_array_equal(value.argmax(axis), LOGITS.argmax(axis))
    np.testing.assert_array_equal(gradient, pulled_back(lambda x: ops.softmax(x, axis=axis))[1])
    with pytest.raises(sg.GradientError):           # it is not the derivative, and gradcheck knows
        sg.gradcheck(lambda x: ops.straight_through_argmax(x, axis=axis), LOGITS)


@pytest.mark.parametrize("axis", [0, 1])
def test_hard_gumbel_softmax_has_the_gradient_of_the_soft_one(axis):
    def noisy(x, hard):
        return ops.gumbel_softmax(x, 0.7, hard=hard, axis=axis, rng=3)

    value, gradient = pulled_back(lambda x: noisy(x, True))
    soft, of_soft = pulled_back(lambda x: noisy(x, False))
    assert set(np.unique(value)) == {0, 1} and (value.sum(axis) == 1).all()
    np.testing.assert_array_equal(value.argmax(axis), soft.argmax(axis))
    np.testing.assert_array_equal(gradient, of_soft)
    with pytest.raises(sg.GradientError):
        sg.gradcheck(lambda x: noisy(x, True), LOGITS)


def test_second_derivatives_of_a_straight_through_are_those_of_its_stand_in():
    def curvature(choose):
        return sg.hessian(lambda x: ops.sum(SEED[0] * choose(x)))(LOGITS[0])

    np.testing.assert_allclose(curvature(ops.straight_through_argmax), curvature(ops.softmax))


def test_the_largest_of_logits_and_gumbel_noise_is_a_draw_from_the_categorical(rng):
    n, u = 100_000, np.array([0.5, -1.0, 2.0, -np.inf])
    draws = ops.gumbel_softmax(np.broadcast_to(u, (n, 4)), 0.3, hard=True, rng=rng)
    exact = special.softmax(u)
    assert_estimate(draws.mean(0), exact, standard_error=np.sqrt(exact * (1 - exact) / n))


def test_from_uniform_to_a_vertex_as_the_temperature_falls():
    hot, cold = (ops.gumbel_softmax(LOGITS, t, rng=1) for t in (1e9, 1e-9))
    np.testing.assert_allclose(hot, 0.2, rtol=1e-7)
    np.testing.assert_array_equal(cold, ops.gumbel_softmax(LOGITS, 1.0, hard=True, rng=1))
    assert (ops.gumbel_softmax(LOGITS, rng=1).argmax(1) == cold.argmax(1)).all()


def test_the_same_seed_is_the_same_noise_in_both_dtypes():
    soft = ops.gumbel_softmax(LOGITS, rng=5)
    np.testing.assert_array_equal(soft, ops.gumbel_softmax(LOGITS, rng=np.random.default_rng(5)))
    small = ops.gumbel_softmax(LOGITS.astype(np.float32), rng=5)
    assert small.dtype == np.float32
    np.testing.assert_allclose(small, soft, rtol=1e-5)
    assert (ops.gumbel_softmax(LOGITS, rng=6) != soft).all()


def test_ties_infinities_and_what_is_not_a_number():
    y = ops.one_hot_argmax([[1.0, 3.0, 3.0], [-np.inf, -np.inf, 0.0], [np.nan, 1.0, np.inf]])
    np.testing.assert_array_equal(y[:2], [[0, 1, 0], [0, 0, 1]])        # the first of two
    assert np.isnan(y[2]).all()                                         # and never hidden


@pytest.mark.parametrize("temperature", [0, -1.0, np.nan])
def test_a_temperature_is_positive(temperature):
    with pytest.raises(ValueError, match="temperature > 0"):
        ops.gumbel_softmax(LOGITS, temperature, rng=0)


def test_what_is_refused():
    with pytest.raises(TypeError, match="floating-point"):
        ops.gumbel_softmax(np.array([1, 2]), rng=0)
    with pytest.raises(TypeError, match="rng"):
        ops.gumbel_softmax(LOGITS)
    for op in (ops.one_hot_argmax, ops.straight_through_argmax):
        with pytest.raises(ValueError, match="one_hot_argmax of nothing"):
            op(np.zeros((3, 0)))
        with pytest.raises(sg.ShapeError, match="axis 2 is out of range"):
            op(LOGITS, axis=2)


@pytest.mark.parametrize("axis", [None, (0, 1), ()])
def test_the_largest_is_one_of_a_single_axis(axis):
    with pytest.raises(sg.ShapeError, match="a single axis"):
        ops.one_hot_argmax(np.eye(2), axis=axis)
