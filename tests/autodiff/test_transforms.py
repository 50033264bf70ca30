"""grad, vjp, jvp, jacobian, hessian, hvp: against calculus, each other, and inside each other."""
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import scratchgen as sg
from scratchgen import Tensor, ops

X = np.array([0.3, -1.2, 2.0])
Y = np.array([[1.0, 2.0, 3.0], [0.5, -0.5, 0.25]])


def close(actual, expected, **tolerance):
    tolerance = {"rtol": 1e-12, "atol": 1e-12} | tolerance
    np.testing.assert_allclose(np.asarray(actual), expected, **tolerance)


def cubic(x):
    return ops.sum(x * x * x) / 3


# ---- against calculus ---------------------------------------------------------------------------

def test_gradient_of_a_sum_of_cubes():
    close(sg.grad(cubic)(X), X ** 2)


def test_value_and_gradient_come_from_one_run():
    runs = []

    def f(x):
        runs.append(1)
        return cubic(x)
    y, g = sg.value_and_grad(f)(X)
    close(y, (X ** 3).sum() / 3)
    close(g, X ** 2)
    assert len(runs) == 1


@pytest.mark.parametrize("order, expected", [
    (0, math.sin(0.7)), (1, math.cos(0.7)), (2, -math.sin(0.7)), (3, -math.cos(0.7)),
    (4, math.sin(0.7)),
])
def test_derivatives_of_any_order(order, expected):
    f = ops.sin
    for _ in range(order):
        f = sg.grad(f)
    close(f(np.float64(0.7)), expected)


def test_argnums_choose_the_arguments():
    def f(a, b, scale=1.0):
        return ops.sum(a * a * b) * scale
    close(sg.grad(f, 1)(X, X + 1), X ** 2)
    close(sg.grad(f, -1)(X, X + 1), X ** 2)
    a, b = sg.grad(f, (0, 1))(X, X + 1, scale=2.0)
    close(a, 4 * X * (X + 1))
    close(b, 2 * X ** 2)
    only, = sg.grad(f, (1,))(X, X + 1)
    close(only, X ** 2)


def test_jacobian_has_the_shape_of_the_output_then_of_the_input():
    weights = np.arange(6.0).reshape(3, 2)
    j = sg.jacobian(lambda y: y @ weights)(Y)
    assert j.shape == (2, 2, 2, 3)
    close(j, np.einsum("ni,ko->noik", np.eye(2), weights))
    a, b = sg.jacobian(ops.multiply, (0, 1))(X, Y)
    assert a.shape == (2, 3, 3) and b.shape == (2, 3, 2, 3)
    close(a, np.einsum("ni,ij->nij", Y, np.eye(3)))


def test_jacobian_of_a_scalar_is_its_gradient_and_of_nothing_is_empty():
    close(sg.jacobian(cubic)(X), sg.grad(cubic)(X))
    assert sg.jacobian(lambda x: x[:0])(X).shape == (0, 3)
    assert sg.jacobian(lambda x: ops.exp(x))(np.zeros((2, 0))).shape == (2, 0, 2, 0)
    assert isinstance(sg.jacobian(lambda x: x[:0])(Tensor(X)), Tensor)


def test_hessian_of_a_quadratic_form():
    a = np.array([[2.0, 1.0, 0.0], [-3.0, 1.0, 4.0], [0.5, 0.0, 1.0]])
    close(sg.hessian(lambda x: ops.sum(x * (a @ x.reshape(3, 1)).reshape(3)))(X), a + a.T)


def test_hessian_by_blocks():
    h = sg.hessian(lambda a, b: ops.sum(a * a * b), (0, 1))(X, X + 1)
    close(h[0][0], np.diag(2 * (X + 1)))
    close(h[0][1], np.diag(2 * X))
    close(h[1][0], np.diag(2 * X))
    close(h[1][1], np.zeros((3, 3)))


@given(st.integers(0, 10_000))
def test_products_agree_with_the_matrices(seed):
    """u^T J, J t and H v from the products are those from the matrices that they avoid."""
    rng = np.random.default_rng(seed)
    x, t, w = rng.normal(size=4), rng.normal(size=4), rng.normal(size=(4, 3))
    u = rng.normal(size=3)

    def f(x):
        return ops.tanh(x.reshape(1, 4) @ w).reshape(3) * ops.sum(x * x)

    j = sg.jacobian(f)(x)
    y, pullback = sg.vjp(f, x)
    close(y, np.tanh(x @ w) * (x @ x))
    close(pullback(u)[0], u @ j)
    y, dy = sg.jvp(f, x, t)
    close(dy, j @ t)
    close(sg.hvp(lambda x: ops.sum(f(x) * u), x, t), sg.hessian(lambda x: ops.sum(f(x) * u))(x) @ t)


def test_jvp_of_several_arguments():
    y, dy = sg.jvp(ops.multiply, (X, 2.0), (X + 1, 3.0))
    close(y, 2 * X)
    close(dy, 2 * (X + 1) + 3 * X)


