"""HIPS/autograd.  It records only while it differentiates, so there is no forward alone."""
import autograd.numpy as anp
from autograd import make_vjp

from . import OPERATIONS, values


def build(name, direction, size):
    if direction == "forward":
        return None
    x, start = values(size)
    seed = anp.ones(size, "float32")

    def multiply(y, x):
        for _ in range(OPERATIONS):
            y = anp.multiply(y, x)
        return y

    def tanh(y, x):
        for _ in range(OPERATIONS):
            y = anp.tanh(y)
        return y

    record = make_vjp({"multiply": multiply, "tanh": tanh}[name], (0, 1))

    def backward():
        pull, y = record(start, x)
        return pull(seed)

    return backward
