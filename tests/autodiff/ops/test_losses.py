"""Losses: what they mean, which dtypes they take, and arguments that are single numbers."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen import ops
from scratchgen.models.condition import one_hot
from tests.support.finite_differences import jacobian


def leaf(values):
    return sg.Tensor(values, requires_grad=True)


def test_cross_entropy_is_minus_the_log_probability_of_the_label():
    logits, labels = leaf([[0.0, np.log(3.0)], [1.0, 1.0]]), [1, 0]
    loss = ops.softmax_cross_entropy(logits, labels)
    np.testing.assert_allclose(loss.data, [np.log(4 / 3), np.log(2)])
    loss.sum().backward()
    np.testing.assert_allclose(logits.grad, [[0.25, -0.25], [-0.5, 0.5]])


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64"])
def test_labels_of_any_integer_dtype(dtype):
    logits = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    labels = np.array([0, 3, 1])
    for kind in (labels.astype(dtype), sg.Tensor(labels.astype(dtype))):
        x = leaf(logits)
        y = ops.softmax_cross_entropy(x, kind)
        assert y.dtype == np.float32
        np.testing.assert_array_equal(y.data, ops.softmax_cross_entropy(logits, labels))
        y.sum().backward(create_graph=True)                     # labels as a Tensor meet the rules
        np.testing.assert_allclose(x.grad.data.sum(axis=1), 0, atol=1e-6)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_there_may_be_more_classes_than_the_dtype_of_the_labels_has_numbers(dtype):
    """In uint8 the numbers of 300 classes would begin again after 255: 44 is also 300 - 256."""
    logits, labels = np.random.default_rng(0).normal(size=(3, 300)), [0, 44, 127]
    expected = sg.grad(lambda x: ops.sum(ops.softmax_cross_entropy(x, labels)))(logits)
    small = np.array(labels, dtype)
    for create_graph in (False, True):
        x = leaf(logits)
        ops.sum(ops.softmax_cross_entropy(x, small)).backward(create_graph=create_graph)
        gradient = x.grad.data if create_graph else x.grad
        np.testing.assert_allclose(gradient, expected, 1e-12)
    assert one_hot(small, 300).sum() == 3 and one_hot(small, 300)[1, 44] == 1


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float32"])
def test_data_of_any_dtype_keep_the_losses_in_that_of_the_network(dtype):
    data = np.array([0, 1, 1]).astype(dtype)
    for loss in (lambda x: ops.bce_with_logits(x, data), lambda x: ops.gaussian_nll(data, x, -0.5)):
        x = leaf(np.array([0.5, -1.0, 2.0], np.float32))
        y = loss(x)
        y.sum().backward()
        assert y.dtype == x.grad.dtype == np.float32
        x64 = leaf(np.array([0.5, -1.0, 2.0]))
        z = loss(x64)
        z.sum().backward(create_graph=True)
        np.testing.assert_allclose(y.data, z.data, 1e-6)
        np.testing.assert_allclose(x.grad, x64.grad.data, 1e-6)


def test_float32_logits_with_float64_targets_promote():
    x = leaf(np.zeros(2, np.float32))
    y = ops.bce_with_logits(x, np.array([0.1, 0.9]))
    assert y.dtype == np.float64
    y.sum().backward()
    assert x.grad.dtype == np.float32


def test_one_scale_receives_the_gradient_of_all():
    rng = np.random.default_rng(0)
    x, loc = rng.normal(size=(2, 4, 3))
    each = sg.grad(lambda s: ops.sum(ops.gaussian_nll(x, loc, s)))(np.full((4, 3), -0.7))
    for shape, axis in (((), None), ((3,), 0)):
        one = sg.grad(lambda s: ops.sum(ops.gaussian_nll(x, loc, s)))(np.full(shape, -0.7))
        np.testing.assert_allclose(one, each.sum(axis=axis), 1e-12)
    number = ops.gaussian_nll(x, loc, -0.7)
    np.testing.assert_allclose(number, ops.gaussian_nll(x, loc, np.full((4, 3), -0.7)), 1e-14)


def test_a_scale_given_as_a_number_keeps_second_derivatives():
    h = sg.hessian(lambda m: ops.sum(ops.gaussian_nll(np.zeros(2), m, -1.0)))(np.ones(2))
    np.testing.assert_allclose(h, np.exp(2) * np.eye(2), 1e-12)


@pytest.mark.parametrize("loss, point", [
    (ops.gaussian_nll, (0.3, -0.2, 0.4)), (ops.kl_standard_normal, (0.3, -0.2)),
    (ops.bce_with_logits, (0.3, 0.8))])
def test_a_loss_of_one_number(loss, point):
    """Each argument as a 0-d tensor beside Python numbers, to the second order."""
    for i in range(len(point)):
        def f(v):
            return loss(*(v if j == i else p for j, p in enumerate(point)))
        value = np.array(point[i])
        assert f(value).shape == ()
        slope = sg.grad(f)
        np.testing.assert_allclose(slope(value), jacobian(f, [value], 0), 1e-9, 1e-11)
        np.testing.assert_allclose(sg.hessian(f)(value), jacobian(slope, [value], 0), 1e-9, 1e-11)
