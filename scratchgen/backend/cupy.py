"""CuPy 14 or later as a backend: the kernels of `standard` as single GPU launches.

Nothing here waits for the GPU.  Whoever asks for a value on the host (`to_numpy`, `.item()`) waits,
and so do the checks that run only inside `backend.checked()`: CuPy wraps an index that is out of
range and returns NaN for the Cholesky factor of an indefinite matrix, without a word.

A launch costs microseconds whatever it computes, so what is several array operations in `standard`
is one `ElementwiseKernel` here, compiled at its first call.  T stands for the dtype of the arrays.
"""
import contextlib
import functools
import math
import sys

import cupy
import cupyx

from . import diagnosis, standard_indexing, windows
from .checks import values_are_checked
from .namespace import register


@functools.cache
def status():
    """(usable, reason in a user's words); asks the GPU once."""
    return diagnosis.status(cupy)


# ---- arrays --------------------------------------------------------------------------------------

def to_numpy(x):
    return cupy.asnumpy(x)


def from_host(array, like):
    with like.device:
        return cupy.asarray(array, dtype=like.dtype)


def owns(x):
    return x.base is None


def synchronize():
    cupy.cuda.Device().synchronize()


def peak_memory():
    """The bytes in CuPy's pool, which keeps what it once took."""
    return cupy.get_default_memory_pool().total_bytes()


def _on(device):
    return contextlib.nullcontext() if device is None else device


def _with_device(create):
    """A creation function of CuPy with the standard's keyword `device`."""
    @functools.wraps(create)
    def on_device(*args, device=None, **options):
        with _on(device):
            return create(*args, **options)
    return on_device


asarray, arange, empty, eye, full = map(_with_device, (
    cupy.asarray, cupy.arange, cupy.empty, cupy.eye, cupy.full))
linspace, ones, zeros = map(_with_device, (cupy.linspace, cupy.ones, cupy.zeros))
empty_like, full_like, ones_like, zeros_like = map(_with_device, (
    cupy.empty_like, cupy.full_like, cupy.ones_like, cupy.zeros_like))


# ---- names and keywords of the standard that CuPy lacks ------------------------------------------

def clip(x, min=None, max=None):
    return cupy.clip(x, min, max)


def var(x, axis=None, correction=0.0, keepdims=False):
    return cupy.var(x, axis=axis, ddof=correction, keepdims=keepdims)


def std(x, axis=None, correction=0.0, keepdims=False):
    return cupy.std(x, axis=axis, ddof=correction, keepdims=keepdims)


def unstack(x, axis=0):
    return tuple(cupy.moveaxis(x, axis, 0))


def vecdot(a, b, axis=-1):
    return cupy.sum(cupy.conj(a) * b, axis=axis)


def _guarded(function):
    """The function, which for a singular or indefinite matrix raises inside checked()."""
    @functools.wraps(function)
    def guarded(*args, **options):
        with cupyx.errstate(linalg="raise" if values_are_checked(SPACE) else "ignore"):
            return function(*args, **options)
    return guarded


class _Linalg:
    """cupy.linalg with what the standard has more."""

    def __getattr__(self, name):
        function = _guarded(getattr(cupy.linalg, name))
        setattr(self, name, function)
        return function

    @staticmethod
    def solve(a, b):
        """Stacks of matrices broadcast; CuPy wants them to have equal shapes."""
        batch = cupy.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        a, b = (cupy.broadcast_to(x, batch + x.shape[-2:]) for x in (a, b))
        return _guarded(cupy.linalg.solve)(a, b)

    diagonal = staticmethod(lambda x, offset=0: cupy.diagonal(x, offset, -2, -1))
    trace = staticmethod(lambda x, offset=0: cupy.trace(x, offset, -2, -1))


linalg = _Linalg()


# ---- masks and activations -----------------------------------------------------------------------

def _elementwise(name, inputs, outputs, operation):
    return cupy.ElementwiseKernel(inputs, outputs, operation, f"scratchgen_{name}")


