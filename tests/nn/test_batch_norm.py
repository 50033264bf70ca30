"""BatchNorm: each channel standardised, statistics that follow, both modes differentiable twice."""

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import nn, ops

SHAPES = [(5, 3), (4, 2, 3), (2, 3, 4, 3)]


def randomised(rng, c=3, activation=None):
    """A float64 layer whose weights and statistics are nothing special."""
    layer = nn.BatchNorm(c, activation=activation, dtype="float64")
    for p in layer.parameters():
        p.data = rng.normal(size=c)
    layer.running_mean[...], layer.running_var[...] = rng.normal(size=c), rng.uniform(0.5, 2, c)
    return layer


@pytest.mark.parametrize("shape", SHAPES)
def test_in_training_each_channel_is_standardised(shape, rng):
    x, layer = rng.normal(3, 2, shape), randomised(rng)
    axes = tuple(range(len(shape) - 1))
    expected = (x - x.mean(axes)) / np.sqrt(x.var(axes) + 1e-5) * layer.weight.data
    np.testing.assert_allclose(layer(x).data, expected + layer.bias.data, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("momentum", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_running_statistics_follow(shape, momentum, rng):
    """The mean, and the variance with n - 1."""
    layer, axes = nn.BatchNorm(3, momentum=momentum, dtype="float64"), tuple(range(len(shape) - 1))
    mean, var = np.zeros(3), np.ones(3)
    for _ in range(3):
        x = rng.normal(3, 2, shape)
        layer(x)
        mean = (1 - momentum) * mean + momentum * x.mean(axes)
        var = (1 - momentum) * var + momentum * x.var(axes, ddof=1)
    np.testing.assert_allclose(layer.running_mean, mean, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(layer.running_var, var, rtol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_in_use_the_running_statistics_take_their_place(shape, rng):
    x, layer = rng.normal(3, 2, shape), randomised(rng).eval()
    before = layer.state_dict()
    y = layer(x).data
    expected = (x - layer.running_mean) / np.sqrt(layer.running_var + 1e-5) * layer.weight.data
    np.testing.assert_allclose(y, expected + layer.bias.data, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(layer(x[:1]).data, y[:1], rtol=1e-14, atol=1e-14)
    for name, values in layer.state_dict().items():
        np.testing.assert_array_equal(values, before[name])


@pytest.mark.parametrize("activation", [None, "tanh", "leaky_relu", "softplus"])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(4, 2), (2, 2, 1, 2)])
def test_is_differentiable_twice_in_both_modes(shape, training, activation, rng):
    layer, x = randomised(rng, 2, activation).train(training), rng.normal(size=shape)

    def f(x, *parameters):
        vars(layer).update(zip(("weight", "bias"), parameters))
        return layer(x)

    inputs = x, layer.weight.data.copy(), layer.bias.data.copy()
    assert sg.gradcheck(f, *inputs) and sg.gradcheck(f, *inputs, order=2)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("activation", ["relu", "softplus", ops.square])
def test_an_activation_comes_last(activation, training, rng):
    """In one node with the rest, or after it: the same values, gradients and statistics."""
    function = getattr(ops, activation) if isinstance(activation, str) else activation
    x, found = rng.normal(size=(3, 4, 5, 3)), []
    for layer in (randomised(np.random.default_rng(1), activation=activation),
                  nn.Sequential(randomised(np.random.default_rng(1)), function)):
        leaf = sg.Tensor(x, requires_grad=True)
        y = layer.train(training)(leaf)
        y.backward(np.cos(x))
        found.append([y.data, leaf.grad, *(p.grad for p in layer.parameters()),
                      *(a for _, a in layer.named_buffers())])
    for one, two in zip(*found, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-12, atol=1e-14)


def test_the_gradient_of_the_loss_with_respect_to_the_parameters(rng):
    layer, x, seed = randomised(rng), rng.normal(size=(6, 3)), rng.normal(size=(6, 3))
    layer(x).backward(seed)
    standard = (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5)
    np.testing.assert_allclose(layer.weight.grad, (seed * standard).sum(0), rtol=1e-10)
    np.testing.assert_allclose(layer.bias.grad, seed.sum(0), rtol=1e-12)


def test_a_bias_before_it_has_no_gradient(rng):
    """The mean that is subtracted contains it: 0 but for rounding."""
    before, layer = nn.Linear(4, 3, rng=0, dtype="float64"), randomised(rng)
    layer(before(rng.normal(size=(8, 4)))).backward(rng.normal(size=(8, 3)))
    assert np.abs(before.bias.grad).max() < 1e-12 < 1e-3 < np.abs(before.weight.grad).max()


def test_a_constant_channel_and_one_far_from_zero(rng):
    x = np.stack([np.full(50, 7.0), 1e8 + rng.normal(size=50)], axis=1)
    layer = nn.BatchNorm(2, momentum=1.0, dtype="float64")
    y = layer(x).data
    np.testing.assert_array_equal(y[:, 0], 0)
    centred = x[:, 1] - 1e8
    expected = (centred - centred.mean()) / np.sqrt(centred.var() + 1e-5)
    np.testing.assert_allclose(y[:, 1], expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(layer.running_var, [0, centred.var(ddof=1)], rtol=1e-9)


def test_statistics_are_buffers_that_are_saved_and_moved(tmp_path, rng):
    model = nn.Sequential(nn.Conv2d(1, 3, 2, rng=0), nn.BatchNorm(3))
    model(rng.standard_normal((4, 5, 5, 1)).astype(np.float32))
    assert [name for name, _ in model.named_buffers()] == \
        ["layers.1.running_mean", "layers.1.running_var"]
    nn.save(tmp_path / "model.npz", model)
    other = nn.Sequential(nn.Conv2d(1, 3, 2, rng=1), nn.BatchNorm(3))
    nn.load(tmp_path / "model.npz", other)
    for name, values in model.state_dict().items():
        np.testing.assert_array_equal(other.state_dict()[name], values)
    assert model[1].running_mean.any() and (model[1].running_var != 1).all()
    assert model.astype("float64")[1].running_var.dtype == np.float64


def test_no_gradient_reaches_the_statistics_and_no_graph_stays_in_them(rng):
    layer, x = nn.BatchNorm(3), sg.Tensor(rng.random((4, 3), np.float32), requires_grad=True)
    mean, var = layer.running_mean, layer.running_var
    layer(x)
    assert layer.running_mean is mean and layer.running_var is var      # arrays, changed in place
    assert type(mean) is np.ndarray and mean.dtype == var.dtype == np.float32
    with sg.no_grad():
        layer(x)
    np.testing.assert_allclose(mean, (1 - 0.9 ** 2) * x.data.mean(0), rtol=1e-5)


@pytest.mark.parametrize("shape", [(1, 3), (3,), (0, 3), (1, 1, 1, 3), (4, 0, 2, 3)])
def test_fewer_than_two_values_per_channel(shape):
    layer, x = nn.BatchNorm(3), np.zeros(shape, np.float32)
    with pytest.raises(ValueError, match=r"BatchNorm\(3\): in training .* 2 or more values\n.*\n"):
        layer(x)
    np.testing.assert_array_equal(layer.running_mean, 0)
    assert layer.eval()(x).shape == shape


def test_arguments():
    for shape in ((2, 4), (3, 2), ()):
        with pytest.raises(sg.ShapeError, match=r"BatchNorm\(3\).*\n.*\(\.\.\., 3\)"):
            nn.BatchNorm(3)(np.zeros(shape, np.float32))
    with pytest.raises(TypeError, match="another dtype"):
        nn.BatchNorm(2)(np.zeros((3, 2)))
    with pytest.raises(TypeError):
        nn.BatchNorm(2, 0.8)                        # was it momentum, or eps?
    for c in (0, 1.5):
        with pytest.raises(ValueError, match=">= 1"):
            nn.BatchNorm(c)
    for momentum in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="momentum"):
            nn.BatchNorm(2, momentum=momentum)


def test_on_every_backend(xp_backend, rng):
    x = rng.standard_normal((4, 2, 3, 3)).astype(np.float32)
    with sg.backend.use("numpy"):
        reference = nn.BatchNorm(3)
        expected = [reference(x).data, reference.eval()(x).data]
    layer = nn.BatchNorm(3)
    found = [layer(xp_backend.asarray(x)), layer.eval()(xp_backend.asarray(x))]
    for y, z in zip(found, expected):
        np.testing.assert_allclose(xp_backend.to_numpy(y), z, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(xp_backend.to_numpy(layer.running_var), reference.running_var,
                               rtol=1e-5)
