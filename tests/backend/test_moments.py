"""The mean and variance of channels: as in twice the precision, however far from 0."""
import numpy as np
import pytest

from tests.support.backends import backend

BACKENDS = ["numpy", "strict", "fakecupy", pytest.param("cupy", marks=pytest.mark.gpu)]


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("centre", [0.0, 1e3, 1e5])
@pytest.mark.parametrize("shape", [(300, 1), (7, 5, 3), (4, 40, 41, 12)])
def test_are_those_of_exact_arithmetic(shape, centre, name, rng):
    """Their rounding is relative to the spread, not to the distance from 0."""
    x = (centre + rng.normal(size=shape)).astype(np.float32)
    exact = x.astype(np.float64).reshape(-1, shape[-1])
    with backend(name) as here:
        found = here.space.channel_moments(here.asarray(x))
        mean, rest, variance = (here.to_numpy(a).astype(np.float64) for a in found)
        assert all(a.dtype == found[0].dtype and a.shape == shape[-1:] for a in found)
    np.testing.assert_allclose(mean + rest, exact.mean(0), rtol=0, atol=2e-6)
    np.testing.assert_allclose(variance, exact.var(0), rtol=1e-4)


@pytest.mark.parametrize("name", BACKENDS)
def test_a_constant_has_no_spread(name):
    with backend(name) as here:
        x = here.asarray(np.full((50, 2), 7.0))
        mean, rest, variance = map(here.to_numpy, here.space.channel_moments(x))
    np.testing.assert_array_equal([mean + rest, variance], [[7, 7], [0, 0]])
