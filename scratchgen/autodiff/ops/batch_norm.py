"""Batch normalisation as one node: three gradients that share two sums over the batch."""
from ... import backend
from ..primitive import primitive
from ..shapes import mismatch
from ..tensor import Tensor
from .activation import before, require_activation
from .fused import normalise
from .reduce import count, mean, sum


@primitive("(...,C),(C),(C)->(...,C)", formula="y = w (x - mean x) / sqrt(var x + eps) + b",
           saves=True)
def batch_norm(xp, x, w, b, eps=1e-5, activation=None, moments=None):
    """f(w (x - mean) / sqrt(var + eps) + b), mean and var of each channel over the batch.

    (..., C), (C), (C) -> (..., C).  The variance divides by n, and x may be far from 0.
    `activation` f is one of those of `linear`, or None.  `moments` takes what the backend's
    `channel_moments(x)` has already said.  ValueError for an empty batch.  (Ioffe and Szegedy 2015,
    algorithm 1.)
    """
    require_activation("batch_norm", activation)
    if (x.shape[-1:], x.shape[-1:]) != (w.shape, b.shape):
        raise mismatch("batch_norm", batch_norm.names, batch_norm.signature,
                       (x.shape, w.shape, b.shape))
    count("batch_norm", x, _batch(x))
    if not x.dtype == w.dtype == b.dtype:
        kind, moments = xp.result_type(x, w, b), None
        x, w, b = (xp.astype(a, kind, copy=False) for a in (x, w, b))
    centre, rest, variance = moments or xp.channel_moments(x)
    inverse = 1 / xp.sqrt(variance + eps)
    return xp.batch_norm(x, w, b, centre, rest, inverse, activation), (centre, rest, inverse)


def _batch(x):
    """All axes but the last."""
    return tuple(range(len(x.shape) - 1))


def _standardised(y, x, w, b, eps=1e-5, activation=None, moments=None):
    """z = (x - mean) s and s = 1 / sqrt(var + eps)."""
    z = normalise(x, axis=_batch(x), eps=eps)
    return z, normalise.recompute(z, x, axis=_batch(x), eps=eps)


def _gradients(g, y, saved, x, w, b, eps=1e-5, activation=None, moments=None):
    """dL/d(x, w, b): sum g z for w, sum g for b, and for x what is left of g without both."""
    g = before(g, y, activation)
    if not isinstance(g, Tensor):
        return backend.namespace(g).batch_norm_gradients(g, x, w, *saved)
    z, inverse = saved
    average = {"axis": _batch(x), "keepdims": True}
    gx = w * inverse * (g - mean(g, **average) - z * mean(g * z, **average))
    return gx, sum(g * z, axis=_batch(x)), sum(g, axis=_batch(x))


batch_norm.derived = ("moments",)
batch_norm.recompute = _standardised
batch_norm.shared = _gradients
batch_norm.vjp = (lambda gradients, y, saved, x, w, b, **params: gradients[0],
                  lambda gradients, y, saved, x, w, b, **params: gradients[1],
                  lambda gradients, y, saved, x, w, b, **params: gradients[2])
