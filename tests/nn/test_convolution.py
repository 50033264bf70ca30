"""Convolutional layers: the ops that they say they are, their settings, their errors."""

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import nn, ops

FORM = {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)}


def batch(rng, *shape):
    return rng.standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("layer, op, form", [(nn.Conv2d, ops.conv2d, FORM),
                                             (nn.ConvTranspose2d, ops.conv_transpose2d,
                                              {**FORM, "output_padding": (1, 0)})])
def test_is_the_op_with_the_weights_of_the_layer(layer, op, form, bias, rng):
    module, x = layer(3, 4, (3, 2), bias=bias, rng=0, **form), batch(rng, 2, 6, 5, 3)
    y = module(x)
    assert isinstance(y, sg.Tensor) and y.dtype == np.float32 and y.op is op
    assert (module.bias is not None) == bias and len(module.parameters()) == 1 + bias
    b = module.bias.data if bias else None
    np.testing.assert_array_equal(y.data, op(x, module.weight.data, b, **form))
    y.sum().backward()
    assert all(p.grad.shape == p.shape and p.grad.dtype == np.float32 and p.grad.any()
               for p in module.parameters())


@pytest.mark.parametrize("activation", ["leaky_relu", "gelu", ops.square])
@pytest.mark.parametrize("kind", [nn.Conv2d, nn.ConvTranspose2d])
def test_an_activation_comes_last(kind, activation, rng):
    """In the same node where the op has it, after it otherwise."""
    function = getattr(ops, activation) if isinstance(activation, str) else activation
    x = batch(rng, 2, 5, 4, 2)
    layer, plain = kind(2, 9, 3, activation=activation, rng=0), kind(2, 9, 3, rng=0)
    y, expected = layer(x), function(plain(x))
    np.testing.assert_allclose(y.data, expected.data, rtol=1e-6, atol=1e-7)
    for z in (y, expected):
        z.backward(np.cos(y.data))
    np.testing.assert_allclose(layer.weight.grad, plain.weight.grad, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(layer.bias.grad, plain.bias.grad, rtol=1e-5, atol=1e-5)
    assert (y.op is layer._op) == (activation == "leaky_relu")
    with pytest.raises(ValueError, match=f"{kind.__name__}: there is no activation 'rely'"):
        kind(2, 2, 3, activation="rely", rng=0)


def test_weights_are_in_the_layout_of_the_op():
    down, up = nn.Conv2d(3, 5, (2, 4), rng=0), nn.ConvTranspose2d(5, 3, (2, 4), rng=0)
    assert down.weight.shape == up.weight.shape == (2, 4, 3, 5)
    assert down.bias.shape == (5,) and up.bias.shape == (3,)


def test_sizes_may_be_numpys_integers():
    three, image = np.int64(3), np.zeros((2, 4, 4, 3), np.float32)
    for layer in (nn.Conv2d(three, three, three, rng=0),
                  nn.ConvTranspose2d(three, three, three, rng=0), nn.BatchNorm(three),
                  nn.LayerNorm(three), nn.LayerNorm((np.int64(4), three))):
        assert layer(image).shape[-1] == 3 and "int64" not in layer.describe()


def test_start_as_documented():
    for layer, numbers in ((nn.Conv2d(4, 20, 5, rng=0), 4 * 25),
                           (nn.ConvTranspose2d(20, 4, 5, rng=0), 4 * 25)):
        bound = numbers ** -0.5
        assert 0.99 * bound < np.abs(layer.weight.data).max() <= bound * (1 + 1e-6)
        assert 0.5 * bound < np.abs(layer.bias.data).max() <= bound
    one, two = nn.Conv2d(1, 2, 3, rng=7), nn.Conv2d(1, 2, 3, rng=np.random.default_rng(7))
    np.testing.assert_array_equal(one.weight.data, two.weight.data)
    assert nn.Conv2d(1, 2, 3, rng=0, dtype="float64").weight.dtype == np.float64


@pytest.mark.parametrize("size", range(5, 13))
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_a_transposed_layer_leads_back_to_any_size(size, stride, rng):
    """Of the S sizes that come down to H, output_padding names the one that it was."""
    x = batch(rng, 1, size, size, 1)
    down = nn.Conv2d(1, 2, 4, stride=stride, padding=1, rng=0)
    rest = (size + 2 - 4) % stride
    up = nn.ConvTranspose2d(2, 1, 4, stride=stride, padding=1, output_padding=rest, rng=0)
    assert up(down(x)).shape == x.shape


def test_a_network_trains(rng):
    """Is the bar upright or lying?  Pixels alone do not tell, their neighbours do."""
    network = nn.Sequential(nn.Conv2d(1, 4, 3, bias=False, rng=0), nn.BatchNorm(4), ops.relu,
                            lambda x: ops.max_pool2d(x, 2), nn.Flatten(), nn.Linear(36, 1, rng=1))
    x, upright = np.zeros((64, 8, 8, 1), np.float32), rng.random((64, 1)) < 0.5
    for image, up in zip(x, upright[:, 0]):
        i, j = rng.integers(0, 5), rng.integers(0, 8)
        image[(slice(i, i + 4), j) if up else (j, slice(i, i + 4))] = 1
    adam = sg.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(40):
        loss = ops.bce_with_logits(network(x), upright).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    assert ((network.eval()(x).data > 0) == upright).mean() > 0.95


def test_looks():
    assert nn.Conv2d(1, 8, 3, rng=0).describe() == "Conv2d(1, 8, 3)"
    layer = nn.ConvTranspose2d(8, 1, (4, 3), stride=2, padding=(1, 0), output_padding=1, rng=0)
    assert nn.Conv2d(1, 8, 3, activation="relu", rng=0).describe() == "Conv2d(1, 8, 3, 'relu')"
    assert layer.describe() == \
        "ConvTranspose2d(8, 1, (4, 3), stride=2, padding=(1, 0), output_padding=1)"


@pytest.mark.parametrize("x, error, message", [
    (np.zeros((2, 5, 5, 4), np.float32), sg.ShapeError, r"Conv2d\(3, 4, 3\): conv2d: C is 4 in x"),
    (np.zeros((5, 5, 3), np.float32), sg.ShapeError, r"x needs 4 axes \(N, H, W, C\)"),
    (np.zeros((2, 2, 5, 3), np.float32), ValueError, r"Conv2d\(3, 4, 3\).*larger than the image"),
    (np.zeros((2, 5, 5, 3)), TypeError, r"(?s)Conv2d\(3, 4, 3\).*expected  float32.*hint"),
])
def test_an_input_that_does_not_fit(x, error, message):
    with pytest.raises(error, match=message):
        nn.Conv2d(3, 4, 3, rng=0)(x)


@pytest.mark.parametrize("make, message", [
    (lambda: nn.Conv2d(0, 1, 3, rng=0), "Conv2d: input channels .* >= 1, got 0"),
    (lambda: nn.ConvTranspose2d(1, 2.0, 3, rng=0), "ConvTranspose2d: output channels"),
    (lambda: nn.Conv2d(1, 1, 0, rng=0), "Conv2d: kernel is"),
    (lambda: nn.Conv2d(1, 1, 3, stride=0, rng=0), "Conv2d: stride is"),
    (lambda: nn.Conv2d(1, 1, 3, padding=-1, rng=0), "Conv2d: padding is"),
    (lambda: nn.ConvTranspose2d(1, 1, 3, stride=(3, 2), output_padding=2, rng=0),
     r"less than the stride\n.*\(3, 2\)\n.*\(2, 2\)"),
])
def test_settings_that_cannot_be(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_rng_is_required():
    with pytest.raises(TypeError, match="rng"):
        nn.Conv2d(1, 1, 3)


def test_on_every_backend(xp_backend, rng):
    x = batch(rng, 2, 5, 6, 2)
    with sg.backend.use("numpy"):
        expected = [nn.Conv2d(2, 3, 3, stride=2, rng=0)(x).data,
                    nn.ConvTranspose2d(2, 3, 3, stride=2, rng=0)(x).data]
    for layer, y in zip((nn.Conv2d, nn.ConvTranspose2d), expected):
        module = layer(2, 3, 3, stride=2, rng=0)
        found = module(xp_backend.asarray(x))
        np.testing.assert_allclose(xp_backend.to_numpy(found), y, rtol=1e-5, atol=1e-6)
        found.sum().backward()
        assert xp_backend.to_numpy(module.weight.grad).any()
