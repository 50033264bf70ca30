"""Each initialiser has the law its docstring states."""

import math

import numpy as np
import pytest

from scratchgen.nn import init
from tests.support.statistics import FALSE_ALARM_RATE, assert_estimate, critical_value

DENSE, CONVOLUTION = (200, 300), (3, 5, 8, 40)

# name, its variance from fan in i and fan out o, its bound (None: normal)
LAWS = [
    ("fan_in_uniform", lambda i, o: 1 / (3 * i), lambda i, o: 1 / math.sqrt(i)),
    ("glorot_uniform", lambda i, o: 2 / (i + o), lambda i, o: math.sqrt(6 / (i + o))),
    ("glorot_normal", lambda i, o: 2 / (i + o), None),
    ("he_uniform", lambda i, o: 2 / i, lambda i, o: math.sqrt(6 / i)),
    ("he_normal", lambda i, o: 2 / i, None),
]


@pytest.mark.parametrize("shape, fans", [(DENSE, (200, 300)), (CONVOLUTION, (120, 600))])
@pytest.mark.parametrize("name, variance, bound", LAWS, ids=[name for name, *_ in LAWS])
def test_law(name, variance, bound, shape, fans):
    w = getattr(init, name)(shape, rng=0, dtype="float64")
    assert w.shape == shape and init.fans(shape) == fans
    exact, n = variance(*fans), w.size
    # The variance of a mean of squares: 2 v^2 / n for a normal, 4/5 v^2 / n for a uniform law.
    spread = 2 if bound is None else 4 / 5
    assert_estimate(w.mean(), 0, standard_error=math.sqrt(exact / n))
    assert_estimate((w**2).mean(), exact, standard_error=exact * math.sqrt(spread / n))
    if bound is not None:               # the largest of n is below c times the bound with c^n
        nearly = FALSE_ALARM_RATE ** (1 / n)
        assert nearly * bound(*fans) < np.abs(w).max() < bound(*fans)


@pytest.mark.parametrize("name", ["he_uniform", "he_normal"])
def test_the_slope_of_a_leaky_relu_makes_weights_smaller(name):
    relu, leaky = (getattr(init, name)(DENSE, slope=s, rng=0, dtype="float64") for s in (0, 0.5))
    np.testing.assert_allclose(leaky, relu / math.sqrt(1.25), rtol=1e-12, atol=1e-15)


def test_signals_keep_their_size_through_relu_layers_of_he(rng):
    """E[relu(y)^2] stays near 1 over ten layers; with fan_in_uniform it dies as 6^-10.

    The weights are random, so its logarithm has a standard deviation of 0.3 (seen in 60 networks).
    """
    def through(initialiser):
        x = rng.standard_normal((500, 300))
        for layer in range(10):
            x = np.maximum(x @ initialiser((300, 300), rng=layer, dtype="float64"), 0)
        return (x**2).mean()

    away = critical_value() * 0.3
    assert abs(math.log(through(init.he_normal))) < away
    assert abs(math.log(through(init.fan_in_uniform) * 6**10)) < away


def test_the_same_seed_gives_the_same_weights_in_both_dtypes():
    single, double = (init.he_normal(DENSE, rng=3, dtype=d) for d in ("float32", "float64"))
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, double.astype(np.float32))


def test_a_generator_is_drawn_from_in_turn():
    rng = np.random.default_rng(0)
    assert (init.he_normal((2, 2), rng=rng) != init.he_normal((2, 2), rng=rng)).all()


def test_constants():
    np.testing.assert_array_equal(init.zeros((2, 3)), np.zeros((2, 3), np.float32))
    np.testing.assert_array_equal(init.ones(()), np.float32(1))
    assert init.constant((2,), 0.5, dtype="float64").dtype == np.float64


def test_fans_need_two_axes():
    with pytest.raises(ValueError, match=r"\(3,\)"):
        init.he_normal((3,), rng=0)


def test_on_every_backend(xp_backend):
    host = np.random.default_rng(0).uniform(-0.5, 0.5, (4, 2)).astype(np.float32)
    np.testing.assert_array_equal(xp_backend.to_numpy(init.fan_in_uniform((4, 2), rng=0)), host)
    np.testing.assert_array_equal(xp_backend.to_numpy(init.ones((3,))), np.ones(3, np.float32))
