"""PyTorch, eager."""
import torch

from . import OPERATIONS, values


def build(name, direction, size):
    x, start = (torch.from_numpy(value).requires_grad_() for value in values(size))
    seed = torch.ones(size)

    def multiply():
        y = start
        for _ in range(OPERATIONS):
            y = torch.mul(y, x)
        return y

    def tanh():
        y = start
        for _ in range(OPERATIONS):
            y = torch.tanh(y)
        return y

    forward = {"multiply": multiply, "tanh": tanh}[name]

    def backward():
        x.grad = start.grad = None
        forward().backward(seed)
        return start.grad

    return forward if direction == "forward" else backward
