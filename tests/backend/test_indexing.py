"""x[index] and its adjoint mean on every backend what they mean in NumPy."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from scratchgen import backend as backends
from scratchgen.backend import Namespace
from tests.support.backends import backend

REFERENCE = Namespace("reference", np)
EVERYWHERE = ["numpy", "strict", "fakecupy", pytest.param("cupy", marks=pytest.mark.gpu)]
PAIRS = np.array([[0, 1], [-1, 2]])
MASK = np.arange(30).reshape(5, 6) % 3 == 0
ZOO = [
    0, -1, (slice(None), 1), ..., (..., 0), (0, ..., 0), None, (None, ..., None), (0, 0, 0),
    slice(None, None, -1), slice(-100, 100, 2), slice(100, 0, -1), slice(3, 1), slice(-1, None, -2),
    PAIRS, (slice(None), PAIRS), (PAIRS, slice(None), PAIRS), (PAIRS, 0), (0, slice(None), PAIRS),
    (slice(None), 0, PAIRS), (PAIRS, None, PAIRS), (..., PAIRS, slice(1, 3)), (None, PAIRS, ...),
    (PAIRS, PAIRS[0], PAIRS[:, :1]), (np.array(1),), np.zeros(0, int),
    (slice(1, 3), np.zeros(3, int)),
    np.arange(120).reshape(4, 5, 6) % 7 == 0, np.arange(4) > 1, (slice(None), MASK), (..., MASK[0]),
    (PAIRS[0], slice(None), np.arange(6) < 2), (np.zeros(4, bool), 0),
    (np.array([0, 0, 3]), np.array([1, 1, 2]), np.array([5, 5, -1])),
]


def across(here, index):
    if isinstance(index, tuple):
        return tuple(across(here, part) for part in index)
    return here.asarray(index) if isinstance(index, np.ndarray) else index


def check(here, x, index):
    """The value, then the adjoint: a number for each entry picked, added where it came from."""
    expected = x[index]
    y = here.to_numpy(here.space.getitem(here.asarray(x), across(here, index)))
    np.testing.assert_array_equal(y, expected, strict=True)
    g = np.arange(1.0, 1 + expected.size).reshape(expected.shape)
    total = np.zeros(x.shape)
    np.add.at(total, index, g)
    found = here.space.scatter_add(here.asarray(g), across(here, index), x.shape)
    np.testing.assert_allclose(here.to_numpy(found), total, rtol=1e-14, strict=True)


@pytest.mark.parametrize("name", ["numpy", "strict"])
@pytest.mark.parametrize("shape, index", [((4, 5, 6), (slice(None), PAIRS, ..., 0)),
                                          ((4, 5), (None, 0, ..., PAIRS))], ids=repr)
def test_an_ellipsis_between_index_arrays_parts_them(name, shape, index):
    """NumPy's rule, also for one that stands for no axis: the axes of the arrays come first."""
    with backend(name) as here:
        check(here, np.arange(math.prod(shape)).reshape(shape) / 2, index)


@pytest.mark.parametrize("name", EVERYWHERE)
@pytest.mark.parametrize("index", ZOO, ids=lambda index: repr(index).replace("\n", "")[:60])
def test_the_zoo_of_indices(name, index):
    with backend(name) as here:
        check(here, np.arange(120.0).reshape(4, 5, 6), index)


@pytest.mark.parametrize("name", EVERYWHERE)
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint64"])
def test_small_integers_name_elements_beyond_their_range(name, dtype):
    rows, columns = np.array([3, 11, 3]).astype(dtype), np.array([50, 99, 50]).astype(dtype)
    for index in ((rows, columns), (slice(None), columns), (rows, slice(9))):
        with backend(name) as here:
            check(here, np.arange(1200.0).reshape(12, 100), index)


@st.composite
def arrays_and_indices(draw):
    """Any mixture of slices, integers, integer arrays that broadcast, and one new axis."""
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4))
    x = np.resize(np.arange(1.0, 121.0), shape)
    together = draw(st.sampled_from([(), (2,), (3, 1), (1, 2), (0,)]))
    index = []
    for n in shape:
        positions = st.integers(-n, n - 1)
        some = hnp.arrays(np.int64, together[draw(st.integers(0, len(together))):],
                          elements=positions)
        index.append(draw(st.one_of(st.slices(n), positions, st.just(slice(None)), some)))
    if draw(st.booleans()):
        index.insert(draw(st.integers(0, len(index))), None)
    return x, tuple(index)


@pytest.mark.parametrize("name", EVERYWHERE)
@given(drawn=arrays_and_indices())
@settings(max_examples=100)
def test_any_mixture(name, drawn):
    with backend(name) as here:
        check(here, *drawn)


@pytest.mark.parametrize("name", ["numpy", "strict"])
@pytest.mark.parametrize("index", [
    4, -5, (0, 0, 0, 0), np.array([0, 4]), np.array([-5]), (0, np.array([5])),
    (slice(None), MASK[:, :5]), (PAIRS, PAIRS + 4), np.array([0.0, 1.0]),
], ids=repr)
def test_an_index_outside_raises(name, index):
    with backend(name) as here, pytest.raises(IndexError):
        here.space.getitem(here.asarray(np.arange(120.0).reshape(4, 5, 6)), across(here, index))


@pytest.mark.parametrize("index", [
    np.array([0, 4]), (0, ..., np.array([-7])), (None, np.array([9]))], ids=repr)
def test_a_gpu_looks_for_indices_outside_only_when_asked(index):
    """CuPy wraps them around; looking costs a wait."""
    x = np.arange(120.0).reshape(4, 5, 6)
    with backend("fakecupy") as here:
        device_x, device_index = here.asarray(x), across(here, index)
        here.space.getitem(device_x, device_index)
        with backends.checked():
            with pytest.raises(IndexError, match=r"out of bounds for an axis of size \d"):
                here.space.getitem(device_x, device_index)
            with pytest.raises(IndexError, match="out of bounds"):
                here.space.scatter_add(here.asarray(1.0), device_index, x.shape)
