"""Adam: momentum and RMSProp at once, both corrected for having started at zero."""
from .base import Optimiser
from .sgd import decayed


class Adam(Optimiser):
    """m <- b1 m + g                       sum of the gradients, each worth b1 times the next
    v <- b2 v + g^2                       sum of their squares, each worth b2 times the next
    p <- p - lr m' / (sqrt(v') + eps),    m' = m / (1 + b1 + ... + b1^(t-1)),  v' likewise

    m' and v' are averages: after t steps the weights in m sum to (1 - b1^t) / (1 - b1).  So the
    first step has length lr in every direction.  (The paper keeps (1 - b1) m and (1 - b2) v, which
    are averages only after many steps, and corrects them; the steps are the same.)

    `betas` = (b1, b2).  `weight_decay` adds weight_decay p to g (see AdamW for the other kind).
    Kingma and Ba 2015, algorithm 1; defaults and steps are PyTorch's.
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