def _of_floats(name, inputs, operation):
    """A kernel that takes integers as float64: as T they would round its result."""
    def call(x, *numbers):
        return call.kernel(x if x.dtype.kind == "f" else x.astype(cupy.float64), *numbers)
    call.kernel = _elementwise(name, inputs, "T y", operation)
    return call


_SIGMOID = "T e = exp(-fabs(x)); y = (x >= 0 ? T(1) : e) / (1 + e)"

positive = _elementwise("positive", "T x", "T y", "y = x > 0 ? T(1) : T(0)")
relu = _elementwise("relu", "T x", "T y", "y = x < 0 ? T(0) : x")           # NaN stays NaN
leaky_relu = _of_floats("leaky_relu", "T x, T slope", "y = x > 0 ? x : slope * x")
sigmoid = _of_floats("sigmoid", "T x", _SIGMOID)
softplus = _of_floats("softplus", "T x", "y = (x < 0 ? T(0) : x) + log1p(exp(-fabs(x)))")
erf = _of_floats("erf", "T x", "y = erf(x)")
_step = _elementwise("step", "T a, T b", "T y", "y = a > b ? T(1) : (a == b ? T(0.5) : T(0))")
_equal_mask = _elementwise("equal_mask", "T a, T b", "T y", "y = a == b ? T(1) : T(0)")


def step(a, b):
    return _step(*_common_dtype(a, b))


def equal_mask(a, b):
    return _equal_mask(*_common_dtype(a, b))


def _common_dtype(*arrays):
    """All in the dtype that they all fit in; a kernel, unlike an operator, does not promote."""
    dtype = cupy.result_type(*arrays)
    return tuple(x if isinstance(x, (bool, int, float)) else x.astype(dtype, copy=False)
                 for x in arrays)


# ---- fused layers and losses ---------------------------------------------------------------------

_BIAS_AND = {activation: _elementwise(f"bias_{activation}", "T b", "T y", operation)
             for activation, operation in {
                 None: "y += b",
                 "relu": "y += b; y = y < 0 ? T(0) : y",
                 "leaky_relu": "y += b; y = y > 0 ? y : T(0.2) * y",
                 "tanh": "y = tanh(y + b)",
                 "sigmoid": f"T x = y + b; {_SIGMOID}"}.items()}
_THROUGH = {activation: _elementwise(f"through_{activation}", "T g, T y", "T z", operation)
            for activation, operation in {
                "relu": "z = g * (y > 0 ? T(1) : T(0))",
                "leaky_relu": "z = g * (y > 0 ? T(1) : T(0.2))",
                "tanh": "z = g * (1 - y * y)",
                "sigmoid": "z = g * (y * (1 - y))"}.items()}


def activation_gradient(g, y, activation):
    return _THROUGH[activation](*_common_dtype(g, y))


def _finish(y, b, activation):
    """activation(y + b); in y itself, unless b has more digits."""
    if b is not None or activation is not None:
        y, b = _common_dtype(y, 0 if b is None else b)
        _BIAS_AND[activation](b, y)
    return y


def linear(x, w, b, activation):
    # N-d products copy their operands, so all leading axes become one.
    rows = cupy.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))
    y = _finish(cupy.matmul(rows, w), b, activation)
    return cupy.reshape(y, x.shape[:-1] + w.shape[1:])


_standardise = _elementwise("standardise", "T x, T mean, T rest, T scale", "T y",
                            "y = ((x - mean) - rest) * scale")
_batch_norm_x = _elementwise(
    "batch_norm_x", "T g, T z, T mean_g, T mean_gz, T scale", "T gx",
    "gx = (g - mean_g - z * mean_gz) * scale")


def batch_norm(x, w, b, mean, rest, inverse, activation):
    return _finish(_standardise(*_common_dtype(x, mean, rest, w * inverse)), b, activation)


