"""What single ops promise beyond the table: where gradients flow, products, numbers."""
import itertools

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import ops
from tests.autodiff.ops.draws_algebra import SUBSCRIPTS, operands_of
from tests.support.finite_differences import jacobian


def leaf(values):
    return sg.Tensor(values, requires_grad=True)


# ---- where gradients flow ------------------------------------------------------------------------

def test_straight_through_has_the_value_of_one_and_the_gradient_of_the_other():
    hard, soft = leaf([0.0, 1.0]), leaf([0.3, 0.6])
    y = ops.straight_through(hard, soft)
    y.backward([2.0, 3.0])
    np.testing.assert_array_equal(y.data, [0, 1])
    np.testing.assert_array_equal(soft.grad, [2, 3])
    np.testing.assert_array_equal(hard.grad, [0, 0])


def test_clip_takes_arrays_and_passes_the_gradient_at_their_edges():
    x = leaf([[-2.0, 0.0, 1.0, 5.0]])
    y = ops.clip(x, np.array([[-1.0] * 4, [0.0] * 4]), np.array([1.0, 1.0, 1.0, 9.0]))
    np.testing.assert_array_equal(y.data, [[-1, 0, 1, 5], [0, 0, 1, 5]])
    y.backward(np.ones((2, 4)))
    np.testing.assert_array_equal(x.grad, [[0, 2, 2, 2]])


def test_straight_through_takes_a_mask():
    soft = leaf(np.array([0.3, 0.6], np.float32))
    y = ops.straight_through(soft > 0.5, soft)
    assert y.dtype == np.float32 and list(y.data) == [0, 1]


def test_stop_gradient():
    x = leaf([2.0])
    (x * ops.stop_gradient(x)).sum().backward()
    np.testing.assert_array_equal(x.grad, [2])          # not 4
    a = np.ones(2)
    assert ops.stop_gradient(a) is a


def test_identity_is_a_new_node():
    x = leaf([1.0])
    y = ops.identity(x)
    assert y is not x and y.requires_grad


# ---- products ------------------------------------------------------------------------------------

@pytest.mark.parametrize("values", list(itertools.product([0.0, 2.0, -3.0], repeat=3)))
def test_gradients_of_a_product_with_zeros(values):
    """dy/dx_i is the product of the others and d2y/dx_i dx_j that of the rest, zeros or not."""
    x = np.array(values)
    others = [np.prod(np.delete(x, i)) for i in range(3)]
    np.testing.assert_array_equal(sg.grad(ops.prod)(x), others)
    rest = [[0 if i == j else np.prod(np.delete(x, [i, j])) for j in range(3)] for i in range(3)]
    np.testing.assert_array_equal(sg.hessian(ops.prod)(x), rest)


@pytest.mark.parametrize("n", range(9))
def test_a_product_of_any_number(n):
    x = np.arange(1.0, n + 1)
    assert ops.prod(x) == np.prod(x)
    np.testing.assert_allclose(sg.grad(ops.prod)(x), np.prod(x) / x)


def test_matmul_of_a_stack_uses_each_matrix_once():
    a, b = leaf(np.ones((5, 2, 3))), leaf(np.ones((3, 4)))
    (a @ b).sum().backward()
    np.testing.assert_array_equal(b.grad, np.full((3, 4), 10))
    np.testing.assert_array_equal(a.grad, np.full((5, 2, 3), 4))


def test_einsum_with_spaces_and_without_an_arrow():
    a, b = np.ones((2, 3)), np.ones((3, 4))
    np.testing.assert_array_equal(ops.einsum(" i j , j k ", a, b), a @ b)
    np.testing.assert_array_equal(ops.einsum("ba", a), a.T)         # alphabetical order
    np.testing.assert_array_equal(ops.einsum("...a->a...", np.ones((4, 5, 2))), np.ones((2, 4, 5)))


@pytest.mark.parametrize("subscripts", SUBSCRIPTS)
def test_einsum(subscripts, rng):
    """Each kind of subscripts, at a few sizes: NumPy's value, and gradients of both orders."""
    for _ in range(3):
        operands = operands_of(subscripts, rng)
        np.testing.assert_allclose(ops.einsum(subscripts, *operands),
                                   np.einsum(subscripts, *operands), 1e-12, 1e-13)
        assert sg.gradcheck(lambda *x: ops.einsum(subscripts, *x), *operands, order=2)


