"""What readers may answer in lesson 24: other ways to be right, and near misses."""
import math

import numpy as np


def never_below_zero(cpu, gpu, move):
    gain = cpu[1] - (gpu[1] + move)
    return max(0, (gpu[0] - cpu[0]) / gain) if gain > 0 else math.inf


def without_cases(cpu, gpu, move):
    return (gpu[0] - cpu[0]) / (cpu[1] - gpu[1] - move)


def by_the_roof(operations, size, peak, bandwidth):
    return operations / min(peak, operations / size * bandwidth)


def middle_half(a, b):
    """The mean of the ratios, without the lowest and the highest quarter."""
    quarter = len(a) // 4
    return np.sort(b / a)[quarter:-quarter].mean()


RIGHT = {
    "crossover": [never_below_zero],
    "least_seconds": [by_the_roof],
    "times_as_long": [middle_half, lambda a, b: np.exp(np.median(np.log(b) - np.log(a)))],
}

WRONG = {
    "crossover": [without_cases, lambda cpu, gpu, move: never_below_zero(cpu, gpu, 0),
                  lambda cpu, gpu, move: never_below_zero(gpu, cpu, move),
                  lambda cpu, gpu, move: never_below_zero(cpu, (gpu[0] + move, gpu[1]), 0)],
    "least_seconds": [lambda operations, size, peak, bandwidth:
                      operations / peak + size / bandwidth,
                      lambda operations, size, peak, bandwidth:
                      min(operations / peak, size / bandwidth),
                      lambda operations, size, peak, bandwidth: operations / peak],
    "times_as_long": [lambda a, b: b.mean() / a.mean(), lambda a, b: (b / a).mean(),
                      lambda a, b: b[1:].mean() / a[1:].mean(),
                      lambda a, b: np.median(b) / np.median(a),
                      lambda a, b: np.median(a / b)],
}
