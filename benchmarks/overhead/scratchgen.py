"""scratchgen: through ops on Tensors."""
import numpy as np

import scratchgen as sg
from scratchgen import ops

from . import OPERATIONS, values


def build(name, direction, size):
    x, start = (sg.Tensor(value, requires_grad=True) for value in values(size))
    seed = np.ones(size, np.float32)

    def multiply():
        y = start
        for _ in range(OPERATIONS):
            y = ops.multiply(y, x)
        return y

    def tanh():
        y = start
        for _ in range(OPERATIONS):
            y = ops.tanh(y)
        return y

    forward = {"multiply": multiply, "tanh": tanh}[name]

    def backward():
        x.grad = start.grad = None
        forward().backward(seed)
        return start.grad

    return forward if direction == "forward" else backward
