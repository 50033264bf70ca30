"""Convolution in NumPy: the kernels of `standard_convolution`, a block of images at a time.

The matrix of columns is Kh Kw / S^2 times as large as the image; written as a whole it would go to
main memory and back.  So a few images (or, of a large image, a few rows) at a time are padded and
gathered into a block that stays in the cache, multiplied, and forgotten; the weight gradient
gathers them again, which is cheaper than having kept them.  The block belongs to the call: threads
share none.
"""
import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

from . import windows
from .numpy_activation import finish

BLOCK = 2**20           # bytes of columns at a time: half of a second-level cache, or all of it
FEW = 8                 # channels; below, a run of C numbers is too short to be copied on its own


def conv2d(x, w, b, stride, padding, dilation, activation=None):
    *kernel, c, o = w.shape
    out = windows.counts(x.shape[1:3], kernel, stride, padding, dilation)
    y = np.empty((len(x), *out, o), np.result_type(x, w, *([] if b is None else [b])))
    weights = w.reshape(kernel[0] * kernel[1] * c, o)
    for block, columns in _blocks_of_columns(x, kernel, stride, padding, dilation):
        part = y[block].reshape(len(columns), o)
        np.matmul(columns, weights, out=part)
        finish(part, b, activation)
    return y


def conv2d_weight(x, u, kernel, stride, padding, dilation):
    o = u.shape[-1]
    total = np.zeros((kernel[0] * kernel[1] * x.shape[-1], o), np.result_type(x, u))
    scratch = np.empty_like(total)
    for block, columns in _blocks_of_columns(x, kernel, stride, padding, dilation):
        np.matmul(columns.T, u[block].reshape(len(columns), o), out=scratch)
        total += scratch
    return total.reshape(*kernel, x.shape[-1], o)


def conv_transpose2d(u, w, b, sizes, stride, padding, dilation, activation=None):
    dtype = np.result_type(u, w, *([] if b is None else [b]))
    y = np.empty((len(u), *sizes, w.shape[2]), dtype)
    form = sizes, w.shape[:2], stride, padding, dilation
    if w.shape[2] < FEW:
        _add_taps(y, u, w, list(windows.taps(*form)))
        finish(y, b, activation)
        return y
    phases = [list(windows.phases(*axis)) for axis in zip(*form)]
    for block, total in _blocks_of_phases(u, w, *phases, dtype):
        finish(total, b, activation)
        images, row, column = block
        y[images, row.r::stride[0], column.r::stride[1]] = total.transpose(1, 0, 2, 3)
    return y


# ---- the columns: a matrix with the cells under a window as a row --------------------------------

