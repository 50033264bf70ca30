"""Each kernel gives the same on every backend: the standard one, the fast ones, the GPU's."""

import math
import types

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgen.backend import Namespace
from scratchgen.backend.namespace import STANDARD
from tests.backend.kernels import CASES
from tests.support.backends import backend

REFERENCE = Namespace("reference", np)              # the standard kernels, on plain NumPy
OTHERS = ["numpy", "strict", "fakecupy", pytest.param("cupy", marks=pytest.mark.gpu)]
ELSEWHERE = {"getitem", "scatter_add", "adam_step",     # test_indexing.py, test_adam_step.py
             "channel_moments"}                         # test_moments.py
NO_ARRAYS = {"synchronize", "warm_allocator", "peak_memory", "owns"}


def test_every_kernel_is_tested():
    kernels = {name for module in STANDARD for name, value in vars(module).items()
               if isinstance(value, types.FunctionType) and not name.startswith("_")}
    helpers = {"one_per_axis", "names_each_once", "is_basic", "require_in_range"}
    assert kernels == CASES.keys() | ELSEWHERE | NO_ARRAYS | helpers


@pytest.mark.kink
@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("kernel", CASES)
@given(data=st.data())
@settings(max_examples=40)
def test_agrees_with_the_standard_kernel(kernel, name, data):
    arguments = data.draw(CASES[kernel])
    expected = getattr(REFERENCE, kernel)(*arguments)
    before = [np.copy(x) for x in arguments if isinstance(x, np.ndarray)]
    with backend(name) as here:
        given = [here.asarray(x) if isinstance(x, np.ndarray) else x for x in arguments]
        result = getattr(here.space, kernel)(*given)
        results = result if isinstance(result, tuple) else (result,)
        after = [here.to_numpy(x) for x in given if hasattr(x, "dtype")]
        found = [np.asarray(here.to_numpy(y)) for y in results]
    np.testing.assert_equal(after, before)          # no kernel writes into its inputs
    for y, z in zip(found, expected if isinstance(expected, tuple) else (expected,), strict=True):
        z = np.asarray(z)
        assert y.dtype == z.dtype and y.shape == z.shape
        unit = 8 * np.finfo(z.dtype).eps if z.dtype.kind == "f" else 0
        np.testing.assert_allclose(y, z, rtol=unit, atol=unit * (kernel == "linear"))


def test_erf_to_the_last_digits():
    x = np.concatenate([np.linspace(-6.5, 6.5, 4001), 10.0 ** np.arange(-300, 3),
                        [math.inf, -math.inf]])
    y = REFERENCE.erf(x)
    np.testing.assert_allclose(y, [math.erf(v) for v in x], rtol=1e-15)
    assert np.isnan(REFERENCE.erf(np.array(math.nan)))
    half = np.linspace(-7, 7, 41, dtype="float16")
    y = REFERENCE.erf(half)
    np.testing.assert_array_equal(y, [np.float16(math.erf(v)) for v in half])
    assert y.dtype == half.dtype
    np.testing.assert_allclose(REFERENCE.erf(np.arange(3)), [math.erf(v) for v in range(3)], 1e-15)


@pytest.mark.parametrize("name", ["numpy", "strict", "fakecupy"])
def test_small_values_keep_their_digits(name):
    """1 / (1 + exp(700)) is 1e-304, not 0, and log(1 + exp(-700)) likewise."""
    with backend(name) as here:
        x = here.asarray([-700.0, -40.0, 40.0])
        sigmoid, softplus = (here.to_numpy(f(x)) for f in (here.space.sigmoid, here.space.softplus))
        loss = here.to_numpy(here.space.bce_with_logits(x, here.asarray([0.0, 0.0, 1.0]))[0])
    np.testing.assert_allclose(sigmoid, [math.exp(-700), math.exp(-40), 1], rtol=1e-14)
    np.testing.assert_allclose(softplus, [math.exp(-700), math.exp(-40), 40], rtol=1e-14)
    np.testing.assert_allclose(loss, [math.exp(-700), math.exp(-40), math.exp(-40)], rtol=1e-14)


@pytest.mark.kink
@pytest.mark.parametrize("name", ["numpy", "strict", "fakecupy"])
def test_an_infinite_logit_costs_nothing_or_everything(name):
    """-log p(t) with p = sigmoid(inf) = 1: 0 if t = 1, infinite for any other t."""
    inf, nan = math.inf, math.nan
    logits = np.repeat([inf, -inf, 1e30, -1e30, nan], 3)
    targets = np.tile([0.0, 0.5, 1.0], 5)
    with backend(name) as here:
        found = here.space.bce_with_logits(here.asarray(logits), here.asarray(targets))
        loss, probability = map(here.to_numpy, found)
    np.testing.assert_array_equal(loss, [inf, inf, 0, 0, inf, inf, 1e30, 5e29, 0, 0, 5e29, 1e30,
                                         nan, nan, nan])
    np.testing.assert_array_equal(probability, np.repeat([1, 0, 1, 0, nan], 3))


@pytest.mark.parametrize("name", ["numpy", "strict", "fakecupy"])
def test_only_the_triangle_in_question_is_read(name):
    a = np.array([[2.0, 9.0], [1.0, 4.0]])
    with backend(name) as here:
        b = here.asarray([[2.0], [9.0]])
        lower = here.to_numpy(here.space.solve_triangular(here.asarray(a), b, True))
        upper = here.to_numpy(here.space.solve_triangular(here.asarray(a), b, False))
    np.testing.assert_allclose(lower, [[1.0], [2.0]])
    np.testing.assert_allclose(upper, [[-9.125], [2.25]])


def test_a_singular_triangle_is_refused_where_values_are_at_hand():
    with backend("numpy") as here, pytest.raises(np.linalg.LinAlgError, match="diagonal"):
        here.space.solve_triangular(np.array([[1.0, 5.0], [7.0, 0.0]]), np.ones((2, 1)), True)