# ---- singular matrices ---------------------------------------------------------------------------

@pytest.mark.parametrize("a", [[[1.0, 2.0], [2.0, 4.0]], [[0.0, 0.0], [0.0, 5.0]], np.zeros((2, 2)),
                               [[1.0, 2, 3], [2, 4, 6], [1, 1, 1]], np.zeros((3, 3)), [[0.0]]])
def test_the_gradient_of_det_at_a_singular_matrix(a):
    """The cofactors exist where the inverse does not."""
    a = np.array(a)
    np.testing.assert_allclose(sg.grad(ops.det)(a), jacobian(np.linalg.det, [a], 0), 1e-9, 1e-9)


def test_cholesky_reads_the_symmetric_part():
    a = np.array([[4.0, 1.0], [3.0, 5.0]])
    np.testing.assert_allclose(ops.cholesky(a), np.linalg.cholesky([[4.0, 2.0], [2.0, 5.0]]))
    gradient = sg.grad(lambda a: ops.sum(ops.cholesky(a)))(a)
    np.testing.assert_array_equal(gradient, gradient.T)


def test_solve_triangular_ignores_the_other_triangle():
    a = leaf([[2.0, np.nan], [1.0, 4.0]])
    y = ops.solve_triangular(a, np.array([2.0, 9.0]))
    np.testing.assert_array_equal(y.data, [1, 2])
    y.sum().backward()
    assert a.grad[0, 1] == 0 and np.isfinite(a.grad).all()


# ---- numbers, lists and methods ------------------------------------------------------------------

def test_lists_and_numbers_are_arrays():
    np.testing.assert_array_equal(ops.mean([1.0, 2.0, 6.0]), 3)
    np.testing.assert_array_equal(ops.concat([[1.0], [2.0, 3.0]]), [1, 2, 3])
    np.testing.assert_array_equal(ops.where([True, False], [1.0, 2.0], 0.0), [1, 0])
    np.testing.assert_array_equal(ops.add(1.0, 2.0), 3)
    np.testing.assert_array_equal(ops.tile([1.0, 2.0], 2), [1, 2, 1, 2])


@pytest.mark.parametrize("op", [ops.add, ops.subtract, ops.multiply, ops.divide, ops.pow,
                                ops.maximum, ops.minimum])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_python_number_takes_the_dtype_beside_it(op, dtype):
    for a, b in ((np.array([1.5, 2.5], dtype), 0.3), (0.3, np.array([1.5, 2.5], dtype))):
        assert op(a, b).dtype == dtype
        x, y = (leaf(v) if isinstance(v, np.ndarray) else v for v in (a, b))
        z = op(x, y)
        z.sum().backward(create_graph=True)
        found = (x if isinstance(x, sg.Tensor) else y).grad
        assert z.dtype == found.dtype == dtype
        numeric = jacobian(op, [np.array(v, np.float64) for v in (a, b)], int(isinstance(a, float)))
        rtol = 1e-5 if dtype == "float32" else 1e-8
        np.testing.assert_allclose(found.data, np.diag(numeric), rtol)


@pytest.mark.parametrize("second_order", [False, True])
def test_a_list_beside_a_tensor_is_an_array_in_the_rules_too(second_order):
    matrix = [[1.0, 2.0], [3.0, 4.0]]
    calls = [lambda x, m: x @ m, lambda x, m: m @ x, ops.linear, ops.multiply, ops.divide, ops.pow,
             lambda x, m: ops.gaussian_nll(m, x, m), lambda x, m: ops.where(m, x, m),
             lambda x, m: ops.solve(x, m), lambda x, m: ops.concat([x, m])]
    for call in calls:
        found = []
        for m in (matrix, np.array(matrix)):
            x = leaf([[2.0, 1.0], [1.0, 3.0]])
            call(x, m).sum().backward(create_graph=second_order)
            found.append(x.grad.data if second_order else x.grad)
        np.testing.assert_array_equal(*found)


