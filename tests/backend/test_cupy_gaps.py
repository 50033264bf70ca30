"""What the array-API standard has and CuPy lacks is filled in; the fake lacks what CuPy lacks."""

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import backend as backends
from scratchgen import ops
from tests.support import fake_cupy
from tests.support.backends import backend

X = np.arange(12.0).reshape(3, 4) ** 1.5
CALLS = {
    "clip(min)": lambda xp, x: xp.clip(x, min=3.0),
    "clip(max)": lambda xp, x: xp.clip(x, max=3.0),
    "var": lambda xp, x: xp.var(x, axis=0, correction=1.0),
    "std": lambda xp, x: xp.std(x, axis=(0, 1), correction=1.0, keepdims=True),
    "unstack": lambda xp, x: xp.unstack(x, axis=1)[3],
    "vecdot": lambda xp, x: xp.vecdot(x, x + 1, axis=0),
    "diagonal": lambda xp, x: xp.linalg.diagonal(x, offset=1),
    "trace": lambda xp, x: xp.linalg.trace(x, offset=-1),
    "solve": lambda xp, x: xp.linalg.solve(xp.eye(4, dtype=x.dtype) * 2, x[None, :, :, None]),
    "zeros": lambda xp, x: xp.zeros((2, 3), dtype=xp.float32, device=x.device),
    "ones_like": lambda xp, x: xp.ones_like(x, dtype=xp.float32, device=x.device),
    "arange": lambda xp, x: xp.arange(5, device=x.device),
    "asarray": lambda xp, x: xp.asarray(np.ones(2), device=x.device),
}


@pytest.mark.parametrize("name", ["fakecupy", pytest.param("cupy", marks=pytest.mark.gpu)])
@pytest.mark.parametrize("call", CALLS)
def test_filled_in_as_numpy_has_it(call, name):
    expected = CALLS[call](backends.namespace(X), X)
    with backend(name) as here:
        found = here.to_numpy(CALLS[call](here.space, here.asarray(X)))
    np.testing.assert_allclose(found, expected, rtol=1e-14, strict=True)


FLOAT, DOUBLE, WHOLE = np.float32, np.float64, np.int64
MIXED = {
    "sigmoid":    (ops.sigmoid, [(3, 4)], [WHOLE]),
    "softplus":   (ops.softplus, [(3, 4)], [WHOLE]),
    "leaky_relu": (ops.leaky_relu, [(3, 4)], [WHOLE]),
    "erf":        (ops.erf, [(3, 4)], [WHOLE]),
    "silu":       (ops.silu, [(3, 4)], [WHOLE]),
    "conv2d, bias of more digits": (ops.conv2d, [(2, 4, 4, 3), (2, 2, 3, 2), (2,)],
                                    [FLOAT, FLOAT, DOUBLE]),
    "conv2d, bias of fractions":   (ops.conv2d, [(2, 4, 4, 3), (2, 2, 3, 2), (2,)],
                                    [WHOLE, WHOLE, DOUBLE]),
    "conv_transpose2d, bias of more digits":
        (lambda x, w, b: ops.conv_transpose2d(x, w, b, activation="tanh"),
         [(2, 4, 4, 2), (2, 2, 3, 2), (3,)], [FLOAT, FLOAT, DOUBLE]),
}


@pytest.mark.parametrize("name", ["fakecupy", pytest.param("cupy", marks=pytest.mark.gpu)])
@pytest.mark.parametrize("call", MIXED)
def test_kernels_promote_as_numpy_does(call, name, rng):
    """A kernel computes in one dtype, and would round to it what is of another."""
    f, shapes, dtypes = MIXED[call]
    arrays = [(3 * rng.standard_normal(shape)).astype(d) for shape, d in zip(shapes, dtypes)]
    expected = f(*arrays)
    with backend(name) as here:
        found = here.to_numpy(f(*map(here.asarray, arrays)))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6, strict=True)


@pytest.mark.parametrize("name", ["fakecupy", pytest.param("cupy", marks=pytest.mark.gpu)])
def test_batch_norm_with_a_scale_of_more_digits(name, rng):
    x, w, b = rng.standard_normal((5, 3)).astype(FLOAT), rng.standard_normal(3), np.ones(3)
    expected = (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5) * w + b
    with backend(name) as here:
        leaf = sg.Tensor(here.asarray(w), requires_grad=True)
        y = ops.batch_norm(here.asarray(x), leaf, here.asarray(b))
        y.sum().backward()
        np.testing.assert_allclose(here.to_numpy(y), expected, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(here.to_numpy(leaf.grad), 0, atol=1e-5)


@pytest.mark.parametrize("call", ["clip(min)", "var", "unstack", "vecdot", "solve", "zeros"])
def test_the_fake_lacks_them_too(call):
    """So a kernel or an op that relies on more than CuPy has fails without a GPU."""
    with backend("fakecupy") as here, pytest.raises((TypeError, AttributeError, ValueError)):
        CALLS[call](fake_cupy.SHARED.cupy, here.asarray(X))


@pytest.mark.parametrize("name", ["fakecupy", pytest.param("cupy", marks=pytest.mark.gpu)])
def test_a_gpu_says_that_a_matrix_is_not_positive_definite_only_when_asked(name):
    with backend(name) as here:
        a = here.asarray([[1.0, 2.0], [2.0, 1.0]])
        factor = here.to_numpy(here.space.linalg.cholesky(a))
        assert np.isnan(factor).any()
        with backends.checked(), pytest.raises(np.linalg.LinAlgError):
            here.space.linalg.cholesky(a)
