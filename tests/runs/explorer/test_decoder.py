"""The list of layers says all of a decoder: read by a few lines of NumPy, it gives its outputs."""
import json
import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from scratchgen import data, models, nn, ops
from scratchgen.autodiff.tensor import no_grad
from scratchgen.runs.explorer import decoder

_erf = np.vectorize(math.erf)
ACTIVATIONS = {
    "relu": lambda x: np.maximum(x, 0), "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "elu": lambda x: np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1),
    "silu": lambda x: x / (1 + np.exp(-x)), "tanh": np.tanh,
    "gelu": lambda x: x * (1 + _erf(x / math.sqrt(2))) / 2,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "softplus": lambda x: np.log1p(np.exp(x))}


def evaluate(network, code):
    """The outputs for one code, from the JSON of the layers, in float64 and by plain loops."""
    y = np.asarray(code, float)
    assert y.shape == (network.inputs,)
    for layer in json.loads(json.dumps(network.layers)):
        arrays = {name: network.weights[slice(*layer[name])].astype(float)
                  for name in ("weight", "bias", "scale", "shift") if layer.get(name)}
        y = READERS.get(layer["kind"], activation)(y, layer, **arrays)
    assert y.shape == (network.outputs,)
    return y


def activation(x, layer):
    return ACTIVATIONS[layer["kind"]](x)


def affine(x, layer, scale, shift):
    return (x.reshape(-1, layer["channels"]) * scale + shift).ravel()


def linear(x, layer, weight, bias=0.0):
    w = weight.reshape(layer["inputs"], layer["outputs"])
    return (x.reshape(layer["rows"], layer["inputs"]) @ w + bias).ravel()


def conv2d(x, layer, weight, bias=0.0):
    x, y = x.reshape(layer["input"]), np.zeros(layer["output"]) + bias
    w = weight.reshape(*layer["kernel"], x.shape[2], y.shape[2])
    for small, large, tap in taps(y.shape, x.shape, layer):
        y[small] += x[large] @ w[tap]
    return y.ravel()


def conv_transpose2d(x, layer, weight, bias=0.0):
    x, y = x.reshape(layer["input"]), np.zeros(layer["output"]) + bias
    w = weight.reshape(*layer["kernel"], y.shape[2], x.shape[2])
    for small, large, tap in taps(x.shape, y.shape, layer):
        y[large] += w[tap] @ x[small]
    return y.ravel()


def taps(small, large, layer):
    for place in np.ndindex(*small[:2], *layer["kernel"]):
        window, tap = place[:2], place[2:]
        cell = tuple(i * s - p + k * d for i, k, s, p, d in zip(
            window, tap, layer["stride"], layer["padding"], layer["dilation"]))
        if all(0 <= c < n for c, n in zip(cell, large)):
            yield window, cell, tap


READERS = {"affine": affine, "linear": linear, "conv2d": conv2d,
           "conv_transpose2d": conv_transpose2d}