def _blocks_of_columns(x, kernel, stride, padding, dilation):
    """Yields ((images, rows) as slices, the columns of these windows): a matrix (M, Kh Kw C)."""
    n, *sizes, c = x.shape
    out = windows.counts(sizes, kernel, stride, padding, dilation)
    width = kernel[0] * kernel[1] * c
    row = out[1] * width * x.dtype.itemsize
    images = max(1, min(n, BLOCK // max(1, row * out[0])))
    rows = out[0] if images > 1 else max(1, min(out[0], BLOCK // max(1, row)))
    few = c < FEW
    gather, order = (_gather_few, (3, 4, 5, 0, 1, 2)) if few else (np.copyto, range(6))
    memory = np.empty(images * rows * out[1] * width, x.dtype)
    for top in range(0, out[0], rows):
        shape = min(rows, out[0] - top), out[1]
        ranges = [(s * i - p, s * (i + m - 1) + d * (k - 1) + 1 - p) for i, m, k, s, p, d
                  in zip((top, 0), shape, kernel, stride, padding, dilation)]
        cells = _Cells(x, images, *ranges)
        seen = _windows(cells.array, shape, kernel, stride, dilation)
        for first in range(0, n, images):
            loaded = cells.load(x[first:first + images])
            size, source = loaded * math.prod(shape), seen[:loaded].transpose(order)
            target = memory[:source.size].reshape(source.shape)
            gather(target, source)
            yield (slice(first, first + images), slice(top, top + shape[0])), \
                target.reshape(width, size).T if few else target.reshape(size, width)


def _gather_few(target, source):
    """One tap and channel at a time: a run is then a whole row of windows."""
    for index in np.ndindex(source.shape[:3]):
        target[index] = source[index]


class _Cells:
    """A few images at a time, their cells in two ranges; what lies outside of an image is zero."""

    def __init__(self, x, images, rows, columns):
        ranges = rows, columns
        shape = images, *(end - start for start, end in ranges), x.shape[3]
        self.array = np.zeros(shape, x.dtype)
        inside = [(max(0, start), max(0, start, min(end, size)))
                  for (start, end), size in zip(ranges, x.shape[1:3])]
        self._from = tuple(slice(*pair) for pair in inside)
        self._to = tuple(slice(first - start, last - start)
                         for (first, last), (start, _) in zip(inside, ranges))

    def load(self, images):
        """Take in these images; returns how many they are."""
        self.array[:len(images), *self._to] = images[:, *self._from]
        return len(images)


def _windows(x, out, kernel, stride, dilation):
    """(N, Oh, Ow, Kh, Kw, C): all windows, as a view of x that repeats its cells."""
    n, h, w, c = x.strides
    strides = (n, h * stride[0], w * stride[1], h * dilation[0], w * dilation[1], c)
    return as_strided(x, (len(x), *out, *kernel, x.shape[-1]), strides, writeable=False)


# ---- the transpose -------------------------------------------------------------------------------

def _blocks_of_phases(u, w, rows, columns, dtype):
    """Yields ((images, row phase, column phase), the cells of these phases): (rows, n, columns, C).

    The cells of a phase are an ordinary convolution of u, of stride 1, with the taps that they
    share.  Only the windows along the rows are gathered; the rows that tap k looks at are then
    neighbours in the block, and one product with w[k].
    """
    ranges = windows.reach(rows), windows.reach(columns)
    (top, bottom), (left, _) = ranges
    c, o = w.shape[2:]
    width = max(p.count * len(p.taps) * o for p in columns)
    images = max(1, min(len(u), BLOCK // max(1, (bottom - top) * width * u.itemsize)))
    cells = _Cells(u, images, *ranges)
    seen = [_along_rows(cells.array, p, left) for p in columns]
    weights = [np.ascontiguousarray(w[:, p.taps].transpose(0, 1, 3, 2))
               .reshape(len(w), len(p.taps) * o, c) for p in columns]
    memory = np.empty(images * (bottom - top) * width, u.dtype)
    sums = np.empty((2, images * max(p.count for p in rows) * max(p.count for p in columns) * c),
                    dtype)
    for first in range(0, len(u), images):
        n = cells.load(u[first:first + images])
        for column, view, kernels in zip(columns, seen, weights):
            lowered = memory[:view[:, :n].size].reshape(view[:, :n].shape)
            lowered[...] = view[:, :n]
            lowered = lowered.reshape(len(view), n * column.count, len(column.taps) * o)
            for row in rows:
                shape = row.count, n, column.count, c
                total = _over_taps(lowered, kernels, row, top, sums[:, :math.prod(shape)])
                yield (slice(first, first + images), row, column), total.reshape(shape)


def _over_taps(lowered, kernels, phase, top, sums):
    """The cells of a phase of rows: a product for each of its taps, added up.   -> (M, C)"""
    total, product = sums.reshape(2, -1, kernels.shape[2])
    if not phase.taps:
        total[...] = 0
    for i, k in enumerate(phase.taps):
        start = phase.first - top + i * phase.step
        rows = lowered[start:start + phase.count].reshape(len(total), kernels.shape[1])
        np.matmul(rows, kernels[k], out=product if i else total)
        if i:
            total += product
    return total


def _along_rows(cells, phase, left):
    """What each cell of a phase sees of each row: a view.   -> (rows, n, columns, taps, O)"""
    n, rows, _, o = cells.shape
    image, row, column, channel = cells.strides
    strides = row, image, column, column * phase.step, channel
    return as_strided(cells[:, :, phase.first - left:],
                      (rows, n, phase.count, len(phase.taps), o), strides, writeable=False)


def _add_taps(y, u, w, taps):
    """Few channels: all taps in one product, whose rows are images of one channel each."""
    y[...] = 0
    weights = w.reshape(math.prod(w.shape[:3]), w.shape[3])
    step = max(1, BLOCK // max(1, math.prod(u.shape[1:3]) * len(weights) * y.itemsize))
    for start in range(0, len(u), step):
        part, cells = u[start:start + step], y[start:start + step]
        rows = part.reshape(math.prod(part.shape[:3]), part.shape[3])
        product = (weights @ rows.T).reshape(*w.shape[:3], *part.shape[:3])
        for k, m, (i, j), (rows, columns) in taps:
            for c in range(w.shape[2]):
                cells[:, rows, columns, c] += product[k, m, c, :, i, j]
