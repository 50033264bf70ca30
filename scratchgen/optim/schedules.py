"""Learning-rate schedules: lr(t) after t calls of step().  PyTorch's names and definitions.

    optimiser = Adam(params, lr=0.01)
    schedule = CosineAnnealingLR(optimiser, T_max=100)
    for each epoch (or step):
        train
        schedule.step()                 # after optimiser.step()

Each rate is written in closed form, as a function of the rate lr0 the optimiser had at the
beginning, so it does not matter what was done to `optimiser.lr` in between.
"""
import math


class Schedule:
    """Sets optimiser.lr = rate(t); t is 0 at construction and grows by 1 with each step()."""

    def __init__(self, optimiser):
        self.optimiser, self.lr0, self.t = optimiser, optimiser.lr, 0
        optimiser.lr = self.rate(0)

    def rate(self, t):
        raise NotImplementedError

    def step(self):
        self.t += 1
        self.optimiser.lr = self.rate(self.t)

    def state_dict(self):
        """What a checkpoint's meta needs to go on from here: {"t": ..., "lr0": ...}."""
        return {"t": self.t, "lr0": self.lr0}

    def load_state_dict(self, state):
        self.t, self.lr0 = state["t"], state["lr0"]
        self.optimiser.lr = self.rate(self.t)


class StepLR(Schedule):
    """lr(t) = lr0 gamma^floor(t / step_size)"""

    def __init__(self, optimiser, step_size, gamma=0.1):
        self.step_size, self.gamma = _at_least_one("step_size", step_size), gamma
        super().__init__(optimiser)

    def rate(self, t):
        return self.lr0 * self.gamma ** (t // self.step_size)


class ExponentialLR(Schedule):
    """lr(t) = lr0 gamma^t"""

    def __init__(self, optimiser, gamma):
        self.gamma = gamma
        super().__init__(optimiser)

    def rate(self, t):
        return self.lr0 * self.gamma ** t


class LinearLR(Schedule):
    """lr(t) = lr0 (start + (end - start) min(t, total_iters) / total_iters): a linear warm-up.

    With the defaults, from a third of lr0 to lr0 in 5 steps.
    """

    def __init__(self, optimiser, start_factor=1 / 3, end_factor=1.0, total_iters=5):
        self.start_factor, self.end_factor = start_factor, end_factor
        self.total_iters = _at_least_one("total_iters", total_iters)
        super().__init__(optimiser)

    def rate(self, t):
        share = min(t, self.total_iters) / self.total_iters
        return self.lr0 * (self.start_factor + (self.end_factor - self.start_factor) * share)


class CosineAnnealingLR(Schedule):
    """lr(t) = eta_min + (lr0 - eta_min) (1 + cos(pi t / T_max)) / 2

    From lr0 to eta_min in T_max steps, slowly at both ends (Loshchilov and Hutter 2017, eq. 5);
    goes back up after that.
    """

    def __init__(self, optimiser, T_max, eta_min=0.0):
        self.T_max, self.eta_min = _at_least_one("T_max", T_max), eta_min
        super().__init__(optimiser)

    def rate(self, t):
        share = (1 + math.cos(math.pi * t / self.T_max)) / 2
        return self.eta_min + (self.lr0 - self.eta_min) * share


def _at_least_one(name, steps):
    if steps < 1:
        raise ValueError(f"{name} counts steps and must be at least 1, got {steps}")
    return steps
