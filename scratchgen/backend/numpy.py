"""NumPy as a backend: the fast versions of the kernels in `standard`, under the same names.

Written for NumPy's habits, each measured: a masked assignment or `where` costs ten times a
multiplication by a 0/1 mask, a column sum is fastest as a product with ones, and every temporary of
more than a few hundred kilobytes costs page faults, so kernels write into arrays of their own where
they can.
"""
import math
import sys

import numpy as np

from . import standard, standard_indexing, standard_linalg, standard_special
from .memory import peak_memory, warm_allocator     # noqa: F401  (kernels of this backend)
from .namespace import register
from .numpy_activation import activation_gradient, constant, finish       # noqa: F401
from .numpy_convolution import conv2d, conv2d_weight, conv_transpose2d      # noqa: F401
from .numpy_normalise import batch_norm, batch_norm_gradients, channel_moments      # noqa: F401
from .numpy_pooling import max_pool_cells              # noqa: F401

VERSION = np.__version__
on_host = True


def blas():
    """The linear algebra library that NumPy was built with, e.g. "scipy-openblas 0.3.30"."""
    about = np.show_config(mode="dicts").get("Build Dependencies", {}).get("blas", {})
    return f"{about.get('name', 'unknown')} {about.get('version', '')}".strip()


# ---- arrays ------------------------------------------------------------------------------------

def host_array(data, dtype=None):
    """A NumPy array of numbers or booleans from whatever NumPy can read; else TypeError."""
    try:
        array = np.asarray(data, dtype=dtype)
    except (ValueError, TypeError) as error:
        raise TypeError(f"cannot make an array of this {type(data).__name__}: {error}") from None
    if array.dtype.kind not in "fiub":
        raise TypeError(f"expected numbers, got an array of dtype {array.dtype}")
    return array


def generator(seed):
    return np.random.default_rng(seed)


def to_numpy(x):
    return np.asarray(x)


def from_host(array, like):
    return np.asarray(array, dtype=like.dtype)


def owns(x):
    """Does this array have memory of its own?  A view, or a scalar, does not."""
    return isinstance(x, np.ndarray) and x.base is None


# ---- reductions and copies ---------------------------------------------------------------------

def sum(x, axis=None, keepdims=False):
    """Over the first or the last axes of an array as one product with ones: 2 to 5 times faster."""
    if axis is not None and x.size > _SHORT and x.dtype.kind == "f" and x.flags.c_contiguous:
        axes, shape = (axis,) if isinstance(axis, int) else axis, x.shape
        k, n = len(axes), len(shape)
        if 0 < k < n:
            if axes == tuple(range(k)):
                y = _column_sums(x.reshape(-1, math.prod(shape[k:])))
                rest = (1,) * k + shape[k:] if keepdims else shape[k:]
                return y if y.shape == rest else y.reshape(rest)
            summed = math.prod(shape[n - k:])
            if summed <= _LONG and axes in (tuple(range(-k, 0)), tuple(range(n - k, n))):
                y = x.reshape(-1, summed).dot(constant(1.0, summed, x.dtype))
                rest = shape[:n - k] + (1,) * k if keepdims else shape[:n - k]
                return y if y.shape == rest else y.reshape(rest)
    return np.add.reduce(x, axis=axis, keepdims=keepdims)


_SHORT = 64         # up to here the detour costs more
_LONG = 1024        # longer rows are added in pairs of sums, which keeps two more digits


def _column_sums(rows):
    n = len(rows)
    return (constant(1.0, n, rows.dtype) if n <= BLOCK else np.ones(n, rows.dtype)).dot(rows)


def min(x, axis=None, keepdims=False):
    return np.minimum.reduce(x, axis=axis, keepdims=keepdims)


def max(x, axis=None, keepdims=False):
    return np.maximum.reduce(x, axis=axis, keepdims=keepdims)


def sum_to(x, shape):
    if x.ndim == 2 and x.shape[1:] == shape and x.dtype.kind == "f":
        return _column_sums(x)                      # a bias that was added to every row of a batch
    return standard.sum_to(SPACE, x, shape)


def broadcast_to(x, shape):
    lead = len(shape) - x.ndim
    if lead < 0 or not x.flags.c_contiguous:
        return np.broadcast_to(x, shape)
    fits = zip(x.shape, shape[lead:], x.strides)
    strides = (0,) * lead + tuple([stride if n == m else 0 if n == 1 else None
                                   for n, m, stride in fits])
    if None in strides or -1 in shape:              # which np.ndarray would take for a 1
        return np.broadcast_to(x, shape)            # which says what does not fit
    y = np.ndarray(shape, x.dtype, x, 0, strides)   # NumPy's own takes ten times as long
    y.flags.writeable = False
    return y


# ---- powers and special functions --------------------------------------------------------------

def pow(a, b):
    """x^n = |x|^n or -|x|^n: where an x is negative NumPy's own takes fifty times as long."""
    if type(b) in (int, float) and not -1 <= b <= 2 and a.dtype.kind == "f" \
            and float(b).is_integer():
        y = np.power(np.abs(a), b)
        return np.copysign(y, a) if b % 2 else y
    return np.power(a, b)


