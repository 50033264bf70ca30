"""Where there is no derivative there is a convention: PyTorch's, written down in each docstring."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen import ops

inf, nan = np.inf, np.nan

# expression                        at x                value               gradient of its sum
KINKS = {
    "abs":          (ops.abs,           [-1, 0, 1],     [1, 0, 1],          [-1, 0, 1]),
    "sign":         (ops.sign,          [-2, 0, 2],     [-1, 0, 1],         [0, 0, 0]),
    "relu":         (ops.relu,          [-1, 0, 1],     [0, 0, 1],          [0, 0, 1]),
    "leaky_relu":   (ops.leaky_relu,    [-1, 0, 1],     [-.2, 0, 1],        [.2, .2, 1]),
    "elu":          (lambda x: ops.elu(x, alpha=2.0), [0, 1], [0, 1],       [2, 1]),
    "clip":         (lambda x: ops.clip(x, -1, 1), [-2, -1, 0, 1, 2], [-1, -1, 0, 1, 1],
                     [0, 1, 1, 1, 0]),
    "sqrt":         (ops.sqrt,          [0, 4],         [0, 2],             [inf, .25]),
    "log":          (ops.log,           [0, 1],         [-inf, 0],          [inf, 1]),
    "log1p":        (ops.log1p,         [-1, 0],        [-inf, 0],          [inf, 1]),
    "reciprocal":   (ops.reciprocal,    [0, 2],         [inf, .5],          [-inf, -.25]),
    "x**0":         (lambda x: x ** 0,  [0, 2],         [1, 1],             [0, 0]),
    "x**1":         (lambda x: x ** 1,  [0, 2],         [0, 2],             [1, 1]),
    "x**2":         (lambda x: x ** 2,  [0, 2],         [0, 4],             [0, 4]),
    "x**2.0":       (lambda x: x ** 2.0, [0, -2],       [0, 4],             [0, -4]),
    "x**3":         (lambda x: x ** 3,  [0, -2],        [0, -8],            [0, 12]),
    "x**0.5":       (lambda x: x ** .5, [0, 4],         [0, 2],             [inf, .25]),
    "x**array":     (lambda x: x ** np.array([0., 0., 1., 2.]), [0, 3, 0, 0], [1, 1, 0, 0],
                     [0, 0, 1, 0]),
    "0**x":         (lambda x: 0.0 ** x, [0, 1, 2],     [1, 0, 0],          [0, 0, 0]),
    "array 0**x":   (lambda x: np.zeros(3) ** x, [0, 1, 2], [1, 0, 0],      [0, 0, 0]),
    "max":          (ops.max,           [3, 1, 3],      3,                  [.5, 0, .5]),
    "min":          (ops.min,           [1, 1, 1, 2],   1,                  [1/3, 1/3, 1/3, 0]),
    "maximum":      (lambda x: ops.maximum(x, 1.0), [0, 1, 2], [1, 1, 2],   [0, .5, 1]),
    "minimum":      (lambda x: ops.minimum(1.0, x), [0, 1, 2], [0, 1, 1],   [1, .5, 0]),
    "norm":         (ops.norm,          [0, 0],         0,                  [0, 0]),
    "std":          (ops.std,           [7, 7],         0,                  [0, 0]),
    "normalise":    (lambda x: ops.normalise(x, axis=0), [7, 7], [0, 0],    [0, 0]),
    "where, taken": (lambda x: ops.where(x > 0, ops.log(x), 0.0), [0, 1], [0, 0], [nan, 1]),
    "where, safe":  (lambda x: ops.where(x > 0, ops.log(ops.where(x > 0, x, 1.0)), 0.0),
                     [0, 1], [0, 0], [0, 1]),
    "logsumexp of -inf": (ops.logsumexp, [-inf, -inf],  -inf,               [nan, nan]),
    "logsumexp beside -inf": (ops.logsumexp, [-inf, 2], 2,                  [0, 1]),
    "softmax of -inf":   (ops.softmax,   [-inf, -inf],  [nan, nan],         [nan, nan]),
    "softmax beside -inf": (ops.softmax, [-inf, 2],     [0, 1],             [0, 0]),
}


@pytest.mark.kink
@pytest.mark.parametrize("name", KINKS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_kink(name, dtype):
    expression, at, value, gradient = KINKS[name]
    x = sg.Tensor(np.array(at, dtype), requires_grad=True)
    y = expression(x)
    rtol = 1e-12 if dtype == "float64" else 1e-6
    np.testing.assert_allclose(y.data, value, rtol)
    y.sum().backward()
    np.testing.assert_allclose(x.grad, gradient, rtol)


SMOOTH = ["abs", "sign", "relu", "leaky_relu", "clip", "x**0", "x**1", "x**2", "x**2.0", "x**3",
          "x**array", "max", "min", "maximum", "minimum", "norm", "std", "normalise",
          "logsumexp beside -inf", "softmax beside -inf", "where, safe"]


@pytest.mark.parametrize("name", SMOOTH)
def test_conventions_need_no_warning(name):
    """No division by zero on the way to a finite value and gradient: warnings are errors here."""
    expression, at, _, gradient = KINKS[name]
    x = sg.Tensor(np.array(at, float), requires_grad=True)
    expression(x).sum().backward(create_graph=True)
    np.testing.assert_allclose(x.grad.data, gradient, 1e-12)


@pytest.mark.parametrize("name", ["norm", "std"])
def test_every_derivative_of_a_length_is_zero_at_zero(name):
    """Also the second: no 1/0 hides behind the first."""
    x = sg.Tensor([2.0, 2.0] if name == "std" else [0.0, 0.0], requires_grad=True)
    getattr(ops, name)(x).backward(create_graph=True)
    first = x.grad
    x.zero_grad()
    ops.sum(first * [1.0, 2.0]).backward()
    np.testing.assert_array_equal(x.grad, [0, 0])


@pytest.mark.parametrize("exponent", [np.array([3.0, 2.0, 1.0, 0.0]), np.array([3, 2, 1, 0])])
def test_powers_of_negative_numbers_and_of_zero_have_every_derivative(exponent):
    for at in (-2.0, 0.0, 2.0):
        def derivative(x):
            return sg.grad(lambda x: ops.sum(x ** exponent))(x)

        x = sg.Tensor(np.full(4, at))
        np.testing.assert_allclose(derivative(x).data, [3 * at ** 2, 2 * at, 1, 0])
        second = sg.grad(lambda x: ops.sum(derivative(x)))
        np.testing.assert_allclose(second(x).data, [6 * at, 2, 0, 0])
        np.testing.assert_allclose(sg.grad(lambda x: ops.sum(second(x)))(x).data, [6, 0, 0, 0])


def test_a_tie_splits_evenly_in_each_row():
    x = sg.Tensor([[1.0, 1.0, 0.0], [2.0, 2.0, 2.0]], requires_grad=True)
    x.max(axis=1).backward([1.0, 3.0])
    np.testing.assert_array_equal(x.grad, [[0.5, 0.5, 0], [1, 1, 1]])


@pytest.mark.kink
def test_nan_passes_through():
    x = sg.Tensor([1.0, nan], requires_grad=True)
    for op in (ops.sum, ops.mean, ops.max, ops.min, ops.norm, ops.std, ops.logsumexp, ops.softmax,
               ops.log_softmax, ops.exp, ops.relu, ops.prod, ops.abs, ops.sign):
        assert np.isnan(op(x).data).any(), op
    assert np.isnan(ops.normalise(x, axis=0).data).all()
    assert np.isnan(ops.relu(x).data[1]) and np.isnan(ops.softplus(x).data[1])
