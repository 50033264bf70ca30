"""Every extra kernel in functions of the array-API standard alone.

This is the reference that the fast versions in `numpy.py` and `cupy.py` are held against, and what
any other standard-conforming library runs on.  A kernel takes the namespace `xp` first and never
writes into its inputs, `adam_step` excepted.
"""
on_host = False             # may an op look at values without waiting for a device?


def synchronize(xp):
    """Nothing to wait for."""


def warm_allocator(xp):
    """Make fresh arrays cheap to get, where that takes doing.  Here nothing is known about it."""


def peak_memory(xp):
    """The most bytes this process ever held where the arrays live; None where nobody counts."""
    return None


def owns(xp, x):
    """Is this array sure to share its memory with no other?  Unknown here, so no."""
    return False


# ---- masks: 0 and 1 in x's dtype, so that rules may multiply by them ---------------------------

def positive(xp, x):
    """1 where x > 0, else 0, in x's dtype."""
    return xp.astype(x > 0, x.dtype)


def equal_mask(xp, a, b):
    """1 where a == b, else 0, in the common dtype of a and b."""
    return xp.astype(a == b, xp.result_type(a, b))


def step(xp, a, b):
    """1 where a > b, 1/2 where a == b, 0 elsewhere, in the common dtype: is a the maximum?"""
    kind = xp.result_type(a, b)
    return (xp.astype(a > b, kind) + xp.astype(a >= b, kind)) / 2


def within(xp, x, low, high):
    """1 where low <= x <= high, else 0, in x's dtype.  A bound of None is no bound."""
    inside = xp.ones_like(x)
    if low is not None:
        inside = inside * xp.astype(x >= low, x.dtype)
    return inside if high is None else inside * xp.astype(x <= high, x.dtype)


# ---- broadcasting, undone ----------------------------------------------------------------------

def sum_to(xp, x, shape):
    """x summed over the axes along which an array of this `shape` was stretched to x's.

    (5, 3, 4), (3, 1) -> (3, 1): over the leading axis, and over the last, which had size 1.
    """
    lead = x.ndim - len(shape)
    stretched = tuple([lead + i for i, n in enumerate(shape) if n == 1 != x.shape[lead + i]])
    if lead or stretched:
        x = xp.sum(x, axis=tuple(range(lead)) + stretched)
    return xp.reshape(x, shape) if stretched else x


# ---- activations -------------------------------------------------------------------------------

def relu(xp, x):
    """max(x, 0)"""
    return xp.maximum(x, xp.zeros_like(x))


def leaky_relu(xp, x, slope):
    """x where x > 0, slope x elsewhere."""
    return xp.where(x > 0, x, slope * x)


def sigmoid(xp, x):
    """1 / (1 + exp(-x)) without overflow or loss of small values: e = exp(-|x|) is at most 1."""
    e = xp.exp(-xp.abs(x))
    return xp.where(x >= 0, xp.ones_like(x), e) / (1 + e)


def softplus(xp, x):
    """log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|))"""
    return xp.relu(x) + xp.log1p(xp.exp(-xp.abs(x)))


# ---- fused layers and losses -------------------------------------------------------------------

def activated(xp, y, b, activation):
    """f(y + b) for the activation f of that name (leaky_relu with slope 0.2); both may be None."""
    if b is not None:
        y = y + b
    if activation is None:
        return y
    return xp.leaky_relu(y, 0.2) if activation == "leaky_relu" else getattr(xp, activation)(y)


def activation_gradient(xp, g, y, activation):
    """g f'(x), given y = f(x)."""
    if activation in ("relu", "leaky_relu"):
        slope = 0.0 if activation == "relu" else 0.2
        return g * (slope + (1 - slope) * xp.positive(y))
    return g * (1 - y * y if activation == "tanh" else y * (1 - y))


def linear(xp, x, w, b, activation):
    """f(x w + b)"""
    return xp.activated(xp.matmul(x, w), b, activation)


def bce_with_logits(xp, logits, targets):
    """(-log Bernoulli(targets | logits), sigmoid(logits)), elementwise.

    max(l, 0) - l t + log(1 + exp(-|l|)) is exact for every finite logit.  Written as l (1 - t) or
    -l t it is so for an infinite one too, except that inf * 0 is 0 where the target agrees with the
    logit.
    """
    e = xp.exp(-xp.abs(logits))
    agree = xp.astype(logits > 0, targets.dtype) == targets
    linear = xp.where(logits > 0, logits * (1 - targets), -logits * targets)
    linear = xp.where(agree, xp.zeros_like(logits), linear)
    return linear + xp.log1p(e), xp.sigmoid(logits)


# ---- optimiser steps, in place -----------------------------------------------------------------

def adam_step(xp, p, g, m, v, *, lr, beta1, beta2, eps, step):
    """One step of Adam on 1-D arrays: changes p, m and v in place, g never.   (D), (D), (D), (D)

        m <- beta1 m + g                      v <- beta2 v + g^2
        p <- p - lr m' / (sqrt(v') + eps)     m' = m (1 - beta1) / (1 - beta1^step),  v' likewise

    `step` counts from 1.  Kingma and Ba 2015, algorithm 1, keeps m and v times (1 - beta): the same
    steps, and two more passes over memory in each.
    """
    m *= beta1
    m += g
    v *= beta2
    v += g * g
    root = xp.sqrt(v * ((1 - beta2) / (1 - beta2 ** step)))
    p -= m / (root + eps) * (lr * (1 - beta1) / (1 - beta1 ** step))
