"""Transforms, gradcheck and explain wherever the arrays live, not only in NumPy."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen import Tensor, ops

X = np.array([0.3, -1.2, 2.0])


def cubic(x):
    return ops.sum(x * x * x)


def test_every_transform(xp_backend):
    x, v = xp_backend.asarray(X), xp_backend.asarray(X[::-1])
    tolerance = 1e-5 if xp_backend.dtype == "float32" else 1e-12
    value, gradient = sg.value_and_grad(cubic)(x)
    y, pullback = sg.vjp(ops.exp, x)
    cases = [(value, (X ** 3).sum()), (gradient, 3 * X ** 2),
             (sg.jacobian(ops.exp)(x), np.diag(np.exp(X))), (sg.hessian(cubic)(x), np.diag(6 * X)),
             (sg.hvp(cubic, x, v), 6 * X * X[::-1]),
             (y, np.exp(X)), (pullback(v)[0], np.exp(X) * X[::-1]),
             (sg.jvp(ops.exp, x, v)[1], np.exp(X) * X[::-1]),
             (sg.jacobian(lambda x: x[:0])(x), np.zeros((0, 3))),
             (sg.grad(lambda x: ops.sum(sg.grad(cubic)(x) * x))(x), 9 * X ** 2),
             (sg.grad(lambda x, y: ops.sum(x), 1)(x, x), np.zeros(3))]
    for actual, expected in cases:
        np.testing.assert_allclose(xp_backend.to_numpy(actual), expected, rtol=tolerance,
                                   atol=tolerance)


def test_backward_with_and_without_a_graph(xp_backend):
    x = Tensor(xp_backend.asarray(X), requires_grad=True)
    (x * x).backward(xp_backend.asarray(X))
    np.testing.assert_allclose(xp_backend.to_numpy(x.grad), 2 * X * X, rtol=1e-5)
    x.zero_grad()
    cubic(x).backward(create_graph=True)
    np.testing.assert_allclose(xp_backend.to_numpy(x.grad), 3 * X * X, rtol=1e-5)
    x.zero_grad()


def test_gradcheck(xp_backend):
    if xp_backend.dtype == "float32":
        with pytest.raises(TypeError, match="needs float64"):
            sg.gradcheck(ops.tanh, xp_backend.asarray(X))
        return
    x, w = xp_backend.asarray(X.reshape(1, 3)), xp_backend.asarray(np.ones((3, 2)))
    assert sg.gradcheck(lambda x, w: ops.tanh(x @ w), x, w, order=2)
    many = xp_backend.asarray(np.linspace(-1, 1, 200))
    assert sg.gradcheck(ops.sin, many, order=2)


def test_explain(xp_backend):
    w = Tensor(xp_backend.asarray(np.ones((3, 2))), requires_grad=True)
    loss = ops.sum(ops.tanh(ops.matmul(xp_backend.asarray(X.reshape(1, 3)), w)) * 2.0)
    e = sg.explain(loss)
    assert "dloss/dw = " in str(e) and "to dL/dx" in str(e)
    assert str(e.why(w)).startswith("dloss/dw = ")
    if xp_backend.dtype == "float64":
        assert e.check()
