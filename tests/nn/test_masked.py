"""Masked layers: what an output cannot see has a derivative of exactly zero, by the engine."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen import nn


def test_a_masked_linear_is_a_linear_with_some_weights_at_zero(rng):
    mask = (rng.random((4, 3)) < 0.5).astype(float)
    layer = nn.MaskedLinear(mask, rng=0, activation="gelu", dtype="float64")
    twin = nn.Linear(4, 3, rng=0, activation="gelu", dtype="float64")
    twin.weight.data = twin.weight.data * mask
    x = rng.normal(size=(5, 4))
    np.testing.assert_allclose(layer(x).numpy(), twin(x).numpy(), rtol=1e-14)
    ((layer(x)) ** 2).sum().backward()
    np.testing.assert_array_equal(layer.weight.grad == 0, mask == 0)
    assert "mask" in layer.state_dict() and layer.describe() == "MaskedLinear(4, 3, 'gelu')"


@pytest.mark.parametrize("hidden", [(), (2,), (9,), (40, 30)])
@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("order", [None, [2, 0, 3, 1]])
def test_each_output_sees_all_features_before_its_own_and_no_other(hidden, outputs, order, rng):
    d = 4
    network = nn.MaskedMLP(d, hidden, outputs=outputs, order=order, activation="tanh", rng=0,
                           dtype="float64")
    slopes = sg.jacobian(network)(rng.normal(size=d))              # (K, D, D)
    order = list(range(d)) if order is None else order
    in_order = slopes[:, order][:, :, order]
    before = np.tril(np.ones((d, d)), -1)
    assert np.all(in_order[:, before == 0] == 0)
    if hidden != (2,):                      # two units have two degrees, and cannot tell three
        assert np.all(in_order[:, before == 1] != 0)
    assert network.position.tolist() == np.argsort(order).tolist()
    assert network(rng.normal(size=(3, 2, d))).shape == (3, 2, outputs, d)


def test_one_feature_sees_nothing(rng):
    network = nn.MaskedMLP(1, (5,), rng=0, dtype="float64")
    assert sg.jacobian(network)(rng.normal(size=1)).item() == 0


@pytest.mark.parametrize("kind, itself", [("A", False), ("B", True)])
@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_a_masked_convolution_sees_the_pixels_before_its_own(kind, itself, kernel, rng):
    layer = nn.MaskedConv2d(kind, 2, 3, kernel, rng=0, dtype="float64")
    assert layer.describe().startswith("MaskedConv2d(2, 3, ") and f", {kind})" in layer.describe()
    h, w = 4, 5
    slopes = np.abs(sg.jacobian(layer)(rng.normal(size=(1, h, w, 2)))).sum((0, 3, 4, 7))
    reach = kernel // 2
    for i, j, k, m in np.ndindex(h, w, h, w):                   # of (k, m) on (i, j)
        near = abs(i - k) <= reach and abs(j - m) <= reach
        before = (k, m) < (i, j) or (itself and (k, m) == (i, j))
        assert (slopes[i, j, k, m] != 0) == (near and before)


def test_gradients(rng):
    x = rng.normal(size=(2, 3))
    for order in (1, 2):
        sg.gradcheck(nn.MaskedMLP(3, (5,), order=[1, 2, 0], activation="tanh", rng=0,
                                  dtype="float64"), x, order=order)
        sg.gradcheck(nn.MaskedConv2d("B", 1, 2, 3, rng=0, dtype="float64"),
                     rng.normal(size=(1, 3, 3, 1)), order=order)


def test_values_on_every_backend(xp_backend, rng):
    x = rng.normal(size=(2, 4)).astype(np.float32)
    image = rng.normal(size=(1, 4, 3, 2)).astype(np.float32)
    makers = {"mlp": (lambda: nn.MaskedMLP(4, (6,), outputs=2, order=[3, 1, 0, 2], rng=0), x),
              "conv": (lambda: nn.MaskedConv2d("A", 2, 3, 3, rng=0), image)}
    for make, value in makers.values():
        with sg.backend.use("numpy"):
            expected = make()(value).numpy()
        found = make()(xp_backend.asarray(value))
        np.testing.assert_allclose(xp_backend.to_numpy(found), expected, rtol=1e-5, atol=1e-6)


def test_what_is_refused():
    with pytest.raises(ValueError, match="there is no mask 'C'"):
        nn.MaskedConv2d("C", 1, 1, 3, rng=0)
    with pytest.raises(ValueError, match="an odd number\n  got       4"):
        nn.MaskedConv2d("A", 1, 1, 4, rng=0)
    with pytest.raises(ValueError, match="names each feature once"):
        nn.MaskedMLP(3, order=[0, 0, 1], rng=0)
    with pytest.raises(TypeError, match="MaskedLinear.*another dtype"):
        nn.MaskedMLP(3, rng=0)(np.zeros((2, 3)))
