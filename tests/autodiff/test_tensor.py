"""A Tensor next to numbers, lists and arrays: never silently detached, never silently wrong."""
import copy
import pickle

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import Tensor, ops
from tests.support import strict_arrays

X = np.array([0.3, -1.2, 2.0])


# ---- making one ---------------------------------------------------------------------------------

def test_changing_the_source_array_changes_nothing():
    source = X.copy()
    t = Tensor(source, requires_grad=True)
    loss = ops.sum(t * t)
    source[:] = 100
    loss.backward()
    np.testing.assert_array_equal(t.data, X)
    np.testing.assert_array_equal(t.grad, 2 * X)


def test_numpy_gives_a_copy_and_detach_the_same_array():
    t = Tensor(X)
    t.numpy()[:] = 100
    np.testing.assert_array_equal(t.data, X)
    assert t.detach().data is t.data and not Tensor(X, requires_grad=True).detach().requires_grad


@pytest.mark.parametrize("data, dtype", [(2.0, "float64"), ([1.0, 2], "float64"), (2, "int64"),
                                         ([True], "bool"), (X.astype("float32"), "float32"),
                                         (np.float32(2), "float32"), (Tensor([1.0]), "float64")])
def test_dtype_follows_the_data(data, dtype):
    assert Tensor(data).dtype == np.dtype(dtype)


@pytest.mark.parametrize("data", ["text", ["a"], object(), np.array([None]), [[1.0], [1.0, 2.0]],
                                  1j, np.array([1j]), {}, None])
def test_what_is_not_numbers_is_a_type_error(data):
    with pytest.raises(TypeError):
        Tensor(data)


@pytest.mark.parametrize("data", [1, [1, 2], True, np.arange(3), np.array([False])])
def test_integers_carry_no_gradient(data):
    with pytest.raises(TypeError, match=r"floating-point(.|\n)*hint(.|\n)*astype"):
        Tensor(data, requires_grad=True)
    t = Tensor(data)
    assert not t.requires_grad and not (t * 2).requires_grad
    t.requires_grad = True                      # as other frameworks would let one ask
    for loss in (ops.sum(t), ops.sum(t * 0.5)):
        with pytest.raises(TypeError, match=r"floating-point(.|\n)*hint(.|\n)*astype"):
            loss.backward()


# ---- beside arrays ------------------------------------------------------------------------------

@pytest.mark.parametrize("left", [X, X.tolist(), 3.0, np.float64(3), np.array(3.0), np.arange(3)])
def test_what_stands_to_the_left_of_a_tensor_keeps_the_graph(left):
    for combine, slope in ((lambda a, b: a + b, lambda a, b: 1),
                           (lambda a, b: a - b, lambda a, b: -1),
                           (lambda a, b: a * b, lambda a, b: a),
                           (lambda a, b: a / b, lambda a, b: -a / b ** 2)):
        t = Tensor(X, requires_grad=True)
        y = combine(left, t)
        assert isinstance(y, Tensor)
        y.backward(np.ones(3))
        expected = np.broadcast_to(slope(np.asarray(left), X), (3,))
        np.testing.assert_allclose(t.grad, expected, rtol=1e-14)


def test_an_array_times_a_tensor_as_matrices():
    t = Tensor(np.ones((3, 2)), requires_grad=True)
    y = np.ones((4, 3)) @ t
    assert isinstance(y, Tensor) and y.requires_grad and y.shape == (4, 2)


def test_an_array_is_not_updated_in_place_by_a_tensor():
    a = X.copy()
    with pytest.raises(TypeError):
        a *= Tensor(X, requires_grad=True)
    np.testing.assert_array_equal(a, X)


@pytest.mark.parametrize("f", [np.exp, np.add.reduce, lambda t: np.add(t, X),
                               lambda t: np.add(X, t), lambda t: np.multiply(X, t, out=X.copy())])
def test_numpy_functions_do_not_detach_a_tensor(f):
    with pytest.raises(TypeError):
        f(Tensor(X))


def test_asarray_gives_values_only_where_no_gradient_is_lost():
    np.testing.assert_array_equal(np.asarray(Tensor(X)), X)
    assert np.asarray(Tensor(X), dtype="float32").dtype == np.float32
    assert not np.shares_memory(np.array(Tensor(X)), X)
    with pytest.raises(TypeError, match=r"requires a gradient(.|\n)*numpy\(\)(.|\n)*detach"):
        np.asarray(Tensor(X, requires_grad=True))
    with pytest.raises(TypeError, match="requires a gradient"):
        np.asarray(Tensor(X, requires_grad=True) * 2)
    t = Tensor(2.0, requires_grad=True)
    for make in (Tensor, np.array, ops.sum):        # of a list of Tensors
        with pytest.raises(TypeError, match="hint .*ops.stack joins Tensors"):
            make([t, t])


def test_float32_beside_arrays_promotes_as_numpy_does():
    t = Tensor(X.astype("float32"), requires_grad=True)
    assert (t * X).dtype == np.float64 and (t * X.astype("float32")).dtype == np.float32
    assert (t * 2.5).dtype == (2.5 - t).dtype == (t ** 2).dtype == np.float32


# ---- looking at one -----------------------------------------------------------------------------

