"""Making arrays: from numbers, across backends, from noise."""

import numpy as np
import pytest

import scratchgen as sg
from tests.support import fake_cupy
from tests.support.backends import backend


def test_numbers_become_arrays_of_the_backend_in_use(xp_backend):
    x = sg.backend.asarray([[1.0, 2.0], [3.0, 4.0]])
    assert sg.backend.namespace(x) is xp_backend.space
    values = xp_backend.to_numpy(x)
    np.testing.assert_array_equal(values, [[1.0, 2.0], [3.0, 4.0]])
    assert values.dtype == xp_backend.dtype
    assert xp_backend.to_numpy(sg.backend.asarray([1, 2])).dtype == np.int64
    assert xp_backend.to_numpy(sg.backend.asarray([True])).dtype == bool
    assert sg.backend.asarray(2.0).shape == ()


def test_there_and_back(xp_backend, rng):
    values = rng.standard_normal((2, 3)).astype(np.float32)
    x = sg.backend.asarray(values)
    assert sg.backend.namespace(x) is xp_backend.space
    np.testing.assert_array_equal(sg.backend.to_numpy(x), values, strict=True)


def test_an_array_of_the_backend_in_use_is_not_copied(xp_backend):
    x = xp_backend.asarray([1.0, 2.0])
    assert np.shares_memory(sg.backend.asarray(x), x) if xp_backend.name.startswith("numpy") \
        else sg.backend.asarray(x).shape == x.shape
    with sg.backend.use("numpy"):
        values = np.ones(3)
        assert sg.backend.asarray(values) is values


@pytest.mark.parametrize("name", ["strict", "fakecupy"])
def test_arrays_move_to_the_backend_in_use(name):
    with backend(name) as here:
        x = sg.backend.asarray(np.array([1.0, 2.0]))
        assert sg.backend.namespace(x) is here.space
        with sg.backend.use("numpy"):
            back = sg.backend.asarray(x)
    assert type(back) is np.ndarray
    np.testing.assert_array_equal(back, [1.0, 2.0])


@pytest.mark.parametrize("data, why", [
    ("text", "numbers"), (["a"], "numbers"), (object(), "numbers"), (None, "numbers"),
    ([[1.0], [1.0, 2.0]], "this list"), (np.array([1, "a"], dtype=object), "numbers"),
    (1j, "complex128")])
def test_what_is_not_numbers_is_refused(data, why):
    with pytest.raises(TypeError, match=why):
        sg.backend.asarray(data)


def test_from_host_takes_dtype_and_place_of_its_model(xp_backend):
    for dtype in xp_backend.dtypes:
        like = xp_backend.asarray([0.0], dtype)
        x = sg.backend.from_host(np.array([1.5, 2.5]), like)
        assert sg.backend.namespace(x) is xp_backend.space
        assert x.dtype == like.dtype and x.device == like.device
        np.testing.assert_array_equal(xp_backend.to_numpy(x), [1.5, 2.5])


def test_noise_is_the_same_everywhere(xp_backend):
    like = xp_backend.asarray([0.0], "float32")
    for name, draw in (("standard_normal", sg.backend.standard_normal),
                       ("random", sg.backend.uniform)):
        x = draw(np.random.default_rng(7), (2, 3), like)
        assert x.dtype == like.dtype
        expected = getattr(np.random.default_rng(7), name)((2, 3)).astype(np.float32)
        np.testing.assert_array_equal(xp_backend.to_numpy(x), expected)
        assert draw(np.random.default_rng(7), (), like).shape == ()


def test_a_generator_of_the_device_draws_on_the_device():
    with backend("fakecupy") as here:
        like = here.asarray([0.0], "float32")
        generator = fake_cupy.SHARED.cupy.random.default_rng(0)
        before = fake_cupy.SHARED.syncs
        x = sg.backend.standard_normal(generator, (4,), like)
        assert fake_cupy.SHARED.syncs == before
        assert sg.backend.namespace(x) is here.space and x.dtype == np.float32


def test_an_integer_seeds_a_generator_and_a_generator_is_itself():
    generator = np.random.default_rng(3)
    assert sg.backend.rng(generator) is generator
    assert sg.backend.rng(3).random() == sg.backend.rng(np.int64(3)).random() == generator.random()


@pytest.mark.parametrize("seed", [None, 0.5, "0", [0]])
def test_anything_else_is_no_source_of_randomness(seed):
    with pytest.raises(TypeError, match="rng must be a numpy.random.Generator, or an int .*\n"):
        sg.backend.rng(seed)


def test_waiting_and_counting_memory_are_possible_everywhere(xp_backend):
    assert sg.backend.synchronize() is None
    peak = sg.backend.peak_memory()
    assert peak is None or peak > 0
    assert xp_backend.space.warm_allocator() in (True, False, None)


def test_who_owns_its_memory(xp_backend):
    """Only an array that surely shares with nobody: no view does, nor a broadcast array."""
    x, space = xp_backend.asarray([[1.0, 2.0], [3.0, 4.0]]), xp_backend.space
    assert not space.owns(x[0, :]) and not space.owns(space.broadcast_to(x, (3, 2, 2)))
    if not xp_backend.name.startswith("strict"):
        assert space.owns(x) and space.owns(x + 1)