def erf(x):
    """Block by block, for it is made of sixty passes."""
    if x.size <= BLOCK or x.dtype.kind != "f":
        return standard_special.erf(SPACE, x)
    y, numbers = np.empty(x.shape, x.dtype), x.reshape(-1)
    for start in range(0, x.size, BLOCK):
        block = slice(start, start + BLOCK)
        y.reshape(-1)[block] = standard_special.erf(SPACE, numbers[block])
    return y


# ---- masks and activations ---------------------------------------------------------------------

def positive(x):
    return np.greater(x, 0).astype(x.dtype)


def step(a, b):
    y = np.greater(a, b).astype(np.result_type(a, b))
    y += np.greater_equal(a, b)
    y *= 0.5
    return y


def equal_mask(a, b):
    return np.equal(a, b).astype(np.result_type(a, b))


def within(x, low, high):
    inside = np.ones(x.shape, x.dtype) if low is None else np.greater_equal(x, low).astype(x.dtype)
    if high is not None:
        inside = inside * np.less_equal(x, high)
    return inside


def relu(x):
    return np.maximum(x, 0)


def leaky_relu(x, slope):
    if not 0 < slope <= 1:                  # then the larger is the wrong one, or 0 times infinity
        return np.where(x > 0, x, slope * x)
    return np.maximum(x, slope * x)


def sigmoid(x):
    e = np.exp(-np.abs(x))
    y = np.maximum(e, x >= 0)                   # 1 or exp(x): the numerator that cannot overflow
    y /= 1 + e
    return y


def softplus(x):
    y = np.log1p(np.exp(-np.abs(x)))
    y += np.maximum(x, 0)
    return y


def linear(x, w, b, activation):
    y = matmul(x, w)
    finish(y, b, activation)
    return y


def bce_with_logits(logits, targets):
    if not logits.ndim or not math.isfinite(np.vdot(logits, logits)):
        with np.errstate(invalid="ignore"):             # infinity times 0 is put right there
            return standard.bce_with_logits(SPACE, logits, targets)
    right = np.greater_equal(logits, 0).astype(logits.dtype)
    e = np.abs(logits)
    np.exp(np.negative(e, out=e), out=e)
    loss = np.log1p(e)
    probability = np.maximum(right, e)          # 1 or exp(l): the numerator that cannot overflow
    e += 1
    probability /= e
    right -= targets
    right *= logits
    loss += right                               # max(l, 0) - l t = l ([l >= 0] - t)
    return loss, probability


def getitem(x, index):
    return x[index]


def scatter_add(x, index, shape):
    y = np.zeros(shape, x.dtype)
    if standard_indexing.names_each_once(SPACE, index):
        y[index] = x
    elif 8 * x.size < y.size:
        np.add.at(y, index, x)
    else:                       # add.at is five times faster on numbers than on rows of them
        cells = np.arange(y.size).reshape(shape)[index]
        np.add.at(y.reshape(-1), cells.reshape(-1), np.broadcast_to(x, cells.shape).reshape(-1))
    return y


# ---- linear algebra ----------------------------------------------------------------------------

def matmul(a, b):
    if a.ndim == b.ndim == 2 and a.shape[1] == b.shape[0] == 1:
        return np.dot(a, b)             # for these matmul takes no BLAS, but a loop of its own
    return np.matmul(a, b)


def solve_triangular(a, b, lower=True):
    if not np.diagonal(a, axis1=-2, axis2=-1).all():
        raise np.linalg.LinAlgError("a triangular matrix with a zero on its diagonal is singular")
    return standard_linalg.solve_triangular(SPACE, a, b, lower)


# ---- optimiser steps, in place -----------------------------------------------------------------

BLOCK = 2**16       # numbers: the five arrays of an Adam step stay in a 2 MiB cache


def adam_step(p, g, m, v, *, lr, beta1, beta2, eps, step):
    # sqrt(c v) + eps = root (sqrt(v) + eps / root): the weights cost no pass of their own
    root = math.sqrt((1 - beta2) / (1 - beta2 ** step))
    rate, eps = lr * (1 - beta1) / (1 - beta1 ** step) / root, eps / root
    if p.size <= BLOCK:
        return _adam_block(p, g, m, v, np.empty_like(p), rate, beta1, beta2, eps)
    scratch = np.empty(BLOCK, p.dtype)
    for start in range(0, p.size, BLOCK):
        block = slice(start, start + BLOCK)
        arrays = p[block], g[block], m[block], v[block]
        _adam_block(*arrays, scratch[:arrays[0].size], rate, beta1, beta2, eps)


def _adam_block(p, g, m, v, w, rate, beta1, beta2, eps):
    m *= beta1
    m += g
    np.multiply(g, g, out=w)
    v *= beta2
    v += w
    np.sqrt(v, out=w)
    w += eps
    np.divide(m, w, out=w)
    w *= rate
    p -= w


SPACE = register((np.ndarray, np.generic), np, "numpy", kernels=sys.modules[__name__])
