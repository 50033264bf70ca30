"""Log-dets far out, where y itself is rounded; points that no x leads to; what is refused."""
import math

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import nn
from scratchgen.distributions import bijectors
from tests.distributions.bijectors.cases import BOUNDED, D, coupling, values

# |x| = 700 is as far as exp(-x) goes in float64; the log-dets are those of the tails, by hand.
FAR = {"Sigmoid": lambda x: -abs(x), "Tanh": lambda x: 2 * math.log(2) - 2 * abs(x),
       "Softplus": lambda x: min(x, 0.0), "Exp": lambda x: x}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("x", [-600.0, -80.0, 80.0, 600.0])
@pytest.mark.parametrize("name", FAR)
def test_log_dets_and_their_gradients_far_out(name, x, dtype):
    if name == "Exp" and x == 600 and dtype == "float32":
        x = 88.0                                        # the largest power that is a float32
    f, point = BOUNDED[name](None), np.array([x], dtype)
    log_det = f.forward_and_log_det(point)[1]
    np.testing.assert_allclose(log_det, FAR[name](x), rtol=1e-6 if dtype == "float32" else 1e-14,
                               atol=1e-30)
    slope = sg.grad(lambda v: sg.ops.sum(f.forward_and_log_det(v)[1]))(point)
    expected = FAR[name](x + 1.0) - FAR[name](x)
    np.testing.assert_allclose(slope, expected, rtol=1e-5, atol=1e-30)


@pytest.mark.parametrize("name, y", [("Exp", 1e-300), ("Exp", 1e300), ("Sigmoid", 1e-300),
                                     ("Sigmoid", 1 - 1e-16), ("Tanh", 1 - 1e-16),
                                     ("Tanh", -1 + 1e-16), ("Softplus", 1e-300),
                                     ("Softplus", 1e300), ("Softplus", 40.0)])
def test_the_way_back_from_the_edge(name, y):
    f, y = BOUNDED[name](None), np.array([y])
    x, log_det = f.inverse_and_log_det(y)
    assert np.isfinite(x).all() and np.isfinite(log_det).all()
    np.testing.assert_allclose(f(x), y, rtol=1e-12)
    np.testing.assert_allclose(log_det, -f.forward_and_log_det(x)[1], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name, outside", [("Exp", [0.0, -1.0, -np.inf]),
                                           ("Softplus", [0.0, -1.0]),
                                           ("Sigmoid", [0.0, 1.0, -3.0, 2.0]),
                                           ("Tanh", [-1.0, 1.0, 4.0])])
def test_where_no_x_leads_the_log_det_is_minus_infinity_and_gradients_are_none(name, outside):
    f, y = BOUNDED[name](None), np.array([0.3, *outside])
    x, log_det = f.inverse_and_log_det(y)
    assert np.isfinite(x).all() and np.isfinite(log_det[0]) and (log_det[1:] == -np.inf).all()
    slope = sg.grad(lambda v: sg.ops.sum(f.inverse_and_log_det(v)[1][:1]))(y)
    assert np.isfinite(slope).all() and (slope[1:] == 0).all()


@pytest.mark.parametrize("name", BOUNDED)
def test_a_nan_passes_through(name):
    for result in (*BOUNDED[name](None).forward_and_log_det(np.array([np.nan])),
                   *BOUNDED[name](None).inverse_and_log_det(np.array([np.nan]))):
        assert np.isnan(result).all()


def test_a_network_can_scale_by_no_more_than_its_limit(rng):
    f = coupling(rng)
    for p in f.parameters():
        p.data = 1e3 * p.data
    y, log_det = values(*f.forward_and_log_det(rng.normal(size=(5, D))))
    assert np.isfinite(y).all() and np.abs(log_det).max() <= 3.0 * D


# ---- the first batch -----------------------------------------------------------------------------

