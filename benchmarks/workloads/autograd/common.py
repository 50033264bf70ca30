"""What the workloads share: networks as functions of lists of arrays, losses, Adam."""
import autograd.numpy as anp
import numpy as np

from benchmarks.workloads import start


def begin(name):
    """(parameters, Adam for them)"""
    parameters = start.parameters(name)
    return parameters, Adam(parameters)


def mlp(parameters, x, activation):
    layers = list(zip(parameters[::2], parameters[1::2]))
    for w, b in layers[:-1]:
        x = activation(anp.dot(x, w) + b)
    w, b = layers[-1]
    return anp.dot(x, w) + b


def relu(x):
    return anp.maximum(x, np.float32(0))


def leaky_relu(x):
    return anp.maximum(x, np.float32(0.2) * x)


def bce(logits, targets):
    """-t log sigmoid(l) - (1 - t) log sigmoid(-l)"""
    return anp.logaddexp(np.float32(0), logits) - logits * targets


class Adam:
    """The update of the textbook, one parameter at a time."""

    def __init__(self, parameters, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.lr, self.betas, self.eps, self.t = lr, betas, eps, 0
        self.m = [np.zeros_like(p) for p in parameters]
        self.v = [np.zeros_like(p) for p in parameters]

    def update(self, parameters, gradients):
        """The new parameters."""
        self.t += 1
        b1, b2 = self.betas
        self.m = [b1 * m + (1 - b1) * g for m, g in zip(self.m, gradients)]
        self.v = [b2 * v + (1 - b2) * g * g for v, g in zip(self.v, gradients)]
        first, second = 1 - b1 ** self.t, 1 - b2 ** self.t
        return [p - self.lr * (m / first) / (np.sqrt(v / second) + self.eps)
                for p, m, v in zip(parameters, self.m, self.v)]
