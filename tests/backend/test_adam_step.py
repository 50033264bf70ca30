"""The step of Adam in place, against the algorithm as the paper prints it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchgen.backend import numpy as numpy_kernels
from tests.support.backends import backend

EVERYWHERE = ["numpy", "strict", "fakecupy", pytest.param("cupy", marks=pytest.mark.gpu)]


def textbook(p, g, m, v, lr, beta1, beta2, eps, step):
    """Kingma and Ba 2015, algorithm 1."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g ** 2
    m_hat, v_hat = m / (1 - beta1 ** step), v / (1 - beta2 ** step)
    return p - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@pytest.mark.parametrize("name", EVERYWHERE)
@given(seed=st.integers(0, 99), n=st.integers(0, 9), step=st.integers(1, 1000),
       lr=st.floats(0, 1), beta1=st.floats(0, 0.999), beta2=st.floats(0, 0.9999),
       eps=st.sampled_from([1e-8, 1e-3, 1.0]))
def test_follows_the_paper(name, seed, n, step, lr, beta1, beta2, eps):
    rng = np.random.default_rng(seed)
    p, g, m = rng.standard_normal((3, n))
    v = rng.random(n)
    expected = textbook(p, g, m, v, lr, beta1, beta2, eps, step)
    with backend(name) as here:
        sums = m / (1 - beta1), v / (1 - beta2)         # the kernel leaves the weights to the end
        arrays = [here.asarray(x) for x in (p, g, *sums)]
        result = here.space.adam_step(*arrays, lr=lr, beta1=beta1, beta2=beta2, eps=eps, step=step)
        after = [here.to_numpy(x) for x in arrays]
    assert result is None
    np.testing.assert_array_equal(after[1], g)
    after[2], after[3] = after[2] * (1 - beta1), after[3] * (1 - beta2)
    for found, exact in zip((after[0], after[2], after[3]), expected):
        np.testing.assert_allclose(found, exact, rtol=1e-12, atol=1e-14)


def test_blocks_do_not_show(rng, monkeypatch):
    """A long array in many blocks, the last one short, gives the same bits as in one block."""
    settings = dict(lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, step=3)
    whole = [rng.random(1000, dtype=np.float32) for _ in range(4)]
    parts = [x.copy() for x in whole]
    numpy_kernels.adam_step(*whole, **settings)
    monkeypatch.setattr(numpy_kernels, "BLOCK", 128)
    numpy_kernels.adam_step(*parts, **settings)
    for x, y in zip(whole, parts):
        np.testing.assert_array_equal(x, y, strict=True)


@pytest.mark.parametrize("name", EVERYWHERE)
def test_keeps_float32_and_the_arrays_themselves(name):
    with backend(name) as here:
        p = here.asarray(np.ones(6, np.float32))
        view = p[1:4]                       # a parameter is a view of the flat buffer
        g, m, v = (here.asarray(np.full(3, 0.5, np.float32)) for _ in range(3))
        here.space.adam_step(view, g, m, v, lr=0.1, beta1=0.9, beta2=0.999, eps=1e-8, step=1)
        after = here.to_numpy(p)
        assert here.to_numpy(m).dtype == np.float32
    assert after.dtype == np.float32
    assert (after[[0, 4, 5]] == 1).all() and (after[1:4] < 1).all()
