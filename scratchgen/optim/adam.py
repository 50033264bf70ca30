"""Adam: momentum and RMSProp at once, both corrected for having started at zero."""
from .base import Optimiser
from .sgd import decayed


class Adam(Optimiser):
    """m <- b1 m + (1 - b1) g                mean of the gradient
    v <- b2 v + (1 - b2) g^2                 mean of its square
    p <- p - lr m' / (sqrt(v') + eps),       m' = m / (1 - b1^t),  v' = v / (1 - b2^t)

    m and v start at 0 and are too small at first; after t steps their weights sum to 1 - b^t, and
    dividing by that makes them averages.  So the first step has length lr in every direction.

    `betas` = (b1, b2).  `weight_decay` adds weight_decay p to g (see AdamW for the other kind).
    Kingma and Ba 2015, algorithm 1; defaults and definition are PyTorch's.
    """

    settings = ("lr", "betas", "eps", "weight_decay")
    moments = ("m", "v")

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, *, weight_decay=0.0):
        beta1, beta2 = betas
        super().__init__(params, lr=lr, betas=(beta1, beta2), eps=eps, weight_decay=weight_decay)

    def update(self, xp, p, g, m, v, step):
        beta1, beta2 = self.betas
        g = decayed(g, p, self.weight_decay)
        xp.adam_step(p, g, m, v, lr=self.lr, beta1=beta1, beta2=beta2, eps=self.eps, step=step)


class AdamW(Adam):
    """p <- (1 - lr weight_decay) p, then Adam's step without weight decay.

    In Adam a decay that is added to g is divided by sqrt(v) like everything else, so weights with
    large gradients hardly decay.  Here all shrink at the same rate (Loshchilov and Hutter 2019,
    algorithm 2).
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, *, weight_decay=1e-2):
        super().__init__(params, lr, betas, eps, weight_decay=weight_decay)

    def update(self, xp, p, g, m, v, step):
        p *= 1 - self.lr * self.weight_decay
        beta1, beta2 = self.betas
        xp.adam_step(p, g, m, v, lr=self.lr, beta1=beta1, beta2=beta2, eps=self.eps, step=step)
