"""Every extra kernel in functions of the array-API standard alone.

This is the reference that the fast versions in `numpy.py` and `cupy.py` are held against, and what any
other standard-conforming library runs on.  A kernel takes the namespace `xp` first and never writes into
its inputs.
"""

on_host = False             # may an op look at values without waiting for a device?


def synchronize(xp):
    """Nothing to wait for."""


def owns(xp, x):
    """Is this array sure to share its memory with no other?  Unknown here, so no."""
    return False


# ---- masks: 0 and 1 in x's dtype, so that rules may multiply by them ------------------------------------

def positive(xp, x):
    """1 where x > 0, else 0, in x's dtype."""
    return xp.astype(x > 0, x.dtype)


def equal_mask(xp, a, b):
    """1 where a == b, else 0, in the common dtype of a and b."""
    return xp.astype(a == b, xp.result_type(a, b))


def step(xp, a, b):
    """1 where a > b, 1/2 where a == b, 0 elsewhere, in the common dtype: who is the maximum of the two?"""
    kind = xp.result_type(a, b)
    return (xp.astype(a > b, kind) + xp.astype(a >= b, kind)) / 2


def within(xp, x, low, high):
    """1 where low <= x <= high, else 0, in x's dtype.  A bound of None is no bound."""
    inside = xp.ones_like(x)
    if low is not None:
        inside = inside * xp.astype(x >= low, x.dtype)
    return inside if high is None else inside * xp.astype(x <= high, x.dtype)


# ---- activations -------------------------------------------------------------------------------------

def relu(xp, x):
    """max(x, 0)"""
    return xp.maximum(x, xp.zeros_like(x))


def leaky_relu(xp, x, slope):
    """x where x > 0, slope x elsewhere."""
    return xp.where(x > 0, x, slope * x)


def sigmoid(xp, x):
    """1 / (1 + exp(-x)) without overflow and without losing small values: e = exp(-|x|) is at most 1."""
    e = xp.exp(-xp.abs(x))
    return xp.where(x >= 0, xp.ones_like(x), e) / (1 + e)


def softplus(xp, x):
    """log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|))"""
    return xp.relu(x) + xp.log1p(xp.exp(-xp.abs(x)))


# ---- fused layers and losses ------------------------------------------------------------------------------------

def linear(xp, x, w, b, activation):
    """activation(x w + b)"""
    y = xp.matmul(x, w)
    if b is not None:
        y = y + b
    if activation is None:
        return y
    return xp.leaky_relu(y, 0.2) if activation == "leaky_relu" else getattr(xp, activation)(y)


def bce_with_logits(xp, logits, targets):
    """(-log Bernoulli(targets | logits), sigmoid(logits)), elementwise.

    max(l, 0) - l t + log(1 + exp(-|l|)) is exact for every finite logit.  Written as l (1 - t) or -l t
    it is so for an infinite one too, except that inf * 0 is 0 where the target agrees with the logit.
    """
    e = xp.exp(-xp.abs(logits))
    agree = xp.astype(logits > 0, targets.dtype) == targets
    linear = xp.where(logits > 0, logits * (1 - targets), -logits * targets)
    linear = xp.where(agree, xp.zeros_like(logits), linear)
    return linear + xp.log1p(e), xp.sigmoid(logits)
