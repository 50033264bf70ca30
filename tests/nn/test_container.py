"""Sequential composes, mlp lays out, Flatten and Reshape move no number."""

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import nn, ops


def test_sequential_is_composition():
    model = nn.Sequential(lambda x: x + 1, ops.square, nn.Flatten())
    np.testing.assert_array_equal(model(np.full((2, 1, 1), 2.0)), [[9], [9]])
    np.testing.assert_array_equal(nn.Sequential()(np.ones(2)), [1, 1])


def test_sequential_is_a_sequence():
    layers = nn.Linear(2, 3, rng=0), ops.relu, nn.Linear(3, 2, rng=1)
    model = nn.Sequential(*layers)
    assert len(model) == 3 and tuple(model) == layers and model[-1] is layers[2]
    assert isinstance(model[:2], nn.Sequential) and model[:2].layers == layers[:2]


def test_sequential_refuses_what_cannot_be_called():
    with pytest.raises(TypeError, match="layer 1 is neither"):
        nn.Sequential(ops.relu, 3)


def test_a_shape_error_names_the_layer_by_its_path():
    model = nn.Sequential(nn.Flatten(), nn.mlp(4, 3, 2, rng=0))
    model[1].layers = (model[1][0], nn.Linear(5, 2, rng=0))
    with pytest.raises(sg.ShapeError, match=r"^layer 1, layer 1, Linear\(5, 2\): linear: I is 3"):
        model(np.zeros((1, 2, 2), np.float32))


def test_mlp_has_activations_between_layers_only(rng):
    model, x = nn.mlp(3, 5, 4, 2, activation="tanh", rng=0), rng.standard_normal((6, 3))
    assert [layer.activation for layer in model] == ["tanh", "tanh", None]
    assert [layer.weight.shape for layer in model] == [(3, 5), (5, 4), (4, 2)]
    expected = x.astype(np.float32)
    for layer in model:
        expected = expected @ layer.weight.data + layer.bias.data
        expected = np.tanh(expected) if layer.activation else expected
    np.testing.assert_allclose(model(x.astype(np.float32)).numpy(), expected, rtol=1e-5)


@pytest.mark.parametrize("activation", ["gelu", ops.silu, None])
def test_mlp_takes_any_activation(activation):
    model = nn.mlp(2, 3, 1, activation=activation, rng=0, dtype="float64")
    assert model(np.ones((4, 2))).shape == (4, 1)


def test_mlp_seeds():
    one, two = nn.mlp(3, 3, 3, rng=0), nn.mlp(3, 3, 3, rng=0)
    for p, q in zip(one.parameters(), two.parameters()):
        np.testing.assert_array_equal(p.data, q.data)
    assert (one[0].weight.data != one[1].weight.data).all()
    with pytest.raises(ValueError, match="at least an input and an output"):
        nn.mlp(3, rng=0)


@pytest.mark.parametrize("shape", [(2, 3, 4), (0, 3, 4), (5, 1), (4,)])
def test_flatten(shape, rng):
    x = rng.standard_normal(shape)
    y = nn.Flatten()(x)
    assert y.shape == (shape[0], int(np.prod(shape[1:])))
    np.testing.assert_array_equal(y.ravel(), x.ravel())


@pytest.mark.parametrize("shape, n, result", [
    ((4, 3), 5, (5, 4, 3)), ((-1, 3), 5, (5, 4, 3)), ((2, -1, 2), 0, (0, 2, 3, 2)),
    (12, 2, (2, 12)),
])
def test_reshape(shape, n, result, rng):
    x = rng.standard_normal((n, 12))
    y = nn.Reshape(shape)(x)
    assert y.shape == result
    np.testing.assert_array_equal(y.ravel(), x.ravel())


@pytest.mark.parametrize("shape", [(5, 3), (-1, 5), (-1, 0)])
def test_reshape_that_does_not_fit(shape):
    with pytest.raises(sg.ShapeError, match="12 numbers do not fill"):
        nn.Reshape(shape)(np.zeros((2, 12)))


def test_reshape_of_no_shape():
    for shape in ((-1, -1), (-2, 3)):
        with pytest.raises(ValueError, match="may be -1"):
            nn.Reshape(shape)


def test_on_every_backend(xp_backend, rng):
    model = nn.Sequential(nn.Flatten(), nn.mlp(12, 5, 6, rng=0), nn.Reshape((2, -1)))
    y = model(xp_backend.asarray(rng.standard_normal((4, 3, 4)), "float32"))
    assert xp_backend.to_numpy(y).shape == (4, 2, 3)
