"""Clipping bounds the length of all gradients together and keeps their direction."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import scratchgen as sg
from scratchgen.nn import Linear, Parameter
from scratchgen.optim import clip_grad_norm, grad_norm


def with_gradients(*gradients):
    parameters = [Parameter(np.zeros(np.shape(g))) for g in gradients]
    for p, g in zip(parameters, gradients):
        p.grad = np.array(g, float)
    return parameters


@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=4), min_size=1, max_size=4),
       st.floats(1e-3, 1e6))
def test_scales_to_the_bound_or_leaves_alone(gradients, bound):
    parameters = with_gradients(*gradients)
    before = np.concatenate([p.grad for p in parameters])
    norm = clip_grad_norm(parameters, bound)
    after = np.concatenate([p.grad for p in parameters])
    exact = np.sqrt(np.sum(before**2))
    np.testing.assert_allclose(norm, exact, rtol=1e-12)
    np.testing.assert_allclose(after, before * min(1, bound / (exact + 1e-6)), rtol=1e-12)
    assert np.sqrt(np.sum(after**2)) <= bound * (1 + 1e-12)


def test_small_gradients_keep_every_bit(rng):
    parameters = with_gradients(rng.standard_normal(3), rng.standard_normal((2, 2)))
    before = [p.grad.copy() for p in parameters]
    norm = clip_grad_norm(parameters, 1e9)
    for p, g in zip(parameters, before):
        np.testing.assert_array_equal(p.grad, g)
    assert norm.shape == () and float(norm) > 0


def test_parameters_without_a_gradient_are_passed_over():
    (p,), q = with_gradients([3.0, 4.0]), Parameter([1.0])
    assert clip_grad_norm(iter([q, p]), 1.0) == 5 and q.grad is None
    assert clip_grad_norm([q], 1.0) == 0 and clip_grad_norm([], 1.0) == 0


def test_the_norm_alone():
    p, = with_gradients([3.0, 4.0])
    assert clip_grad_norm([p], float("inf")) == 5
    np.testing.assert_array_equal(p.grad, [3, 4])


def test_zero_gradients_stay_zero():
    p, = with_gradients([0.0, 0.0])
    assert clip_grad_norm([p], 1.0) == 0
    np.testing.assert_array_equal(p.grad, 0)


@pytest.mark.parametrize("bound", [-1.0, float("nan")])
def test_a_bound_is_not_negative(bound):
    with pytest.raises(ValueError, match="max_norm"):
        clip_grad_norm([], bound)


@pytest.mark.parametrize("measure", [lambda p: clip_grad_norm(p, 1.0), grad_norm])
@pytest.mark.parametrize("given", [Parameter([3.0, 4.0]), Linear(2, 1, rng=0), None])
def test_one_parameter_or_a_module_is_no_list_of_parameters(measure, given):
    """The rows of a Parameter have no gradients, so there would be nothing to clip."""
    with pytest.raises(TypeError, match=r"list of parameters, got a \w+\n.*\[p\] for a single"):
        measure(given)


def test_after_create_graph_the_values_are_clipped():
    p = Parameter(np.full(2, 3.0))
    (p * p).sum().backward(create_graph=True)
    clip_grad_norm([p], 1.0)
    assert isinstance(p.grad, sg.Tensor)
    np.testing.assert_allclose(np.linalg.norm(p.grad.data), 1, rtol=1e-6)


def test_on_every_backend(xp_backend):
    p = Parameter(xp_backend.asarray([0.0, 0.0], "float32"))
    p.grad = xp_backend.asarray([3.0, 4.0], "float32")
    if xp_backend.name == "numpy-readonly":
        p.grad = p.grad.copy()          # a gradient belongs to its leaf and may be written to
    norm = clip_grad_norm([p], 1.0)
    np.testing.assert_allclose(sg.backend.to_numpy(norm), 5, rtol=1e-6)
    np.testing.assert_allclose(sg.backend.to_numpy(p.grad), [0.6, 0.8], rtol=1e-6)
