"""What backward promises: exact sums, fresh interiors, no recursion, errors that explain."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import scratchgen as sg
from scratchgen import Tensor, ops
from scratchgen.autodiff.engine import ancestors, sum_to

X = np.array([0.3, -1.2, 2.0])


def leaf(x):
    return Tensor(x, requires_grad=True)


# ---- graphs -------------------------------------------------------------------------------------

def chain(x, length):
    """x sqrt(c) sqrt(c) ..., so that the product of all factors is known."""
    factor = 1 + 1e-6
    for _ in range(length):
        x = x * factor
    return x


def test_a_chain_of_a_hundred_thousand_ops():
    x = leaf(2.0)
    chain(x, 100_000).backward()
    np.testing.assert_allclose(x.grad, (1 + 1e-6) ** 100_000, rtol=1e-9)


@pytest.mark.slow
def test_a_chain_of_a_million_ops():
    x = leaf(2.0)
    chain(x, 1_000_000).backward()
    np.testing.assert_allclose(x.grad, (1 + 1e-6) ** 1_000_000, rtol=1e-8)


def test_a_running_total_of_losses_is_one_long_graph():
    x, total = leaf(X), 0.0
    for _ in range(10_000):
        total = total + ops.sum(x)
    total.backward()
    np.testing.assert_array_equal(x.grad, [10_000] * 3)


def test_a_tower_of_diamonds_is_not_walked_path_by_path():
    """2^200 paths: only a pass that finishes each node before it moves on can end."""
    x = leaf(1.0)
    y = x
    for _ in range(200):
        y = y * 0.5 + y * 0.5
    y.backward()
    assert x.grad == 1.0


def test_uses_of_a_tensor_add_up():
    x, y = leaf(3.0), leaf(2.0)
    a = x * y
    (a * x + a * a + x + x).backward()         # x^2 y + x^2 y^2 + 2x
    assert x.grad == 2 * 3 * 2 + 2 * 3 * 4 + 2 and y.grad == 9 + 2 * 9 * 2


def test_the_same_tensor_on_both_sides():
    x = leaf(X)
    ops.sum(x * x - x / x + x @ x.reshape(3, 1)).backward()
    np.testing.assert_allclose(x.grad, 2 * X + 2 * 3 * X, rtol=1e-15)


def test_only_what_the_loss_depends_on_gets_a_gradient():
    x, unused = leaf(X), leaf(X)
    ops.exp(unused)
    ops.sum(x).backward()
    assert unused.grad is None and x.grad is not None


def test_ancestors_come_newest_first_and_once():
    x = leaf(1.0)
    a = x * 2
    b = a + a * x
    orders = [t.order for t in ancestors(b)]
    assert orders == sorted(set(orders), reverse=True) and orders[-1] == x.order
    assert [t.order for t in ancestors(b, since=a.order)] == orders[:-1]


# ---- accumulating -------------------------------------------------------------------------------

def test_backward_twice_doubles_leaves_exactly_and_leaves_interiors_fresh():
    x = leaf(X)
    h = ops.tanh(x)
    h.retain_grad()
    y = ops.sum(h * h)
    y.backward()
    once, interior = x.grad.copy(), h.grad.copy()
    y.backward()
    np.testing.assert_array_equal(x.grad, 2 * once)
    np.testing.assert_array_equal(h.grad, interior)


def test_the_gradient_of_a_number_stays_an_array_that_can_be_written_to():
    x = leaf(0.5)
    for n in (1, 2, 3):
        (x * x).backward()
        assert isinstance(x.grad, np.ndarray) and x.grad.shape == ()
        np.testing.assert_array_equal(x.grad, n)
    x.grad *= 2
    np.testing.assert_array_equal(x.grad, 6)


def test_zero_grad_forgets():
    x = leaf(X)
    ops.sum(x).backward()
    x.zero_grad()
    assert x.grad is None
    ops.sum(x).backward()
    np.testing.assert_array_equal(x.grad, np.ones(3))


def test_interiors_keep_a_gradient_only_if_asked():
    x = leaf(X)
    a, b = x * 2, x * 3
    a.retain_grad()
    ops.sum(a * b).backward()
    np.testing.assert_array_equal(a.grad, 3 * X)
    assert b.grad is None


def test_the_root_can_retain_its_gradient():
    x = leaf(X)
    y = x * 2
    y.retain_grad()
    y.backward(X)
    np.testing.assert_array_equal(y.grad, X)


def test_backward_from_a_leaf():
    x = leaf(X)
    x.backward(X)
    np.testing.assert_array_equal(x.grad, X)


def test_two_losses_of_one_graph():
    x = leaf(X)
    h = ops.exp(x)
    ops.sum(h).backward()
    ops.sum(h * h).backward()
    np.testing.assert_allclose(x.grad, np.exp(X) + 2 * np.exp(2 * X), rtol=1e-15)


def test_create_graph_gives_gradients_that_are_tensors():
    x = leaf(X)
    ops.sum(x * x * x).backward(create_graph=True)
    first = x.grad
    assert isinstance(first, Tensor) and first.requires_grad
    x.zero_grad()
    ops.sum(first).backward()
    np.testing.assert_allclose(x.grad, 6 * X, rtol=1e-15)
    x.zero_grad()


# ---- seeds --------------------------------------------------------------------------------------

@pytest.mark.parametrize("seed", [X, Tensor(X), X.tolist(), X.astype("float32")])
def test_a_seed_weights_the_outputs(seed):
    x = leaf(np.ones(3))
    (x * 2).backward(seed)
    np.testing.assert_allclose(x.grad, 2 * X, rtol=1e-7)
    assert x.grad.dtype == np.float64


def test_a_seed_takes_the_dtype_of_its_tensor():
    y = leaf(X) * 2
    y.retain_grad()
    y.backward(X.astype("float32"))
    assert y.grad.dtype == np.float64


def test_a_non_scalar_needs_a_seed():
    for shape in ((3,), (1,), (0,), (1, 1)):
        with pytest.raises(sg.ShapeError, match=r"needs a seed(.|\n)*hint(.|\n)*sum\(\)"):
            (leaf(np.ones(shape)) * 2).backward()


def test_a_seed_of_another_shape_is_refused():
    with pytest.raises(sg.ShapeError, match=r"expected  \(3,\)\n  got       \(1, 3\)"):
        (leaf(X) * 2).backward(X[None])


def test_backward_on_a_detached_graph_explains():
    for y in (Tensor(X), ops.sum(Tensor(X)), leaf(X).detach()):
        with pytest.raises(ValueError, match=r"depends on nothing(.|\n)*detached"):
            y.backward()
    with sg.no_grad():
        y = ops.sum(leaf(X))
    with pytest.raises(ValueError, match="no_grad"):
        y.backward()


def test_detach_cuts_one_path_only():
    x = leaf(3.0)
    y = x * x
    (y * y.detach()).backward()
    assert x.grad == 9 * 6


def test_no_grad_as_a_decorator_and_after_an_error():
    @sg.no_grad()
    def f(x):
        return x * 2

    assert not f(leaf(X)).requires_grad
    with pytest.raises(RuntimeError), sg.no_grad():
        raise RuntimeError
    assert (leaf(X) * 2).requires_grad


def test_one_no_grad_may_be_opened_twice():
    constants = sg.no_grad()
    with constants:
        with constants:
            pass
        assert not (leaf(X) * 2).requires_grad
    assert (leaf(X) * 2).requires_grad


def test_no_grad_refuses_to_decorate_what_yields():
    """Its body would run when the decorator has long been left, and be recorded."""
    def values():
        yield leaf(X) * 2

    with pytest.raises(TypeError, match=r"values yields(.|\n)*with no_grad\(\):"):
        sg.no_grad()(values)


# ---- broadcasting -------------------------------------------------------------------------------

@given(arrays.mutually_broadcastable_shapes(num_shapes=2, max_dims=4, min_side=0, max_side=3))
def test_a_gradient_has_the_shape_of_its_input(shapes):
    """d/da sum(a b) is b summed over what a was stretched along: 0-d and empty axes included."""
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=shape) for shape in shapes.input_shapes)
    ta, tb = leaf(a), leaf(b)
    ops.sum(ta * tb).backward()
    for t, other in ((ta, b), (tb, a)):
        spread = np.broadcast_to(other, shapes.result_shape)
        assert t.grad.shape == t.shape
        np.testing.assert_allclose(t.grad, sum_over_stretched(spread, t.shape), atol=1e-12)


def sum_over_stretched(g, shape):
    """Written with loops over axes, to hold `sum_to` against something else."""
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis, n in enumerate(shape):
        if n == 1 and g.shape[axis] != 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


@given(arrays.mutually_broadcastable_shapes(num_shapes=1, base_shape=(2, 3, 0, 1), max_dims=4,
                                            min_side=0))
def test_sum_to_is_the_adjoint_of_broadcasting(shapes):
    shape, = shapes.input_shapes
    g = np.arange(float(np.prod(shapes.result_shape))).reshape(shapes.result_shape)
    np.testing.assert_array_equal(sum_to(g, shape), sum_over_stretched(g, shape))


@pytest.mark.parametrize("make", [lambda x: x[::-1], np.asfortranarray, lambda x: x[::2, ::2],
                                  lambda x: x.T, lambda x: np.broadcast_to(x[:1], x.shape)])
def test_memory_layout_does_not_matter(make, rng):
    strange = make(rng.normal(size=(4, 4)))
    plain = np.ascontiguousarray(strange)
    results = []
    for x in (strange, plain):
        t = leaf(x)
        ops.sum(ops.tanh(t @ t.mT) * t[:, :1]).backward()
        results.append(t.grad)
    np.testing.assert_allclose(*results, rtol=1e-14)


def test_an_empty_batch_has_a_gradient_of_zero():
    w, b = leaf(np.ones((3, 2))), leaf(np.ones(2))
    ops.sum(ops.linear(np.zeros((0, 3)), w, b, activation="tanh")).backward()
    np.testing.assert_array_equal(w.grad, np.zeros((3, 2)))
    np.testing.assert_array_equal(b.grad, np.zeros(2))


# ---- dtypes -------------------------------------------------------------------------------------

def test_a_gradient_has_the_dtype_of_its_leaf():
    single, double = leaf(X.astype("float32")), leaf(X)
    loss = ops.sum(single * double)
    assert loss.dtype == np.float64
    loss.backward()
    assert single.grad.dtype == np.float32 and double.grad.dtype == np.float64


@given(st.sampled_from([lambda x: x * 2.0, lambda x: 2.0 / x, lambda x: x - 1, lambda x: x ** 0.5,
                        lambda x: 2.0 ** x, lambda x: ops.maximum(x, 0.5), lambda x: x ** 2]))
def test_float32_stays_float32_beside_python_numbers(f):
    x = leaf(np.array([1.0, 2.0], "float32"))
    y = f(x)
    y.backward(np.ones(2, "float32"))
    assert y.dtype == x.grad.dtype == np.float32


# ---- nobody shares memory -----------------------------------------------------------------------

def test_gradients_share_memory_with_nothing():
    a, b, c = leaf(X), leaf(X), leaf(2.0)
    seed = np.ones(3)
    h = a + b
    h.retain_grad()
    y = h.reshape(1, 3).reshape(3) + a * 1 + c
    y.retain_grad()
    y.backward(seed)
    held = [a.grad, b.grad, c.grad, h.grad, y.grad, seed, a.data, b.data, c.data, h.data, y.data]
    for i, p in enumerate(held):
        for q in held[i + 1:]:
            assert not np.shares_memory(p, q)
    a.grad *= 100
    np.testing.assert_array_equal(b.grad, np.ones(3))


def test_backward_sees_what_was_written_into_an_array_not_what_took_its_place():
    x = leaf(X)
    y = ops.sum(x * x)
    x.data[...] = 5
    y.backward()
    np.testing.assert_array_equal(x.grad, [10, 10, 10])
    x = leaf(X)
    y = ops.sum(x * x)
    x.data = np.zeros(3)                        # as when an optimiser takes a leaf into its buffer
    y.backward()
    np.testing.assert_array_equal(x.grad, 2 * X)


def test_a_gradient_may_be_written_to():
    x = leaf(X)
    ops.sum(x).backward()                       # the rule of sum hands out a read-only view
    x.grad *= 2
    np.testing.assert_array_equal(x.grad, [2, 2, 2])


def test_accumulating_leaves_the_user_s_array_alone():
    x = leaf(X)
    ops.sum(x).backward()
    held = x.grad
    ops.sum(x).backward()
    np.testing.assert_array_equal(held, np.ones(3))
