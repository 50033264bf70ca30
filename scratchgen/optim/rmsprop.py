"""RMSProp: a step size of its own for every number."""
from .base import Optimiser
from .sgd import decayed


class RMSProp(Optimiser):
    """s <- alpha s + (1 - alpha) g^2,        p <- p - lr g / (sqrt(s) + eps)

    Divided by its own recent root mean square, each component of the gradient is about 1: steep
    and flat directions move equally fast.  Options, as in PyTorch:

    centered   divides by sqrt(s - a^2), the standard deviation: a <- alpha a + (1 - alpha) g
    momentum   v <- momentum v + g / (...),  p <- p - lr v

    Tieleman and Hinton 2012 (lecture 6e).  `weight_decay` adds weight_decay p to g.
    """

    settings = ("lr", "alpha", "eps", "weight_decay", "momentum", "centered")

    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, *, weight_decay=0.0, momentum=0.0,
                 centered=False):
        self.moments = ("s",) + ("a",) * bool(centered) + ("v",) * bool(momentum)
        super().__init__(params, lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay,
                         momentum=momentum, centered=bool(centered))

    def update(self, xp, p, g, s, *rest, step):
        rest = list(rest)
        g = decayed(g, p, self.weight_decay)
        s *= self.alpha
        s += (1 - self.alpha) * (g * g)
        spread = s
        if self.centered:
            a = rest.pop(0)
            a *= self.alpha
            a += (1 - self.alpha) * g
            spread = xp.relu(s - a * a)         # of a steady gradient it is 0, or rounded below
        move = xp.sqrt(spread)
        move += self.eps
        move = g / move
        if self.momentum:
            v = rest.pop(0)
            v *= self.momentum
            v += move
            move = v
        p -= self.lr * move