def assert_same(module, inputs, seed=0):
    module.eval()
    codes = np.random.default_rng(seed).normal(size=(3, inputs)).astype(np.float32)
    network = decoder.network(module, inputs)
    assert network.weights.dtype == np.float32
    with no_grad():
        expected = module(codes).numpy()
    for code, y in zip(codes, expected):
        np.testing.assert_allclose(evaluate(network, code), y.ravel(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", decoder.ACTIVATIONS)
@pytest.mark.parametrize("form", [str, lambda name: getattr(ops, name)], ids=["name", "function"])
def test_every_activation_by_name_and_as_the_op_itself(name, form):
    assert_same(nn.mlp(3, 7, 5, 4, activation=form(name), rng=0), 3)
    assert_same(nn.Sequential(nn.Linear(3, 4, rng=0), getattr(ops, name)), 3)


@pytest.mark.parametrize("model", [
    models.vae_dense((8, 8, 1), 2, (9, 6), rng=0), models.vae_dense(5, 1, rng=1),
    models.vae_dense((4, 3), 3, (6,), activation="softplus", likelihood="gaussian", rng=2),
    models.autoencoder_dense((4, 4, 3), 2, (5,), activation="elu", rng=3),
    models.vae_conv((8, 8, 1), 2, (3, 4), rng=0), models.vae_conv((7, 5), 3, (2, 3, 4), rng=1),
    models.vae_conv((9, 12, 3), 2, (4,), kernel=4, activation="leaky_relu", rng=2),
    models.autoencoder_conv((6, 7, 2), 2, (3,), kernel=5, activation="tanh", rng=3),
    models.build("vaegan", dict(image_shape=(8, 8), latent=3, channels=(3, 4), rng=4))],
    ids=lambda model: model.config["name"])
def test_the_decoders_that_constructors_make(model):
    assert_same(model.decoder, model.config["latent"])


def test_batch_normalisation_is_the_one_in_use():
    rng = np.random.default_rng(0)
    module = nn.Sequential(nn.Linear(4, 12, rng=0), nn.BatchNorm(12, activation="relu"),
                           nn.Reshape((2, 2, 3)), nn.BatchNorm(3),
                           nn.ConvTranspose2d(3, 2, 3, stride=2, padding=1, rng=1), nn.Flatten(),
                           nn.Dropout(0.5, rng=2), nn.Linear(18, 5, bias=False, rng=3))
    for layer in (module[1], module[3]):
        for parameter in (layer.weight, layer.bias):
            parameter.data = rng.normal(size=parameter.shape).astype(np.float32)
    for _ in range(5):
        module(rng.normal(2, 3, size=(50, 4)).astype(np.float32))       # running statistics move
    assert_same(module, 4)


@given(h=st.integers(1, 5), w=st.integers(1, 5), c=st.integers(1, 3), o=st.integers(1, 3),
       kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)), form=st.fixed_dictionaries(
           {"stride": st.tuples(st.integers(1, 3), st.integers(1, 3)),
            "padding": st.tuples(st.integers(0, 1), st.integers(0, 1)),
            "dilation": st.tuples(st.integers(1, 2), st.integers(1, 2))}),
       transposed=st.booleans(), bias=st.booleans())
def test_convolutions_of_any_geometry(h, w, c, o, kernel, form, transposed, bias):
    layer = (nn.ConvTranspose2d if transposed else nn.Conv2d)(c, o, kernel, **form, bias=bias,
                                                              rng=0)
    try:
        layer(np.zeros((1, h, w, c), np.float32))
    except ValueError:                                  # the kernel is larger than the image
        return
    assert_same(nn.Sequential(nn.Reshape((h, w, c)), layer), h * w * c)


def test_rows_go_through_a_linear_layer_one_by_one():
    assert_same(nn.Sequential(nn.Reshape((2, -1)), nn.Linear(3, 4, rng=0), nn.Flatten(),
                              nn.Linear(8, 2, rng=1)), 6)


def test_a_conditional_decoder_takes_the_code_and_then_the_label():
    model = models.vae_dense((8, 8, 1), 2, (9,), condition=3, rng=0)
    network = decoder.network(model.decoder, 5)
    z = np.float32([[0.3, -1.2]])
    for k in range(3):
        y = evaluate(network, [*z[0], *np.eye(3)[k]])
        with no_grad():
            expected = model.given(k).image(z)
        np.testing.assert_allclose(1 / (1 + np.exp(-y)), expected.data.ravel(), atol=1e-6)


class Twice(nn.Linear):
    def forward(self, x):
        return 2 * super().forward(x)


@pytest.mark.parametrize("layer, name", [
    (nn.LayerNorm(4), "LayerNorm"), (ops.cos, "cos"), (lambda x: x, "<lambda>"),
    (Twice(4, 4, rng=0), "Twice"), (nn.Linear(4, 4, activation="exp", rng=0), "'exp'")])
def test_a_layer_that_a_page_cannot_compute_is_named(layer, name):
    with pytest.raises(TypeError, match="cannot compute") as error:
        decoder.network(nn.Sequential(nn.Linear(2, 4, rng=0), layer), 2)
    assert name in str(error.value) and "ConvTranspose2d" in str(error.value)


def test_a_decoder_that_is_too_large_names_the_limit(monkeypatch):
    monkeypatch.setattr(decoder, "MOST_WEIGHTS", 19)
    module = nn.mlp(2, 4, 2, rng=0)                     # 2 4 + 4 + 4 2 + 2 = 22
    with pytest.raises(ValueError, match="at most 19 weights\n  got       22"):
        decoder.network(module, 2)
    monkeypatch.setattr(decoder, "MOST_WEIGHTS", 22)
    assert len(decoder.network(module, 2).weights) == 22


def test_the_digits_take_a_page_of_less_than_a_megabyte():
    shape = data.load("digits").test.shape
    assert len(decoder.network(models.vae_dense(shape, 10, (256, 128), rng=0).decoder, 10)
               .weights) < 100_000
