"""DeZero."""
from dezero import Variable
from dezero import functions as F

from . import OPERATIONS, values


def build(name, direction, size):
    x, start = (Variable(value) for value in values(size))

    def multiply():
        y = start
        for _ in range(OPERATIONS):
            y = y * x
        return y

    def tanh():
        y = start
        for _ in range(OPERATIONS):
            y = F.tanh(y)
        return y

    forward = {"multiply": multiply, "tanh": tanh}[name]

    def backward():
        x.cleargrad()
        start.cleargrad()
        forward().backward()
        return start.grad

    return forward if direction == "forward" else backward