def test_the_first_batch_of_data_is_normalised_and_no_other(rng):
    f = bijectors.ActNorm(2, dtype="float64")
    first = rng.normal([5.0, -1.0], [0.1, 30.0], size=(200, 2))
    assert np.array_equal(values(f(first))[0], first)           # data comes from the other side
    x, log_det = values(*f.inverse_and_log_det(first))
    np.testing.assert_allclose(x.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(x.std(0), 1, rtol=1e-12)
    np.testing.assert_allclose(log_det, -np.log(first.std(0)).sum())
    before = f.state_dict()
    f.inverse(first + 7)
    assert all(np.array_equal(before[name], values) for name, values in f.state_dict().items())


def test_in_use_nothing_is_set(rng):
    f, x = bijectors.ActNorm(2).eval(), rng.normal(size=(5, 2)).astype(np.float32) + 3
    np.testing.assert_array_equal(values(f.inverse(x))[0], x)
    f.train()
    assert abs(values(f.inverse(x))[0].mean()) < 1e-6


def test_a_loaded_actnorm_is_not_set_again(rng, tmp_path):
    f, x = bijectors.ActNorm(2), rng.normal(size=(50, 2)).astype(np.float32)
    f.inverse(x)
    nn.save(tmp_path / "f.npz", f)
    twin = bijectors.ActNorm(2)
    nn.load(tmp_path / "f.npz", twin)
    np.testing.assert_array_equal(values(twin.inverse(3 * x))[0], values(f.inverse(3 * x))[0])


def test_a_feature_that_never_varies_is_not_blown_up():
    f = bijectors.ActNorm(1)
    x = values(f.inverse(np.full((10, 1), 0.1, np.float32)))[0]
    assert np.abs(x).max() < 1e-2
    with pytest.raises(ValueError, match="one example has no standard deviation"):
        bijectors.ActNorm(1).inverse(np.zeros((1, 1), np.float32))


def test_what_stands_above_the_diagonal_is_never_read(rng):
    matrix, x = rng.normal(size=(D, D)), rng.normal(size=(4, D))
    full, lower = (bijectors.TriangularAffine(0.5, m) for m in (matrix, np.tril(matrix)))
    for direction in ("forward_and_log_det", "inverse_and_log_det"):
        for a, b in zip(getattr(full, direction)(x), getattr(lower, direction)(x)):
            np.testing.assert_array_equal(a, b)


# ---- what is refused -----------------------------------------------------------------------------

def test_scales_of_zero():
    with pytest.raises(ValueError, match="Affine: a scale of 0"):
        bijectors.Affine(1.0, [1.0, 0.0])
    with pytest.raises(ValueError, match="Affine: a scale of 0"):
        bijectors.Affine(1.0, 0)
    with pytest.raises(ValueError, match="a diagonal entry of 0"):
        bijectors.TriangularAffine(0.0, np.ones((3, 3)) - np.eye(3))
    with pytest.raises(ValueError, match="one of scale and log_scale"):
        bijectors.Affine(1.0, 2.0, log_scale=0.0)


def test_shapes_that_do_not_fit(rng):
    with pytest.raises(sg.ShapeError, match=r"expected  \(4, 1\), or less\n.*shift \(3,\)"):
        bijectors.Affine(np.zeros(3)).forward(np.zeros((4, 1)))
    with pytest.raises(sg.ShapeError, match="one square matrix"):
        bijectors.TriangularAffine(0.0, np.ones((3, 2)))
    with pytest.raises(sg.ShapeError, match="the shift is a vector"):
        bijectors.TriangularAffine(np.zeros(2), np.eye(3))
    wide = nn.MaskedMLP(D, outputs=1, rng=0)
    with pytest.raises(sg.ShapeError, match="two outputs"):
        bijectors.MaskedAutoregressive(wide)
    narrow = bijectors.Coupling([0, 1, 0], nn.mlp(D, D, rng=0))
    with pytest.raises(sg.ShapeError, match=r"expected  \(2, 6\)\n  got       \(2, 3\)"):
        narrow.forward(np.zeros((2, D), np.float32))
    for f in (bijectors.Permute([1, 0]), bijectors.TriangularAffine(0.0, np.eye(2)),
              bijectors.ActNorm(2), bijectors.Coupling([0, 1], nn.mlp(2, 4, rng=0)),
              bijectors.MaskedAutoregressive(nn.MaskedMLP(2, outputs=2, rng=0))):
        for direction in (f.forward, f.inverse):
            with pytest.raises(sg.ShapeError, match=r"expected  \(\.\.\., 2\)"):
                direction(np.zeros((4, 3), np.float32))


def test_what_is_no_permutation_no_mask_no_limit_no_bijector():
    for order in ([0, 0, 1], [1, 2, 3], [-1, 0]):
        with pytest.raises(ValueError, match="not a permutation"):
            bijectors.Permute(order)
    for mask in ([1, 1], [0, 0], [0, 1, 0.5]):
        with pytest.raises(ValueError, match="0s and 1s, some of each"):
            bijectors.Coupling(mask, nn.mlp(2, 4, rng=0))
    for limit in (0, -1, math.inf, math.nan):
        with pytest.raises(ValueError, match="a positive number"):
            bijectors.Coupling([0, 1], nn.mlp(2, 4, rng=0), limit=limit)
    with pytest.raises(TypeError, match="links are bijectors, got ufunc"):
        bijectors.Chain(bijectors.Exp(), np.exp)


def test_an_empty_chain_is_the_identity(rng):
    f, x = bijectors.Chain(), rng.normal(size=(2, D))
    for y, log_det in (f.forward_and_log_det(x), f.inverse_and_log_det(x)):
        np.testing.assert_array_equal(y, x)
        np.testing.assert_array_equal(log_det, 0 * x)


def test_a_chain_is_indexed_like_a_list():
    f = bijectors.Chain(bijectors.Exp(), bijectors.Tanh(), bijectors.Softplus())
    assert len(f) == 3 and f[1] is f.bijectors[1]
    assert isinstance(f[1:], bijectors.Chain) and f[1:].bijectors == f.bijectors[1:]
