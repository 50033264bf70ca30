"""Linear: the sum it says it is, its activation, its errors."""

import math

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import nn, ops

ACTIVATIONS = [None, "relu", "leaky_relu", "tanh", "sigmoid", "gelu", "softplus", ops.silu]


def batch(rng, *shape):
    return rng.standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("shape", [(3,), (5, 3), (2, 5, 3), (0, 3)])
def test_is_the_activation_of_a_weighted_sum(activation, shape, rng):
    layer, x = nn.Linear(3, 4, rng=0, activation=activation), batch(rng, *shape)
    expected = x @ layer.weight.data + layer.bias.data
    if activation is not None:
        function = getattr(ops, activation) if isinstance(activation, str) else activation
        expected = function(expected)
    y = layer(x)
    assert isinstance(y, sg.Tensor) and y.dtype == np.float32 and y.shape == (*shape[:-1], 4)
    np.testing.assert_allclose(y.numpy(), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("activation", nn.activation.FUSED)
def test_activations_of_the_kernel_make_one_node(activation, rng):
    y = nn.Linear(3, 4, rng=0, activation=activation)(batch(rng, 5, 3))
    assert y.op is ops.linear


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients(activation, rng):
    layer = nn.Linear(3, 2, rng=0, activation=activation, dtype="float64")
    x, w, b = rng.standard_normal((4, 3)), layer.weight.data.copy(), layer.bias.data.copy()
    ops.sum(ops.square(layer(x))).backward()

    def loss(w, b):
        layer.weight.data, layer.bias.data = w, b
        return float(np.sum(layer(x).numpy() ** 2))

    for parameter, i in ((layer.weight, 0), (layer.bias, 1)):
        numeric, h = np.zeros(parameter.shape), 1e-6
        for at in np.ndindex(parameter.shape):
            up, down = [w.copy(), b.copy()], [w.copy(), b.copy()]
            up[i][at] += h
            down[i][at] -= h
            numeric[at] = (loss(*up) - loss(*down)) / (2 * h)
        np.testing.assert_allclose(parameter.grad, numeric, rtol=1e-6, atol=1e-8)


def test_starts_as_documented():
    layer = nn.Linear(100, 50, rng=0)
    for p in layer.parameters():
        assert p.dtype == np.float32 and 0.09 < np.abs(p.data).max() <= 0.1
    twin = nn.Linear(100, 50, rng=0)
    np.testing.assert_array_equal(layer.weight.data, twin.weight.data)
    rng = np.random.default_rng(0)
    first, second = nn.Linear(2, 2, rng=rng), nn.Linear(2, 2, rng=rng)
    assert (first.weight.data != second.weight.data).all()


def test_without_bias():
    layer = nn.Linear(2, 3, rng=0, bias=False)
    assert layer.bias is None and len(layer.parameters()) == 1
    np.testing.assert_array_equal(layer(np.zeros((1, 2), np.float32)).numpy(), 0)


def test_numbers_take_the_dtype_of_the_layer():
    assert nn.Linear(2, 3, rng=0)([[1, 2]]).dtype == np.float32


@pytest.mark.parametrize("x", [np.ones((2, 3)), np.ones((2, 3), np.int64), sg.Tensor(np.ones(3))])
def test_another_dtype_is_refused_with_a_hint(x):
    with pytest.raises(TypeError, match=r"(?s)Linear\(3, 4\).*expected  float32.*hint"):
        nn.Linear(3, 4, rng=0)(x)


def test_a_float64_that_crept_in_on_the_way_is_looked_for(rng):
    layer = nn.Linear(3, 3, rng=0)
    layer(layer(batch(rng, 2, 3)) / math.sqrt(2))
    with pytest.raises(TypeError, match=r"hint      float32 beside np.sqrt\(2\)"):
        layer(layer(batch(rng, 2, 3)) / np.sqrt(2))


def test_another_size_is_a_shape_error_that_names_the_layer(rng):
    with pytest.raises(sg.ShapeError, match=r"Linear\(3, 4, 'relu'\): linear: I is 5 in x but 3"):
        nn.Linear(3, 4, rng=0, activation="relu")(batch(rng, 2, 5))


@pytest.mark.parametrize("sizes", [(0, 1), (1, 0), (-1, 2), (1.5, 2), ("a", 1)])
def test_sizes_are_counted(sizes):
    with pytest.raises(ValueError, match="integer >= 1"):
        nn.Linear(*sizes, rng=0)


def test_an_unknown_activation():
    with pytest.raises(ValueError, match=r"(?s)no activation 'rellu'.*relu, leaky_relu"):
        nn.Linear(2, 3, rng=0, activation="rellu")


def test_rng_is_required_and_a_keyword():
    with pytest.raises(TypeError, match="rng"):
        nn.Linear(2, 3)
    with pytest.raises(TypeError):
        nn.Linear(2, 3, 0)


def test_on_every_backend(xp_backend, rng):
    x = batch(rng, 5, 3)
    for activation in ("leaky_relu", "softplus"):
        layer = nn.Linear(3, 4, rng=0, activation=activation)
        y = layer(xp_backend.asarray(x))
        ops.sum(y).backward()
        with sg.backend.use("numpy"):
            reference = nn.Linear(3, 4, rng=0, activation=activation)
            expected = reference(x)
            ops.sum(expected).backward()
        np.testing.assert_allclose(xp_backend.to_numpy(y), expected.numpy(), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(sg.backend.to_numpy(layer.weight.grad), reference.weight.grad,
                                   rtol=1e-5, atol=1e-6)
