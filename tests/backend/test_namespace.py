"""Ops follow the data: whose array is this, and what does xp.name mean for it?"""

import types

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import backend as backends
from scratchgen.backend import Namespace
from tests.support import strict_arrays
from tests.support.backends import backend


def test_the_library_of_the_data(xp_backend):
    x = xp_backend.asarray([1.0, 2.0])
    assert backends.namespace(x) is xp_backend.space
    assert backends.namespace(2.0, None, x, 3) is xp_backend.space


def test_array_scalars_and_subclasses_belong_to_their_library():
    class Subclass(np.ndarray):
        pass
    numpy = backends.namespace(np.zeros(2))
    assert backends.namespace(np.float32(1)) is numpy
    assert backends.namespace(np.zeros(2).view(Subclass)) is numpy


@pytest.mark.parametrize("x", [1, 2.0, None, [1.0], "text", object(), np.zeros])
def test_what_is_no_array(x):
    assert not backends.is_array(x)
    with pytest.raises(TypeError, match="expected an array or a Tensor, got"):
        backends.namespace(x)
    with pytest.raises(TypeError, match="got nothing"):
        backends.namespace()


@pytest.mark.parametrize("name", ["strict", "fakecupy"])
def test_two_libraries_do_not_mix(name):
    with backend(name) as here:
        x = here.asarray([1.0, 2.0])
        with pytest.raises(TypeError, match=f"numpy and {here.space.name}\n  hint      move one"):
            backends.namespace(np.ones(2), x)
        assert backends.namespace(np.ones(2), backends.to_numpy(x)).name == "numpy"


@pytest.mark.parametrize("name", ["strict", "fakecupy"])
def test_an_op_names_the_two_libraries(name):
    with backend(name) as here:
        x = here.asarray([1.0, 2.0])
        for a, b in ((sg.Tensor(np.ones(2)), x), (sg.Tensor(x), np.ones(2)), (x, np.ones(2))):
            with pytest.raises(TypeError, match=f"numpy and {here.space.name}|"
                                                f"{here.space.name} and numpy"):
                sg.ops.add(a, b)
            with pytest.raises(TypeError, match="different backends"):
                sg.ops.linear(np.ones((1, 2)), here.asarray(np.ones((2, 2))))


def test_kernels_come_before_standard_kernels_and_those_before_the_library():
    library = types.SimpleNamespace(positive="plus sign", relu="theirs", tanh="theirs")
    space = Namespace("ours", library, kernels=types.SimpleNamespace(relu="fast"))
    assert space.relu == "fast"
    assert callable(space.positive)
    assert space.tanh == "theirs"
    with pytest.raises(AttributeError, match="the ours backend has no function 'nonsense'"):
        space.nonsense


def test_the_standard_positive_is_a_mask_not_a_plus_sign():
    x = strict_arrays.SPACE.positive(strict_arrays.KERNELS.asarray([-2.0, 3.0]))
    np.testing.assert_array_equal(backends.to_numpy(x), [0.0, 1.0])


def test_protocols_of_python_are_not_looked_up():
    with pytest.raises(AttributeError):
        backends.current().__array_priority__
