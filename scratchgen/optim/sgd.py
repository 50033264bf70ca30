"""Gradient descent, and gradient descent with a memory."""
from .base import Optimiser


class SGD(Optimiser):
    """p <- p - lr g

    `weight_decay` adds weight_decay p to g: the gradient of (weight_decay / 2) |p|^2.
    Robbins and Monro 1951.  Defaults and definition are PyTorch's.
    """

    settings = ("lr", "weight_decay")

    def __init__(self, params, lr=1e-3, *, weight_decay=0.0):
        super().__init__(params, lr=lr, weight_decay=weight_decay)

    def update(self, xp, p, g, step):
        p -= self.lr * decayed(g, p, self.weight_decay)


class Momentum(Optimiser):
    """v <- momentum v + g,        p <- p - lr v

    A ball that rolls: v is the sum of all past gradients, each worth `momentum` times the next, so
    along a steady slope steps grow by 1 / (1 - momentum).  With `nesterov`, p <- p - lr (g +
    momentum v): the gradient as if the ball had already rolled on (Sutskever et al. 2013).

    Polyak 1964.  The definition is PyTorch's SGD with momentum (lr outside of v), without
    dampening.
    """

    settings = ("lr", "momentum", "nesterov", "weight_decay")
    moments = ("v",)

    def __init__(self, params, lr=1e-3, momentum=0.9, *, nesterov=False, weight_decay=0.0):
        super().__init__(params, lr=lr, momentum=momentum, nesterov=bool(nesterov),
                         weight_decay=weight_decay)

    def update(self, xp, p, g, v, step):
        g = decayed(g, p, self.weight_decay)
        v *= self.momentum
        v += g
        p -= self.lr * (g + self.momentum * v if self.nesterov else v)


def decayed(g, p, weight_decay):
    """g + weight_decay p"""
    return g + weight_decay * p if weight_decay else g