def test_jvp_where_a_rule_is_infinite():
    """The seed of the inner pass is 1, so that an infinite slope is not multiplied by 0."""
    with np.errstate(divide="ignore"):
        y, dy = sg.jvp(ops.sqrt, np.array([0.0, 4.0]), np.ones(2))
    close(dy, [np.inf, 0.25])


def test_no_path_gives_zeros():
    close(sg.grad(lambda a, b: ops.sum(a), 1)(X, Y), np.zeros((2, 3)))
    close(sg.grad(lambda x: 3.0)(X), np.zeros(3))
    close(sg.jacobian(lambda x: np.ones(2))(X), np.zeros((2, 3)))
    close(sg.jvp(lambda x: np.ones(2), X, X)[1], np.zeros(2))
    close(sg.vjp(lambda a, b: a * 1, X, Y)[1](X)[1], np.zeros((2, 3)))
    close(sg.hessian(lambda x: ops.sum(x))(X), np.zeros((3, 3)))


# ---- nested -------------------------------------------------------------------------------------

def test_no_perturbation_confusion():
    """d/dx (x d/dy (x + y)) = 1, not 2 (Siskind and Pearlmutter 2005)."""
    close(sg.grad(lambda x: x * sg.grad(lambda y: x + y)(1.0))(1.0), 1.0)
    close(sg.grad(lambda x: x * sg.grad(lambda y: x * y)(2.0))(3.0), 6.0)
    close(sg.grad(lambda x: x * sg.grad(lambda x: x * x)(x))(3.0), 12.0)


def test_the_inner_derivative_may_depend_on_the_outer_variable_alone():
    """d/dx d/dy (x y) = 1: with an array for y the inner gradient must not lose its graph."""
    close(sg.grad(lambda x: sg.grad(lambda y: x * y)(2.0))(3.0), 1.0)
    close(sg.jacobian(lambda x: sg.jacobian(lambda y: x * y)(X))(X),
          np.einsum("ij,ik->ijk", np.eye(3), np.eye(3)))


def test_a_variable_is_seen_from_any_depth():
    """d/dx d/dy (y d/dz (x z)) = 1: the innermost knows the outermost variable only."""
    close(sg.grad(lambda x: sg.grad(lambda y: y * sg.grad(lambda z: x * z)(1.0))(2.0))(3.0), 1.0)


def test_mixed_derivatives_commute():
    def f(a, b):
        return ops.sum(ops.sin(a * b) * ops.exp(a))
    ab = sg.jacobian(lambda a: sg.grad(f, 1)(a, X + 1))(X)
    ba = sg.jacobian(lambda b: sg.grad(f, 0)(X, b))(X + 1)
    close(ab, ba.T)


def test_jacobian_of_jvp_and_jvp_of_grad():
    close(sg.jacobian(lambda x: sg.jvp(lambda y: y * y * y, x, X)[1])(X), np.diag(6 * X * X))
    close(sg.jvp(sg.grad(cubic), X, X)[1], 2 * X * X)
    close(sg.jacobian(lambda t: sg.jvp(ops.exp, X, t)[1])(X), np.diag(np.exp(X)))


def test_pullback_of_a_pullback():
    """u -> u^T J is linear, and its own Jacobian is J^T."""
    _, pullback = sg.vjp(ops.exp, X)
    close(sg.jacobian(lambda u: pullback(u)[0])(np.ones(3)), np.diag(np.exp(X)))


# ---- arrays and Tensors -------------------------------------------------------------------------

def test_arrays_give_arrays_and_tensors_give_tensors():
    for x, kind in ((X, np.ndarray), (Tensor(X), Tensor)):
        y, pullback = sg.vjp(ops.exp, x)
        results = [sg.grad(cubic)(x), *sg.value_and_grad(cubic)(x), sg.jacobian(ops.exp)(x),
                   sg.hessian(cubic)(x), sg.hvp(cubic, x, X), *sg.jvp(ops.exp, x, X), y,
                   *pullback(np.ones(3))]
        assert {type(r) for r in results} == {kind}
    assert isinstance(sg.grad(lambda x, y: ops.sum(x * y))(X, Tensor(X)), Tensor)
    assert isinstance(sg.grad(lambda x, y: ops.sum(x * y))(X, y=Tensor(X)), Tensor)
    assert isinstance(sg.hvp(cubic, X, Tensor(X)), Tensor)
    assert isinstance(sg.jvp(ops.exp, X, Tensor(X))[1], Tensor)


def test_a_tensor_result_can_be_differentiated_again():
    x = Tensor(X, requires_grad=True)
    ops.sum(sg.grad(cubic)(x) * X).backward()
    close(x.grad, 2 * X * X)


def test_a_gradient_penalty_reaches_the_weights():
    """E (|dD/dx| - 1)^2 must train D: the gradient with respect to x remembers the weights."""
    w = Tensor(np.array([[0.5], [-1.0], [2.0]]), requires_grad=True)
    slope = sg.grad(lambda x: ops.sum(ops.tanh(x @ w)))(Tensor(Y))
    ops.sum(slope * slope).backward()

    def penalty(w):
        t = np.tanh(Y @ w)
        return (((1 - t ** 2) @ w.T) ** 2).sum()
    steps = 1e-6 * np.eye(3)[:, :, None]
    numeric = [(penalty(w.data + h) - penalty(w.data - h)) / 2e-6 for h in steps]
    close(w.grad, np.reshape(numeric, (3, 1)), rtol=1e-6)


