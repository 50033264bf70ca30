"""primitive(): what a user's own op gets for free, and how a wrong one is refused."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen import Tensor, ops
from scratchgen.autodiff.primitive import PRIMITIVES, AtOnce, primitive
from tests.support import strict_arrays

X = np.array([0.3, -1.2, 2.0])


@pytest.fixture(autouse=True)
def own_ops():
    """Ops of these tests are not left in the table of all ops."""
    before = dict(PRIMITIVES)
    yield
    PRIMITIVES.clear()
    PRIMITIVES.update(before)


def make_cube(rule):
    @primitive("(...)->(...)", formula="y = x^3")
    def cube(xp, x):
        """x^3, elementwise."""
        return x * x * x
    cube.vjp = (rule,)
    return cube


def test_a_user_s_op_works_to_any_order():
    cube = make_cube(lambda g, y, x: g * 3 * x * x)
    assert sg.gradcheck(cube, X, order=2)
    np.testing.assert_allclose(sg.grad(sg.grad(sg.grad(cube)))(2.0), 6.0)
    assert isinstance(cube(X), np.ndarray) and isinstance(cube(Tensor(X)), Tensor)
    assert cube(X.astype("float32")).dtype == np.float32 and cube(2.0) == 8.0
    assert "y = x^3" in cube.formula and cube.__doc__.startswith("x^3")


def test_a_user_s_op_runs_on_every_registered_library():
    y = make_cube(lambda g, y, x: g * 3 * x * x)(strict_arrays.SPACE.asarray(X))
    np.testing.assert_array_equal(sg.backend.to_numpy(y), X * X * X)


def test_an_op_with_optional_inputs_and_parameters():
    @primitive("(...),(...)?->(...)")
    def scaled(xp, x, shift=None, factor=2.0):
        return factor * x if shift is None else factor * x + shift
    scaled.vjp = (lambda g, y, x, shift=None, factor=2.0: factor * g,
                  lambda g, y, x, shift=None, factor=2.0: g)
    for call, expected in ((lambda t: scaled(t), 2), (lambda t: scaled(t, None, 3.0), 3),
                           (lambda t: scaled(t, X, factor=4.0), 4),
                           (lambda t: scaled(X, shift=t), 1), (lambda t: scaled(t, shift=t), 3)):
        t = Tensor(X, requires_grad=True)
        ops.sum(call(t)).backward()
        np.testing.assert_array_equal(t.grad, [expected] * 3)


@pytest.mark.parametrize("call, message", [
    (lambda: ops.add(X), "missing argument 'b'"),
    (lambda: ops.linear(X), "missing argument 'w'"),
    (lambda: ops.reshape(X, (3,), 5), "too many positional"),
    (lambda: ops.reshape(X, (3,), shape=(3,)), "'shape' is given twice"),
    (lambda: ops.exp("text"), "expected numbers"),
    (lambda: ops.add(X, object()), "expected numbers"),
    (lambda: ops.exp(None), "missing argument 'x'"),
])
def test_misuse_is_a_type_error_that_names_the_op(call, message):
    with pytest.raises(TypeError, match=message):
        call()


# ---- rules that are refused ---------------------------------------------------------------------

@pytest.mark.parametrize("shape", [(4,), (2, 4), (3, 3, 4), (0,)])
def test_a_rule_of_the_wrong_shape_is_refused(shape):
    cube = make_cube(lambda g, y, x: np.ones(shape))
    with pytest.raises(sg.ShapeError) as caught:
        ops.sum(cube(Tensor(X, requires_grad=True))).backward()
    message = str(caught.value)
    assert "the rule of cube for its input x" in message
    assert "expected  (3,)" in message and f"got       {shape}" in message


@pytest.mark.parametrize("rules, got", [
    ((), "0 of them"), (lambda g, y, x: g * 3 * x * x, "function"), (None, "NoneType"),
])
def test_an_op_without_a_rule_is_named(rules, got):
    cube = make_cube(None)
    cube.vjp = rules
    np.testing.assert_array_equal(cube(Tensor(X, requires_grad=True)).data, X * X * X)

    def f(x):
        return ops.sum(cube(x))

    for call in (lambda: sg.grad(f)(X), lambda: sg.hessian(f)(X),
                 lambda: str(sg.explain(f(Tensor(X, requires_grad=True))))):
        with pytest.raises(TypeError) as caught:
            call()
        message = str(caught.value)
        assert "cube has no rule for its input x\n" in message
        assert "cube.vjp = (rule_x,)" in message and message.endswith(got)


def test_the_input_without_a_rule_is_named():
    @primitive("(...),(...)->(...)")
    def blend(xp, left, right):
        return left + right
    blend.vjp = (lambda g, y, left, right: g,)
    np.testing.assert_array_equal(sg.grad(lambda x: ops.sum(blend(x, X)))(X), 1)
    with pytest.raises(TypeError, match=r"input right\n.*\(rule_left, rule_right\)"):
        sg.grad(lambda x: ops.sum(blend(X, x)))(X)


def test_an_error_inside_a_rule_stays_what_it_is():
    cube = make_cube(lambda g, y, x: g * [3, 3, 3][5])
    with pytest.raises(IndexError, match="list index"):
        sg.grad(lambda x: ops.sum(cube(x)))(X)


def test_a_rule_may_leave_broadcasting_to_the_engine():
    """A result with leading axes too many, too few, or of size 1, stands for what it spreads to."""
    for given, expected in ((np.ones((2, 3)), 2.0), (np.ones(()), 1.0), (np.ones(1), 1.0)):
        cube = make_cube(lambda g, y, x: given)
        t = Tensor(X, requires_grad=True)
        ops.sum(cube(t)).backward()
        np.testing.assert_array_equal(t.grad, [expected] * 3)
    cube = make_cube(lambda g, y, x: np.ones(3))
    t = Tensor(np.ones((1, 3)), requires_grad=True)
    ops.sum(cube(t)).backward()
    np.testing.assert_array_equal(t.grad, np.ones((1, 3)))


def test_the_wrong_input_of_several_is_named():
    @primitive("(...),(...)->(...)")
    def blend(xp, left, right):
        return left + right
    blend.vjp = (lambda g, y, left, right: g, lambda g, y, left, right: g[:2])
    with pytest.raises(sg.ShapeError, match="the rule of blend for its input right"):
        ops.sum(blend(Tensor(X, requires_grad=True), Tensor(X, requires_grad=True))).backward()


def test_rules_of_constant_inputs_are_not_called():
    @primitive("(...),(...)->(...)")
    def pick(xp, x, labels):
        return x * (labels > 0)
    pick.vjp = (lambda g, y, x, labels: g * ops.astype(labels > 0, x.dtype),)   # none for labels
    t = Tensor(X, requires_grad=True)
    ops.sum(pick(t, np.array([1, 0, 2]))).backward()
    np.testing.assert_array_equal(t.grad, [1, 0, 1])


# ---- saved and shared work ----------------------------------------------------------------------

def make_saving(recompute):
    """tanh that saves its derivative."""
    @primitive("(...)->(...)", saves=True)
    def saving(xp, x):
        y = xp.tanh(x)
        return y, 1 - y * y
    saving.vjp = (lambda g, y, saved, x: g * saved,)
    saving.recompute = recompute
    return saving


def test_what_is_saved_never_changes_a_second_derivative():
    saving = make_saving(lambda y, x: 1 - y * y)
    assert sg.gradcheck(saving, X, order=2)
    np.testing.assert_allclose(sg.hessian(lambda x: ops.sum(saving(x)))(X),
                               sg.hessian(lambda x: ops.sum(ops.tanh(x)))(X), rtol=1e-14)


def test_saved_values_are_raw_in_a_first_backward_and_recomputed_with_a_graph():
    calls = []

    def recompute(y, x):
        calls.append(type(y))
        return 1 - y * y
    saving = make_saving(recompute)
    t = Tensor(X, requires_grad=True)
    y = ops.sum(saving(t))
    y.backward()
    assert not calls
    y.backward(create_graph=True)
    assert calls == [Tensor]
    t.zero_grad()


def test_shared_work_is_done_once_a_node():
    calls = []

    @primitive("(...),(...)->(...)")
    def product(xp, a, b):
        return 2 * a * b

    def shared(g, y, a, b):
        calls.append(1)
        return 2 * g
    product.shared = shared
    product.vjp = (lambda g, y, a, b: g * b, lambda g, y, a, b: g * a)
    assert sg.gradcheck(product, X, X + 1, order=2)
    calls.clear()
    ops.sum(product(Tensor(X, requires_grad=True), Tensor(X, requires_grad=True))).backward()
    assert len(calls) == 1


def test_gradients_in_one_call_are_for_first_derivatives_and_those_needed():
    calls = []

    @primitive("(...),(...)->(...)")
    def product(xp, a, b):
        return a * b

    def gradients(needed, g, y, a, b):
        calls.append(needed)
        return g * b if needed[0] else None, g * a if needed[1] else None
    product.vjp = AtOnce((lambda g, y, a, b: g * b, lambda g, y, a, b: g * a), gradients)
    a, b = Tensor(X, requires_grad=True), Tensor(X + 1, requires_grad=True)
    assert sg.gradcheck(product, X, X + 1, order=2)
    calls.clear()
    ops.sum(product(a, b)).backward(create_graph=True)
    assert not calls
    a.zero_grad()
    b.zero_grad()
    ops.sum(product(a, b)).backward()
    ops.sum(product(a, X)).backward()
    y = product(a, b)
    a.requires_grad = False
    ops.sum(y).backward()
    assert calls == [[True, True], [True, False], [False, True]]


# ---- shapes in the user's names -----------------------------------------------------------------

@pytest.mark.parametrize("call, says", [
    (lambda: ops.linear(np.ones((5, 3)), np.ones((4, 2))),
     ["linear: I is 3 in x but 4 in w", "expected  x (..., I), w (I, O)", "got       x (5, 3), w"]),
    (lambda: ops.linear(np.ones((5, 3)), np.ones((3, 2)), np.ones(3)), ["O is 2 in w but 3 in b"]),
    (lambda: ops.linear(np.ones((5, 3)), np.ones(3)), ["w needs 2 axes (I, O), got shape (3,)"]),
    (lambda: ops.matmul(np.ones((2, 3)), np.ones((2, 3))), ["matmul: J is 3 in a but 2 in b"]),
    (lambda: ops.add(np.ones((2, 3)), np.ones(2)), ["add: axis -1 is 3 in a but 2 in b"]),
    (lambda: Tensor(np.ones((2, 3))) * np.ones((4, 3)), ["multiply: axis -2 is 2 in a but 4 in b"]),
    (lambda: ops.bce_with_logits(np.ones(4), np.ones((4, 1))), ["never broadcast", "(4, 1)"]),
])
def test_a_shape_error_speaks_of_the_user_s_arrays(call, says):
    with pytest.raises(sg.ShapeError) as caught:
        call()
    for text in says:
        assert text in str(caught.value)
    assert isinstance(caught.value, ValueError)
