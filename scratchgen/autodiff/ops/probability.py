"""Probabilities from logits: p_k = exp(l_k) / sum_j exp(l_j).

exp overflows from 709 on, so every forward first subtracts the maximum m, which changes no p_k and
makes the largest exponent 0.
"""
from ... import backend
from .. import shapes
from ..primitive import primitive
from .elementwise import exp
from .index import one_hot
from .reduce import count, sum, with_axes
from .shape import expand_dims


@primitive("(...)->(...)", formula="y = log sum exp(x)")
def logsumexp(xp, x, axis=None, keepdims=False):
    """log sum exp(x) over `axis` (an int, a tuple, or None for all).   (...) -> (...)

    m + log sum exp(x - m), with m the maximum.  -inf if all entries are (then the gradient is NaN).
    ValueError over an empty axis.
    """
    count("logsumexp", x, axis)
    m = xp.max(x, axis=axis, keepdims=True)
    shift = xp.where(xp.isfinite(m), m, xp.zeros_like(m))
    total = xp.sum(xp.exp(x - shift), axis=axis, keepdims=keepdims)
    m, shift = (a if keepdims else xp.reshape(a, total.shape) for a in (m, shift))
    nothing = total == 0
    return xp.where(nothing, m, xp.log(xp.where(nothing, xp.ones_like(total), total)) + shift)


@primitive("(...)->(...)", formula="y_k = exp(x_k) / sum_j exp(x_j)")
def softmax(xp, x, axis=-1):
    """exp(x_k) / sum_j exp(x_j) along `axis`.   (..., K) -> (..., K)

    NaN where all entries are -inf.  ValueError over an empty axis.
    """
    count("softmax", x, axis)
    y = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    y /= xp.sum(y, axis=axis, keepdims=True)
    return y


softmax.vjp = (lambda g, y, x, axis=-1: y * (g - sum(g * y, axis=axis, keepdims=True)),)


# exp(x - y) would be 1 for each of two equal logits of 1e30
logsumexp.vjp = (lambda g, y, x, axis=None, keepdims=False:
                 with_axes(g, x, axis) * softmax(x, axis=axis),)


@primitive("(...)->(...)", formula="y_k = x_k - log sum_j exp(x_j)")
def log_softmax(xp, x, axis=-1):
    """x_k - log sum_j exp(x_j) along `axis`, finite for finite x.   (..., K) -> (..., K)"""
    count("log_softmax", x, axis)
    below = x - xp.max(x, axis=axis, keepdims=True)
    return below - xp.log(xp.sum(xp.exp(below), axis=axis, keepdims=True))


log_softmax.vjp = (lambda g, y, x, axis=-1: g - exp(y) * sum(g, axis=axis, keepdims=True),)


@primitive("(N,K),(N)->(N)", formula="y = log sum_k exp(l_k) - l_label", saves=True)
def softmax_cross_entropy(xp, logits, labels):
    """-log softmax(logits)[n, labels[n]], one number per example, in nats.   (N, K), (N) -> (N)

    The negative log-likelihood of a categorical with these logits; nothing is averaged.  Labels are
    integers in 0 ... K - 1: TypeError for floats, IndexError outside (negative labels too).
    """
    _check_labels(xp, logits, labels)
    below = logits - xp.max(logits, axis=-1, keepdims=True)
    p = xp.exp(below)
    total = xp.sum(p, axis=-1, keepdims=True)
    at_label = xp.take_along_axis(below, xp.expand_dims(labels, axis=-1), axis=-1)
    p /= total
    return xp.squeeze(xp.log(total) - at_label, axis=-1), p


softmax_cross_entropy.recompute = lambda y, logits, labels: softmax(logits)
softmax_cross_entropy.vjp = (lambda g, y, p, logits, labels:
                             expand_dims(g, -1) * (p - one_hot(labels, p)),
                             None)                          # integers have no gradient


def _check_labels(xp, logits, labels):
    if not xp.isdtype(labels.dtype, "integral"):
        raise TypeError(f"softmax_cross_entropy: labels are integers, one per row of logits\n"
                        f"  expected  integers, got dtype {labels.dtype}")
    if logits.ndim != 2 or labels.shape != logits.shape[:1]:
        raise shapes.mismatch("softmax_cross_entropy", ("logits", "labels"), "(N,K),(N)",
                              (logits.shape, labels.shape))
    classes = logits.shape[1]
    if not backend.values_are_checked(xp):
        return
    outside = (labels < 0) | (labels >= classes)
    if xp.any(outside):
        n = int(xp.nonzero(outside)[0][0])
        raise IndexError(f"softmax_cross_entropy: labels[{n}] = {int(labels[n])} names no class\n"
                         f"  expected  0 ... {classes - 1}, for {classes} classes")
