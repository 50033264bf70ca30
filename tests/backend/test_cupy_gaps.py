"""What the array-API standard has and CuPy lacks is filled in; the fake lacks what CuPy lacks."""

import numpy as np
import pytest

from scratchgen import backend as backends
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
