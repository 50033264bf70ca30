"""Convolution in NumPy: the kernels of `standard_convolution`, a block of windows at a time.

The matrix of columns is Kh Kw / S^2 times as large as the image; written as a whole it would go to
main memory and back.  So a few images (or, of a large image, a few rows) at a time are gathered
into one block that stays in the cache, multiplied, and forgotten; the weight gradient gathers them
again, which is cheaper than having kept them.  The block belongs to the call: threads share none.
"""
import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

from . import windows

BLOCK = 3 * 2**20       # bytes of columns at a time
FEW = 8                 # channels; below, a run of C numbers is too short to be copied on its own


def conv2d(x, w, b, stride, padding, dilation):
    *kernel, c, o = w.shape
    out = windows.counts(x.shape[1:3], kernel, stride, padding, dilation)
    y = np.empty((len(x), *out, o), np.result_type(x, w, *([] if b is None else [b])))
    weights = w.reshape(kernel[0] * kernel[1] * c, o)
    for block, columns in _blocks_of_columns(x, kernel, stride, padding, dilation):
        part = y[block].reshape(len(columns), o)
        np.matmul(columns, weights, out=part)
        if b is not None:
            part += b
    return y


def conv2d_weight(x, u, kernel, stride, padding, dilation):
    o = u.shape[-1]
    total = np.zeros((kernel[0] * kernel[1] * x.shape[-1], o), np.result_type(x, u))
    scratch = np.empty_like(total)
    for block, columns in _blocks_of_columns(x, kernel, stride, padding, dilation):
        np.matmul(columns.T, u[block].reshape(len(columns), o), out=scratch)
        total += scratch
    return total.reshape(*kernel, x.shape[-1], o)


def conv_transpose2d(u, w, b, sizes, stride, padding, dilation):
    """One product for each tap of the kernel, added to the cells that the tap is over."""
    *kernel, c, o = w.shape
    out = u.shape[1:3]
    dtype = np.result_type(u, w, *([] if b is None else [b]))
    y = np.zeros((len(u), *sizes, c), dtype)
    if b is not None:
        y += b
    taps = list(windows.taps(sizes, kernel, stride, padding, dilation))
    add = _add_few if c < FEW else _add_taps
    per_image = out[0] * out[1] * c * dtype.itemsize * (len(taps) if c < FEW else 1)
    step = max(1, BLOCK // max(1, per_image))
    for start in range(0, len(u), step):
        part = u[start:start + step]
        rows = part.reshape(math.prod(part.shape[:3]), o)
        add(y[start:start + step], rows, w, part.shape[:3], taps)
    return y


def _add_taps(y, u, w, shape, taps):
    product = np.empty((len(u), w.shape[2]), y.dtype)
    windows_of = product.reshape(*shape, w.shape[2])
    for k, m, (i, j), (rows, cols) in taps:
        np.matmul(u, w[k, m].T, out=product)
        y[:, rows, cols] += windows_of[:, i, j]


def _add_few(y, u, w, shape, taps):
    """All taps in one product, whose rows are images of one channel each."""
    weights = w.reshape(math.prod(w.shape[:3]), w.shape[3])
    product = (weights @ u.T).reshape(*w.shape[:3], *shape)
    for k, m, (i, j), (rows, cols) in taps:
        for c in range(w.shape[2]):
            y[:, rows, cols, c] += product[k, m, c, :, i, j]


def _blocks_of_columns(x, kernel, stride, padding, dilation):
    """Yields ((images, rows) as slices, the columns of these windows): a matrix (M, Kh Kw C)."""
    n, *sizes, c = x.shape
    out = windows.counts(sizes, kernel, stride, padding, dilation)
    width = kernel[0] * kernel[1] * c
    row = out[1] * width * x.dtype.itemsize
    images = max(1, BLOCK // max(1, row * out[0]))
    rows = out[0] if images > 1 else max(1, min(out[0], BLOCK // max(1, row)))
    view = _windows(_padded(x, padding), kernel, stride, dilation, out)
    few = c < FEW
    gather, order = (_gather_few, (3, 4, 5, 0, 1, 2)) if few else (np.copyto, range(6))
    memory = np.empty(min(images, n) * rows * out[1] * width, x.dtype)
    for first in range(0, n, images):
        for top in range(0, out[0], rows):
            block = slice(first, first + images), slice(top, top + rows)
            seen = view[block]
            size = math.prod(seen.shape[:3])
            source = seen.transpose(order)
            target = memory[:source.size].reshape(source.shape)
            gather(target, source)
            yield block, target.reshape(width, size).T if few else target.reshape(size, width)


def _gather_few(target, source):
    """One tap and channel at a time: a run is then a whole row of windows."""
    for index in np.ndindex(source.shape[:3]):
        target[index] = source[index]


def _padded(x, padding):
    if not any(padding):
        return x
    n, h, w, c = x.shape
    ph, pw = padding
    y = np.zeros((n, h + 2 * ph, w + 2 * pw, c), x.dtype)
    y[:, ph:ph + h, pw:pw + w] = x
    return y


def _windows(x, kernel, stride, dilation, out):
    """(N, Oh, Ow, Kh, Kw, C): all windows, as a view of x that repeats its cells."""
    n, h, w, c = x.strides
    strides = (n, h * stride[0], w * stride[1], h * dilation[0], w * dilation[1], c)
    return as_strided(x, (len(x), *out, *kernel, x.shape[-1]), strides, writeable=False)
