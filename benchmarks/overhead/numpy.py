"""NumPy: the operation and nothing else."""
import numpy as np

from . import OPERATIONS, values


def build(name, direction, size):
    if direction == "backward":
        return None
    x, start = values(size)

    def multiply():
        y = start
        for _ in range(OPERATIONS):
            y = np.multiply(y, x)
        return y

    def tanh():
        y = start
        for _ in range(OPERATIONS):
            y = np.tanh(y)
        return y

    return {"multiply": multiply, "tanh": tanh}[name]
