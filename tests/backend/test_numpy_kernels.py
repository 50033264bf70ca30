"""What only the fast NumPy kernels do: another road to the same sum, no warning on the way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchgen.backend import numpy as kernels


@given(shape=st.sampled_from([(600,), (30, 40), (1, 600), (600, 1), (7, 11, 13), (2, 3, 5, 40),
                              (2, kernels._LONG + 1)]),
       dtype=st.sampled_from([np.float32, np.float64, np.int64, bool]),
       order=st.sampled_from("CF"), keepdims=st.booleans(), data=st.data())
def test_sums_over_any_axes(shape, dtype, order, keepdims, data):
    n = len(shape)
    several = st.lists(st.integers(-n, n - 1), unique_by=lambda a: a % n).map(tuple)
    axis = data.draw(st.none() | st.integers(-n, n - 1) | several | st.just(tuple(range(n - 1))))
    x = np.asarray(np.random.default_rng(0).integers(0, 9, shape), dtype=dtype, order=order)
    expected = np.sum(x, axis=axis, keepdims=keepdims)
    found = kernels.sum(x, axis=axis, keepdims=keepdims)
    np.testing.assert_array_equal(found, expected)          # whole numbers: exact in any order
    assert found.dtype == expected.dtype and found.shape == expected.shape


@pytest.mark.parametrize("axis", [0, (0, 1)])
def test_a_sum_over_nothing_is_zero(axis):
    np.testing.assert_array_equal(kernels.sum(np.ones((0, 5, 3)), axis=axis),
                                  np.ones((0, 5, 3)).sum(axis=axis))


def test_a_long_row_keeps_its_digits():
    """A tenth is rounded, and added in a row each sum is rounded to the same side."""
    x = np.full((2, 10_000), 0.1, np.float32)
    np.testing.assert_allclose(kernels.sum(x, axis=1), 1e4 * np.float64(x[0, 0]), rtol=3e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, bool])
@pytest.mark.parametrize("m, k, n", [(3, 1, 4), (1, 1, 1), (0, 1, 4), (3, 2, 4), (3, 0, 4)])
def test_products_of_a_column_and_a_row(m, k, n, dtype, rng):
    a, b = (rng.integers(0, 3, shape).astype(dtype) for shape in ((m, k), (k, n)))
    np.testing.assert_array_equal(kernels.matmul(a, b), np.matmul(a, b), strict=True)


def test_a_column_and_a_taller_row_do_not_fit():
    with pytest.raises(ValueError, match="mismatch"):
        kernels.matmul(np.ones((3, 1)), np.ones((2, 4)))


@pytest.mark.kink
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("n", [-4, -3, -2, -1, 0, 1, 2, 3, 4, 7, 3.0, -2.0, 1.5, np.inf, 10 ** 6])
def test_powers_of_negative_numbers(dtype, n):
    x = np.array([-2.5, -1.0, -0.3, -0.0, 0.0, 0.3, 1.0, 2.5, -np.inf, np.inf, np.nan], dtype)
    found, expected = kernels.pow(x, n), np.power(x, n)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=4 * np.finfo(dtype).eps)
    here = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(found)[here], np.signbit(expected)[here])
    np.testing.assert_array_equal(kernels.pow(x[3], n), np.power(x[3], n))       # of a single one


def test_powers_of_integers_and_by_arrays_are_those_of_numpy(rng):
    whole, x = np.arange(-4, 5), rng.standard_normal(9)
    np.testing.assert_array_equal(kernels.pow(whole, 3), whole * whole * whole)
    np.testing.assert_array_equal(kernels.pow(abs(x), x), np.power(abs(x), x))
    np.testing.assert_array_equal(kernels.pow(2.0, whole + 4), [1, 2, 4, 8, 16, 32, 64, 128, 256])


@pytest.mark.parametrize("order", "CF")
def test_erf_of_many_numbers_is_that_of_each(order, rng):
    x = np.asarray(rng.standard_normal((3, kernels.BLOCK // 2 + 5)), order=order)
    y, each = kernels.erf(x), np.array([kernels.erf(row) for row in x])
    np.testing.assert_array_equal(y, each)
    assert y.shape == x.shape and y.dtype == x.dtype


def test_a_huge_loss_is_no_warning():
    """float32 ends at 3e38: the losses are fine one by one, and their sum is not asked for."""
    logits = np.full(100, 1e37, np.float32)
    loss, _ = kernels.bce_with_logits(logits, np.zeros_like(logits))
    np.testing.assert_array_equal(loss, logits)


def test_arrays_and_numbers_that_are_no_numbers():
    assert kernels.host_array([1, 2]).dtype == np.int64
    assert kernels.host_array([1, 2], np.float32).dtype == np.float32
    with pytest.raises(TypeError, match="cannot make an array of this str"):
        kernels.host_array("one", np.float32)


def test_the_linear_algebra_library_has_a_name():
    assert kernels.blas().split()[0] not in ("", "unknown")
