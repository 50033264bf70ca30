"""Dropout keeps the mean and its place in the noise; LayerNorm standardises each example."""

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import nn, ops
from tests.support.statistics import assert_estimate


# ---- dropout -----------------------------------------------------------------------------------

def test_dropout_drops_with_probability_p_and_keeps_the_mean():
    p, n = 0.3, 100_000
    y = nn.Dropout(p, rng=0)(np.ones(n))
    np.testing.assert_allclose(np.unique(y), [0, 1 / (1 - p)], rtol=1e-15)
    assert_estimate(np.mean(y == 0), p, standard_error=np.sqrt(p * (1 - p) / n))
    assert_estimate(y.mean(), 1, standard_error=np.sqrt(p / (1 - p) / n))


def test_dropout_masks_are_fresh_at_each_call_and_reach_the_gradient():
    layer, x = nn.Dropout(0.5, rng=0), sg.Tensor(np.ones((4, 50), np.float32), requires_grad=True)
    y, z = layer(x), layer(x)
    assert y.dtype == np.float32 and (y.data != z.data).any()
    ops.sum(y).backward()
    np.testing.assert_array_equal(x.grad, y.data)


def test_dropout_does_nothing_in_use():
    x = np.ones(3, np.float32)
    assert nn.Dropout(0.5, rng=0).eval()(x) is x
    assert nn.Dropout(0.0, rng=0)(x) is x


def test_dropout_has_noise_of_its_own():
    shared = np.random.default_rng(0)
    layer = nn.Dropout(0.5, rng=shared)
    state = shared.bit_generator.state
    first = layer(np.ones(20))
    assert shared.bit_generator.state == state
    np.testing.assert_array_equal(first, nn.Dropout(0.5, rng=np.random.default_rng(0))(np.ones(20)))
    assert (nn.Dropout(0.5, rng=shared)(np.ones(20)) != first).any()


def test_dropout_of_integers_would_round_its_factor():
    with pytest.raises(TypeError, match="int64(.|\n)*astype"):
        nn.Dropout(0.3, rng=0)(np.ones(3, int))


@pytest.mark.parametrize("p", [-0.1, 1.0, 1.5, float("nan")])
def test_dropout_of_no_probability(p):
    with pytest.raises(ValueError, match="0 <= p < 1"):
        nn.Dropout(p, rng=0)


def test_dropout_on_every_backend_drops_the_same(xp_backend):
    y = nn.Dropout(0.5, rng=7)(xp_backend.asarray(np.ones((4, 5)), "float32"))
    kept = np.random.default_rng(np.random.default_rng(7).integers(2**63)).random((4, 5)) >= 0.5
    np.testing.assert_array_equal(xp_backend.to_numpy(y), 2 * kept)


# ---- layer normalisation -----------------------------------------------------------------------

@pytest.mark.parametrize("shape", [5, (5,), (3, 5)])
def test_layer_norm_standardises_then_scales_and_shifts(shape, rng):
    x = rng.normal(3, 2, (7, 3, 5))
    layer = nn.LayerNorm(shape, dtype="float64")
    axes = tuple(range(-len(layer.weight.shape), 0))
    y = layer(x).numpy()
    np.testing.assert_allclose(y.mean(axes), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(axes), 1, rtol=1e-4)       # eps takes a little

    for p in layer.parameters():
        p.data = rng.random(p.shape)
    mean, var = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    expected = (x - mean) / np.sqrt(var + 1e-5) * layer.weight.data + layer.bias.data
    np.testing.assert_allclose(layer(x).numpy(), expected, rtol=1e-10, atol=1e-12)


def test_layer_norm_treats_each_example_by_itself(rng):
    layer, x = nn.LayerNorm(4), rng.standard_normal((3, 4)).astype(np.float32)
    np.testing.assert_allclose(layer(x).numpy()[:1], layer(x[:1]).numpy(), rtol=1e-6)


def test_layer_norm_of_a_constant_is_finite():
    layer = nn.LayerNorm(4)
    np.testing.assert_array_equal(layer(np.full((2, 4), 7, np.float32)).numpy(), 0)


@pytest.mark.parametrize("shape", [(2, 3), (4,), (), (5, 4, 3)])
def test_layer_norm_of_another_shape(shape):
    with pytest.raises(sg.ShapeError, match=r"LayerNorm\(\(4, 5\)\).*\n.*\(\.\.\., 4, 5\)"):
        nn.LayerNorm((4, 5))(np.zeros(shape, np.float32))


def test_layer_norm_settings():
    with pytest.raises(TypeError, match="another dtype"):
        nn.LayerNorm(2)(np.zeros((1, 2)))
    for shape in (0, (), (2, -1)):
        with pytest.raises(ValueError, match="positive"):
            nn.LayerNorm(shape)


def test_layer_norm_on_every_backend(xp_backend, rng):
    x = rng.standard_normal((3, 4)).astype(np.float32)
    expected = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
    y = nn.LayerNorm(4)(xp_backend.asarray(x))
    np.testing.assert_allclose(xp_backend.to_numpy(y), expected, rtol=1e-4, atol=1e-6)