def test_the_truth_of_many_is_ambiguous():
    for t in (Tensor(X), Tensor(np.ones((0,)))):
        with pytest.raises(ValueError, match="ambiguous"):
            bool(t)
    assert bool(Tensor([1.0])) and not bool(Tensor(0.0))


def test_comparisons_are_elementwise_arrays():
    t = Tensor(X, requires_grad=True)
    for actual, expected in ((t > 0, X > 0), (t >= X, X >= X), (t == X, X == X), (X == t, X == X),
                             (t != 2.0, X != 2.0), (0 > t, 0 > X), (X < t, X < X)):
        assert isinstance(actual, np.ndarray) and actual.dtype == bool
        np.testing.assert_array_equal(actual, expected)


def test_tensors_are_keys_by_identity():
    a, b = Tensor(X), Tensor(X)
    assert {a: 1, b: 2}[a] == 1 and len({a, b, a}) == 2


def test_item_float_len_and_iteration():
    assert Tensor([[2.5]]).item() == 2.5 and float(Tensor(2.5)) == 2.5 and len(Tensor(X)) == 3
    assert type(Tensor(np.float32(2.5)).item()) is float
    with pytest.raises(ValueError, match=r"one element, got shape \(3,\)"):
        Tensor(X).item()
    with pytest.raises(TypeError, match="0-d"):
        len(Tensor(2.0))
    assert [t.item() for t in Tensor(X)] == X.tolist()
    with pytest.raises(TypeError, match="iteration over a 0-d"):
        list(Tensor(2.0))


def test_repr_says_where_it_comes_from():
    t = Tensor([1.0, 2.0], requires_grad=True)
    assert repr(t) == "Tensor([1., 2.], requires_grad=True)"
    assert repr(ops.exp(t) * 0) == "Tensor([0., 0.], op=multiply)"
    assert repr(Tensor([1.0, 2.0])) == "Tensor([1., 2.])"


def test_shape_ndim_size():
    t = Tensor(np.zeros((2, 0, 3)))
    assert (t.shape, t.ndim, t.size) == ((2, 0, 3), 3, 0)


# ---- operators ----------------------------------------------------------------------------------

@pytest.mark.parametrize("operator", [
    lambda t: t + 2, lambda t: 2 + t, lambda t: t - 2, lambda t: 2 - t, lambda t: t * 2,
    lambda t: 2 * t, lambda t: t / 2, lambda t: 2 / t, lambda t: t ** 3, lambda t: t ** 2,
    lambda t: 2 ** t, lambda t: -t, lambda t: abs(t), lambda t: t[1:], lambda t: t[:, None],
    lambda t: t.sum(),
    lambda t: t.mean(), lambda t: t.reshape(3, 1) @ t.reshape(1, 3), lambda t: t.reshape((1, 3)).mT,
    lambda t: t.reshape(-1) * t,
])
def test_an_operator_is_that_of_numpy_with_a_gradient(operator):
    np.testing.assert_allclose(operator(Tensor(X)).data, operator_on_array(operator), rtol=1e-15)
    assert sg.gradcheck(operator, X, order=2)


def operator_on_array(operator):
    return np.asarray(operator(X))


def test_augmented_assignment_makes_a_new_tensor():
    t = Tensor(X, requires_grad=True)
    before = t
    t += 1
    t *= 2
    assert t is not before and t.requires_grad
    np.testing.assert_array_equal(before.data, X)
    ops.sum(t).backward()
    np.testing.assert_array_equal(before.grad, [2, 2, 2])


# ---- backends -----------------------------------------------------------------------------------

def test_arrays_of_two_libraries_do_not_mix():
    ours, theirs = Tensor(X, requires_grad=True), strict_arrays.SPACE.asarray(X)
    for call in (lambda: ours * theirs, lambda: ops.add(theirs, X),
                 lambda: ops.linear(ours, theirs), lambda: ops.where(X > 0, ours, theirs)):
        with pytest.raises(TypeError, match="numpy and strict|strict and numpy"):
            call()


COPIES = [copy.copy, copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))]


@pytest.mark.parametrize("duplicate", COPIES)
def test_a_copied_leaf_is_another_leaf(duplicate):
    t = Tensor(X, requires_grad=True)
    twin = duplicate(t)
    assert twin is not t and twin.requires_grad and twin.data is not t.data
    ops.sum(3 * t * twin).backward()
    np.testing.assert_array_equal(t.grad, 3 * X)
    np.testing.assert_array_equal(twin.grad, 3 * X)
    assert not duplicate(t.detach()).requires_grad


@pytest.mark.parametrize("duplicate", COPIES)
def test_a_result_is_not_copied_out_of_its_graph(duplicate):
    y = Tensor(X, requires_grad=True) * 2
    with pytest.raises(TypeError, match=r"multiply, shape \(3,\)(.|\n)*detach"):
        duplicate(y)
    np.testing.assert_array_equal(duplicate(y.detach()).data, 2 * X)


def test_a_number_can_be_formatted():
    loss = Tensor(2.0 / 3.0, requires_grad=True)
    assert f"{loss:.3f}" == "0.667" and f"{loss}" == str(loss)
    with pytest.raises(ValueError, match="exactly one element"):
        f"{Tensor(X):.3f}"
