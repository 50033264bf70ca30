"""Schedules: the rate at each step, its end points, and their state."""

import numpy as np
import pytest

from scratchgen import nn, optim
from scratchgen.optim import schedules


def optimiser(lr=0.4):
    return optim.SGD([nn.Parameter([1.0])], lr=lr)


MAKE = [
    lambda o: schedules.StepLR(o, step_size=3, gamma=0.5),
    lambda o: schedules.ExponentialLR(o, gamma=0.9),
    lambda o: schedules.LinearLR(o, start_factor=0.25, total_iters=4),
    lambda o: schedules.CosineAnnealingLR(o, T_max=10, eta_min=0.1),
]
EXPECTED = [
    lambda t: 0.4 * 0.5 ** (t // 3),
    lambda t: 0.4 * 0.9 ** t,
    lambda t: 0.4 * min(1, 0.25 + 0.75 * t / 4),
    lambda t: 0.25 + 0.15 * np.cos(np.pi * t / 10),
]


@pytest.mark.parametrize("make, rate", list(zip(MAKE, EXPECTED)))
def test_rates(make, rate):
    o = optimiser()
    schedule, rates = make(o), []
    for _ in range(15):
        rates.append(o.lr)
        schedule.step()
    np.testing.assert_allclose(rates, [rate(t) for t in range(15)], rtol=1e-12)


@pytest.mark.parametrize("make", MAKE)
def test_a_state_continues(make):
    one, two = optimiser(), optimiser(lr=0.7)
    first, second = make(one), make(two)
    for _ in range(4):
        first.step()
    second.load_state_dict(first.state_dict())
    assert two.lr == one.lr
    for _ in range(5):
        first.step()
        second.step()
        assert two.lr == one.lr


def test_end_points():
    o = optimiser(1.0)
    cosine = schedules.CosineAnnealingLR(o, T_max=4)
    assert o.lr == 1
    for _ in range(4):
        cosine.step()
    assert o.lr == 0


def test_lengths_are_counted():
    for make, name in ((lambda o: schedules.StepLR(o, 0), "step_size"),
                       (lambda o: schedules.LinearLR(o, total_iters=0), "total_iters"),
                       (lambda o: schedules.CosineAnnealingLR(o, T_max=0), "T_max")):
        with pytest.raises(ValueError, match=name):
            make(optimiser())
