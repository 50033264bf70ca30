"""A parameter keeps its place, its shape and its dtype."""

import copy
import pickle

import numpy as np
import pytest

import scratchgen as sg
from scratchgen.nn import Parameter


def test_numbers_become_float32_and_arrays_keep_their_dtype():
    assert Parameter(0.5).dtype == np.float32
    assert Parameter([[1, 2], [3, 4]]).dtype == np.float32
    assert Parameter(np.zeros(3)).dtype == np.float64
    assert Parameter(np.zeros(3), dtype="float32").dtype == np.float32
    assert Parameter(sg.Tensor([1.0]), dtype="float32").dtype == np.float32


def test_integers_have_no_gradient():
    with pytest.raises(TypeError, match="floating"):
        Parameter(np.arange(3))


def test_is_a_leaf_that_requires_a_gradient():
    p = Parameter([1.0, 2.0])
    (p * p).sum().backward()
    np.testing.assert_array_equal(p.grad, [2, 4])
    assert isinstance(p, sg.Tensor) and p.requires_grad and p.op is None


def test_copies_what_it_is_made_from():
    values = np.zeros(2, np.float32)
    p = Parameter(values)
    values += 1
    np.testing.assert_array_equal(p.data, 0)


@pytest.mark.parametrize("values", [np.array([3, 4]), [3.0, 4.0], sg.Tensor([3.0, 4.0])])
def test_assigning_data_copies_into_its_place(values):
    p = Parameter(np.zeros(2, np.float32))
    place = p.data
    p.data = values
    assert p.data is place and p.dtype == np.float32
    np.testing.assert_array_equal(place, [3, 4])


@pytest.mark.parametrize("values", [0.0, [1.0], np.zeros((2, 1)), np.zeros((1, 2))])
def test_assigning_another_shape_is_refused(values):
    p = Parameter([1.0, 2.0])
    with pytest.raises(sg.ShapeError, match=r"expected  \(2,\)"):
        p.data = values
    np.testing.assert_array_equal(p.data, [1, 2])


def test_data_in_place_works_as_in_numpy():
    p = Parameter([1.0, 2.0])
    p.data -= 1
    p.data[0] = 7
    np.testing.assert_array_equal(p.data, [7, 1])


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_a_copy_is_another_node_with_the_same_values(duplicate):
    p = Parameter([1.0, 2.0])
    p.requires_grad = False
    twin = duplicate(p)
    twin.data += 1
    assert type(twin) is Parameter and twin.order != p.order and not twin.requires_grad
    np.testing.assert_array_equal(p.data, [1, 2])
    np.testing.assert_array_equal(twin.data, [2, 3])


def test_a_copied_model_is_trained_apart_from_the_original():
    model = sg.nn.mlp(2, 3, 1, rng=0)
    twin = copy.deepcopy(model)
    sg.optim.SGD(twin.parameters(), lr=1.0)
    sg.ops.sum(model(np.ones((4, 2), np.float32)) + twin(np.ones((4, 2), np.float32))).backward()
    for p, q in zip(model.parameters(), twin.parameters()):
        np.testing.assert_array_equal(p.grad, q.grad)
        assert not np.shares_memory(p.data, q.data)


def test_its_name_is_its_class():
    assert repr(Parameter([1.0, 2.0])) == "Parameter([1., 2.], dtype=float32)"


def test_on_every_backend(xp_backend):
    p = Parameter(xp_backend.asarray([1.0, 2.0], "float32"))
    place = p.data
    p.data = [3.0, 4.0]
    assert p.data is place
    np.testing.assert_array_equal(xp_backend.to_numpy(p), [3, 4])
