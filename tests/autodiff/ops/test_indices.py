"""Whatever names entries may be an index, and each entry named gets its gradient back."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen import ops


def leaf(values):
    return sg.Tensor(values, requires_grad=True)


def test_an_entry_taken_twice_gets_both_gradients():
    x = leaf([1.0, 2.0, 3.0])
    x[[0, 2, 0]].backward([1.0, 10.0, 100.0])
    np.testing.assert_array_equal(x.grad, [101, 0, 10])


INDICES = [[0, 1], np.array([0, 1]), sg.Tensor([0, 1]), (sg.Tensor([0, 1]),), slice(2), -1, [],
           [True, True, False], np.array([True, True, False]), sg.Tensor([True, True, False]),
           np.int64(1), sg.Tensor(1), (None, np.array(1)), (..., np.array([[0], [1]]))]


@pytest.mark.parametrize("index", INDICES, ids=lambda index: type(index).__name__)
def test_whatever_names_entries_may_be_an_index(index):
    x = np.arange(12.0).reshape(3, 4)

    def plain(part):
        if isinstance(part, tuple):
            return tuple(map(plain, part))
        return part.data if isinstance(part, sg.Tensor) else part
    t = leaf(x)
    y = t[index]
    np.testing.assert_array_equal(y.data, x[plain(index)])
    y.sum().backward()
    expected = np.zeros_like(x)
    np.add.at(expected, plain(index), 1.0)
    np.testing.assert_array_equal(t.grad, expected)


def test_a_tensor_compared_gives_a_mask_for_indexing():
    x = leaf([[1.0, -2.0], [3.0, -4.0]])
    (x[x > 0] ** 2).sum().backward()
    np.testing.assert_array_equal(x.grad, [[2, 0], [6, 0]])


@pytest.mark.parametrize("repeats", [[2, 0, 1], np.array([2, 0, 1]), sg.Tensor([2, 0, 1])])
def test_repeat_with_a_number_for_each_entry(repeats):
    x = leaf([[1.0, 2.0, 3.0]])
    y = ops.repeat(x, repeats, axis=1)
    np.testing.assert_array_equal(y.data, [[1, 1, 3]])
    y.backward([[1.0, 10.0, 100.0]])
    np.testing.assert_array_equal(x.grad, [[11, 0, 100]])


def test_concat_without_an_axis_makes_one_row():
    x = leaf([[1.0, 2.0]])
    y = ops.concat([x, np.array(3.0), x], axis=None)
    np.testing.assert_array_equal(y.data, [1, 2, 3, 1, 2])
    y.backward([1.0, 2.0, 3.0, 4.0, 5.0])
    np.testing.assert_array_equal(x.grad, [[5, 7]])


def test_take_along_axis_picks_one_entry_of_each_row():
    x = leaf([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    y = ops.take_along_axis(x, np.array([[0], [1], [-1]]), axis=1)
    np.testing.assert_array_equal(y.data, [[1], [4], [6]])
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, [[1, 0], [0, 1], [0, 1]])