def batch_norm_gradients(g, x, w, mean, rest, inverse):
    n, axes = math.prod(x.shape[:-1]), tuple(range(x.ndim - 1))
    z = _standardise(*_common_dtype(x, mean, rest, inverse))
    gb, gw = cupy.sum(g, axis=axes), cupy.sum(g * z, axis=axes)
    return _batch_norm_x(*_common_dtype(g, z, gb / n, gw / n, w * inverse)), gw, gb


_bce_with_logits = _elementwise(
    "bce_with_logits", "T x, T t", "T loss, T y",
    f"{_SIGMOID}; T agree = x > 0 ? T(1) : T(0); T linear = x > 0 ? x * (1 - t) : -x * t; "
    "loss = (agree == t ? T(0) : linear) + log1p(e)")


def bce_with_logits(logits, targets):
    return _bce_with_logits(*_common_dtype(logits, targets))


# ---- convolution: one product of two matrices each, since N-d products copy their operands -------

def columns(x, kernel, stride, padding, dilation):
    """All windows as a view that repeats the cells of the image, copied in one launch."""
    n, *sizes, c = x.shape
    if any(padding):
        (h, w), (ph, pw) = sizes, padding
        padded = cupy.zeros((n, h + 2 * ph, w + 2 * pw, c), dtype=x.dtype)
        padded[:, ph:ph + h, pw:pw + w] = x
        x = padded
    out = windows.counts(sizes, kernel, stride, padding, dilation)
    image, row, column, channel = x.strides
    view = cupy.lib.stride_tricks.as_strided(
        x, (n, *out, *kernel, c), (image, row * stride[0], column * stride[1],
                                   row * dilation[0], column * dilation[1], channel))
    return cupy.reshape(view, (n * math.prod(out), math.prod(kernel) * c))


def conv2d(x, w, b, stride, padding, dilation, activation=None):
    *kernel, c, o = w.shape
    patches = columns(x, kernel, stride, padding, dilation)
    y = cupy.matmul(patches, cupy.reshape(w, (math.prod(kernel) * c, o)))
    out = windows.counts(x.shape[1:3], kernel, stride, padding, dilation)
    return cupy.reshape(_finish(y, b, activation), (len(x), *out, o))


def conv_transpose2d(u, w, b, sizes, stride, padding, dilation, activation=None):
    n, *out, o = u.shape
    *kernel, c, _ = w.shape
    weights = cupy.reshape(w, (math.prod(kernel) * c, o))
    parts = cupy.matmul(cupy.reshape(u, (n * math.prod(out), o)), weights.T)
    parts = cupy.reshape(parts, (n, *out, *kernel, c))
    y = cupy.zeros((n, *sizes, c), dtype=parts.dtype)
    for k, m, (i, j), (rows, cols) in windows.taps(sizes, kernel, stride, padding, dilation):
        cells = y[:, rows, cols]
        cupy.add(cells, parts[:, i, j, k, m], out=cells)    # y[...] += would copy them once more
    return _finish(y, b, activation)


# ---- indexing ------------------------------------------------------------------------------------

def getitem(x, index):
    standard_indexing.require_in_range(SPACE, x, index)
    return x[index]


def scatter_add(x, index, shape):
    y = cupy.zeros(shape, dtype=x.dtype)
    standard_indexing.require_in_range(SPACE, y, index)
    if standard_indexing.names_each_once(SPACE, index):
        y[index] = x
    else:
        cupy.add.at(y, index, x)
    return y


# ---- optimiser steps, in place -------------------------------------------------------------------

_adam_step = _elementwise(
    "adam_step", "T g, T rate, T beta1, T beta2, T eps", "T p, T m, T v",
    "m = beta1 * m + g; v = beta2 * v + g * g; p -= rate * m / (sqrt(v) + eps)")


def adam_step(p, g, m, v, *, lr, beta1, beta2, eps, step):
    root = math.sqrt((1 - beta2) / (1 - beta2 ** step))
    rate = lr * (1 - beta1) / (1 - beta1 ** step) / root
    _adam_step(g, rate, beta1, beta2, eps / root, p, m, v)


SPACE = register(cupy.ndarray, cupy, "cupy", kernels=sys.modules[__name__])