def test_a_number_among_the_arrays_of_a_list():
    y = ops.stack([leaf(np.float32(2.0)), 1.0])
    assert y.dtype == np.float32


def test_methods_of_a_tensor_are_the_ops():
    x = np.arange(6.0).reshape(2, 3) + 1
    t = leaf(x)
    for name in ("sum", "mean", "var", "std", "max", "min", "prod"):
        for params in ({}, {"axis": 0}, {"axis": (0, 1), "keepdims": True}):
            y = getattr(t, name)(**params)
            np.testing.assert_allclose(y.data, getattr(x, name)(**params))
            assert y.requires_grad
    assert t.reshape(3, 2).shape == t.reshape((3, 2)).shape == t.reshape(3, -1).shape == (3, 2)
    assert t.T.shape == t.mT.shape == (3, 2) and t.astype("float32").dtype == np.float32
    assert [row.shape for row in t] == [(3,), (3,)] and len(t) == 2
    np.testing.assert_array_equal(abs(-t).data, x)
    np.testing.assert_array_equal((2.0 ** t).data, 2.0 ** x)
    np.testing.assert_array_equal((x @ t.T).data, x @ x.T)
    np.testing.assert_array_equal((1 - t / 2 + 3 / t).data, 1 - x / 2 + 3 / x)


def test_a_shape_may_be_a_list(xp_backend):
    x = xp_backend.asarray(np.ones((2, 3)))
    assert ops.reshape(x, [3, 2]).shape == (3, 2)
    assert ops.broadcast_to(x, [4, 2, 3]).shape == (4, 2, 3)
    assert ops.permute_dims(x, [1, 0]).shape == (3, 2)
    assert ops.tile(x, [2, 1]).shape == (4, 3)
    assert ops.roll(x, [1, 2], axis=[0, 1]).shape == (2, 3)


@pytest.mark.parametrize("activation", [None, "relu", "tanh"])
@pytest.mark.parametrize("dtypes", [("float32", "float32", "float64"), ("float32", "float64") * 2,
                                    ("int64", "int64", "float64")], ids=" ".join)
def test_fused_ops_promote_as_their_parts_do(dtypes, activation, xp_backend, rng):
    """x w + b has the digits of the finest of the three: nothing is rounded to what x holds."""
    if not set(dtypes[:3]) <= {*xp_backend.dtypes, "int64"} or \
            dtypes[0] == "int64" and xp_backend.name == "strict":
        pytest.skip("the standard says nothing of this mix")
    f = getattr(np, "tanh" if activation == "tanh" else "asarray")
    x, w, b = ((9 * rng.normal(size=shape)).astype(d)
               for shape, d in zip(((4, 3), (3, 3), (3,)), dtypes))
    here = [xp_backend.asarray(a, a.dtype) for a in (x, w, b)]
    wanted = f(x @ w + b) if activation != "relu" else np.maximum(x @ w + b, 0)
    y = xp_backend.to_numpy(ops.linear(*here, activation=activation))
    assert y.dtype == np.result_type(x, w, b)
    np.testing.assert_allclose(y, wanted, rtol=1e-5, atol=1e-5)
    if dtypes[0] == "float32":
        scale = xp_backend.asarray(w[0], w.dtype)
        leaves = [sg.Tensor(a, requires_grad=True) for a in (here[0], scale, here[2])]
        y = ops.batch_norm(*leaves, activation=activation)
        assert xp_backend.to_numpy(y).dtype == np.result_type(x, w, b)
        y.sum().backward()
        assert [a.grad.dtype for a in leaves] == [a.dtype for a in leaves]


@pytest.mark.parametrize("op, inputs", [
    (ops.bce_with_logits, ([3, -2], [0, 1])), (ops.log_softmax, ([3, -2],)),
    (ops.gaussian_nll, ([3, -2], [0, 1], [1, 2])), (ops.gaussian_nll, ([3, -2], [0, 1], 2))])
def test_whole_numbers_have_the_losses_of_the_same_floats(op, inputs):
    as_floats = op(*(np.asarray(x, "float64") for x in inputs))
    np.testing.assert_allclose(op(*(np.asarray(x) for x in inputs)), as_floats, rtol=1e-15)
