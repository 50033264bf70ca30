"""Noise is no motion, a sine is, and one that dies out has settled."""
import numpy as np
import pytest

from scratchgen.models.diagnosis.series import (crossings, deviation, grows, moves, quarters,
                                                swings, von_neumann_ratio)
from tests.support.statistics import assert_estimate

T = np.arange(1000)


def test_the_four_parts_are_the_whole():
    for n in (4, 5, 7, 100):
        parts = quarters(list(range(n)))
        assert sum(parts, []) == list(range(n)) and len(parts) == 4
        assert max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.parametrize("period", [4, 6, 10, 50])
def test_the_ratio_of_a_sine(period):
    wave = np.sin(2 * np.pi * np.arange(100 * period) / period + 0.1)
    assert von_neumann_ratio(wave.tolist()) == pytest.approx(4 * np.sin(np.pi / period) ** 2,
                                                             rel=0.01)


def test_the_ratio_of_noise(rng):
    """2, with a variance of 4 / n (von Neumann 1941), whatever the law's mean and width."""
    n, repeats = 400, 300
    found = [von_neumann_ratio((3 + 0.2 * rng.standard_normal(n)).tolist())
             for _ in range(repeats)]
    assert_estimate(np.mean(found), 2 * n / (n - 1) * (n - 1) / n,
                    standard_error=np.sqrt(4 / n / repeats))
    assert von_neumann_ratio([5.0] * 9) == 2            # no variance: no motion either


def test_crossings_and_deviation():
    assert crossings([0.0, 2, 0, 2, 2]) == 3
    assert crossings([1.0, 1, 1]) == 0
    assert crossings([0.0, 1, 2, 1, 0]) == 2            # a number at the mean is on no side
    assert deviation([1.0, 3.0]) == 1


def sine(amplitude=0.3, period=100, decay=0.0):
    return 0.5 + amplitude * np.exp(-decay * T) * np.sin(2 * np.pi * T / period)


def test_what_swings(rng):
    noise = rng.standard_normal(1000)
    assert swings(sine().tolist())
    assert swings((sine() + 0.1 * noise).tolist())
    assert swings((0.5 + 0.3 * (-1.0) ** T).tolist())               # to and fro at each step
    assert swings((100 * sine()).tolist(), 100.0)


@pytest.mark.parametrize("period", [2.5, 3, 3.5, 4, 5, 6, 6.5, 7])
def test_no_short_period_escapes(period, rng):
    """At P = 4 two steps apart, and at P = 3 or 6 three, what one step apart looks like noise."""
    assert swings((sine(period=period) + 0.1 * rng.standard_normal(1000)).tolist())


@pytest.mark.parametrize("n", [20, 40, 80])
def test_short_noise_is_no_motion(n, rng):
    """Of ten numbers one of the ratios is off by more than 1 in 44 of 100 cases, but by 4 standard
    errors in 2 of 10,000.
    """
    assert sum(moves(values.tolist()) for values in 0.3 * rng.standard_normal((400, n))) <= 2


def test_one_wave_moves_and_is_no_swing():
    assert moves(sine(period=1000).tolist()) and not moves(sine(0.05, 1000).tolist())


def test_what_does_not(rng):
    noise = rng.standard_normal(1000)
    for name, values in {"noise": 0.5 + 0.3 * noise,
                         "a little": sine(0.05), "too little for its scale": sine() / 10,
                         "dying out": sine(3.0, decay=0.003), "a drift": T / 1000,
                         "one wave": sine(period=1000), "rest": 0 * T + 0.5,
                         "a swing that is over": np.where(T < 700, sine(), 0.5)}.items():
        assert not swings(values.tolist()), name
    assert not swings(sine().tolist(), 10.0)


def test_what_grows():
    assert grows((1.02 ** T).tolist()) and grows((-1.02 ** T).tolist())
    for name, values in {"a line": 1.0 * T, "a constant": 0 * T + 3.0, "a fall": 0.98 ** T,
                         "a growth that is over": np.minimum(1.02 ** T, 1.02 ** 500),
                         "slow": 1.003 ** T, "nothing": 0.0 * T}.items():
        assert not grows(values.tolist()), name