def test_a_constant_tensor_needs_no_graph_afterwards():
    y, g = sg.value_and_grad(cubic)(Tensor(X))
    assert not y.requires_grad and y.op is None and not g.requires_grad and g.op is None
    close(g, X ** 2)                                        # np.asarray of it is allowed


def test_no_one_else_s_grad_is_touched():
    w, x = Tensor(X, requires_grad=True), Tensor(X, requires_grad=True)
    sg.grad(lambda x: ops.sum(x * w))(x)
    sg.hessian(lambda x: ops.sum(x * x * w))(x)
    sg.jvp(lambda x: x * w, x, X)
    assert w.grad is None and x.grad is None


def test_dtypes_are_those_of_the_arguments():
    x = X.astype("float32")
    assert sg.grad(lambda x, y: ops.sum(x * y))(x, X).dtype == np.float32
    assert sg.jacobian(ops.exp)(x).dtype == sg.hessian(cubic)(x).dtype == np.float32
    assert sg.jvp(ops.exp, x, X)[1].dtype == sg.hvp(cubic, x, X).dtype == np.float32
    assert sg.grad(ops.sin)(1.0).dtype == np.float64


def test_gradients_are_arrays_of_their_own():
    """`add` hands one array to both inputs, `sum` a read-only view: the caller gets neither."""
    a, b = sg.grad(lambda a, b: ops.sum(a + b), (0, 1))(X, X)
    a *= 2
    close(b, np.ones(3))
    u = np.ones(3)
    g, = sg.vjp(lambda x: x, X)[1](u)
    g *= 5
    close(u, np.ones(3))


def test_under_no_grad_a_derivative_is_still_one():
    x = Tensor(X, requires_grad=True)
    with sg.no_grad():
        close(sg.grad(cubic)(X), X ** 2)
        close(sg.hessian(cubic)(X), np.diag(2 * X))
        close(sg.jvp(ops.exp, X, X)[1], X * np.exp(X))
        g = sg.grad(cubic)(x)
        assert not g.requires_grad and not (x * x).requires_grad
        y, g = sg.value_and_grad(lambda y: ops.sum(x * y * y))(Tensor(X))
        assert not y.requires_grad and not g.requires_grad
        with pytest.raises(ZeroDivisionError):
            sg.grad(lambda x: 1 / 0)(X)
        assert not (x * x).requires_grad
    assert (x * x).requires_grad


def test_no_grad_inside_the_function_makes_a_constant():
    def f(x):
        with sg.no_grad():
            constant = x * x
        return ops.sum(constant * x)
    close(sg.grad(f)(X), X ** 2)


# ---- errors -------------------------------------------------------------------------------------

def test_grad_needs_a_scalar():
    with pytest.raises(sg.ShapeError, match=r"single number(.|\n)*\(3,\)(.|\n)*jacobian"):
        sg.grad(ops.exp)(X)


@pytest.mark.parametrize("x", [1, True, np.arange(3), [1, 2], Tensor([1, 2])])
def test_integers_have_no_derivative(x):
    for call in (lambda: sg.grad(lambda x: ops.sum(x))(x), lambda: sg.jvp(ops.exp, x, x),
                 lambda: sg.jacobian(ops.exp)(x), lambda: sg.vjp(ops.exp, x)):
        with pytest.raises(TypeError, match=r"argument 0 holds (int64|bool)(.|\n)*1\.0 instead"):
            call()


def test_lists_and_python_floats_become_float64():
    close(sg.grad(cubic)([1.0, 2.0]), [1.0, 4.0])
    assert sg.grad(ops.sin)(0.0).shape == ()


@pytest.mark.parametrize("call, message", [
    (lambda: sg.grad(cubic, 1)(X), "there is no argument 1, the function was called with 1"),
    (lambda: sg.grad(cubic, [0])(X), "argnums is the number of an argument, or a tuple"),
    (lambda: sg.grad(lambda x: None)(X), "must return one Tensor, got NoneType"),
    (lambda: sg.vjp(lambda x: (x, x), X), "must return one Tensor, got tuple"),
])
def test_misuse_is_a_type_error(call, message):
    with pytest.raises(TypeError, match=message):
        call()


def test_shapes_of_seeds_and_tangents():
    with pytest.raises(sg.ShapeError, match=r"\(3,\)(.|\n)*\(2,\)"):
        sg.vjp(ops.exp, X)[1](np.ones(2))
    with pytest.raises(sg.ShapeError, match=r"tangent(.|\n)*\(3,\)(.|\n)*\(1,\)"):
        sg.jvp(ops.exp, X, np.ones(1))
    with pytest.raises(sg.ShapeError, match=r"hvp: v (.|\n)*\(3,\)(.|\n)*\(2,\)"):
        sg.hvp(cubic, X, np.ones(2))
    with pytest.raises(ValueError, match="2 primals need as many tangents, got 1"):
        sg.jvp(ops.multiply, (X, X), (X,))
