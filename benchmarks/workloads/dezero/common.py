"""What the workloads share: starting from the given weights, in DeZero's layouts."""
import numpy as np
from dezero import Layer, Parameter, Variable
from dezero import functions as F
from dezero.optimizers import Adam

from benchmarks.workloads import start


class Network(Layer):
    """Parameters numbered in order; kernels (Kh, Kw, C, O) become (O, C, Kh, Kw)."""

    def __init__(self, values):
        super().__init__()
        self.p = []
        for i, value in enumerate(values):
            value = value.transpose(3, 2, 0, 1).copy() if value.ndim == 4 else value
            parameter = Parameter(value)
            setattr(self, f"p{i}", parameter)       # by which DeZero finds it
            self.p.append(parameter)


def adam(network, lr=1e-3, betas=(0.9, 0.999)):
    return Adam(alpha=lr, beta1=betas[0], beta2=betas[1]).setup(network)


def images(name, batch):
    """The batch, images as (N, C, H, W)."""
    x = start.data(name, batch)
    return Variable(np.ascontiguousarray(x.transpose(0, 3, 1, 2)) if x.ndim == 4 else x)


def bce(logits, targets):
    """The mean, as its function gives it for a batch of single logits."""
    return F.sigmoid_cross_entropy(logits, targets)


def mlp(p, x, activation):
    for i in range(0, len(p) - 2, 2):
        x = activation(F.linear(x, p[i], p[i + 1]))
    return F.linear(x, p[-2], p[-1])
