"""Convolution and pooling in functions of the array-API standard alone.

Images are (N, H, W, C), kernels (Kh, Kw, C, O).  Behind all three convolutions is one trilinear
form,

    T(x, w, u) = sum over n, i, j, k, m, c, o of x[n, i S + k D - P, j S + m D - P, c] w[k, m, c, o]
                                                 u[n, i, j, o],

each of which is its derivative with respect to one of x, w and u.  With the cells under a window as
a row of a matrix ("im2col"), each is one matrix product.  `stride`, `padding` and `dilation` are
pairs.
"""
from . import windows


def columns(xp, x, kernel, stride, padding, dilation):
    """The cells under each window as a row.   (N, H, W, C) -> (N Oh Ow, Kh Kw C)"""
    n, *sizes, c = x.shape
    out = windows.counts(sizes, kernel, stride, padding, dilation)
    y = xp.zeros((n, *out, *kernel, c), dtype=x.dtype, device=x.device)
    for k, m, (i, j), (rows, cols) in windows.taps(sizes, kernel, stride, padding, dilation):
        y[:, i, j, k, m, :] = x[:, rows, cols, :]
    return xp.reshape(y, (n * out[0] * out[1], kernel[0] * kernel[1] * c))


def conv2d(xp, x, w, b, stride, padding, dilation, activation=None):
    """f(dT/du + b).   (N, H, W, C), (Kh, Kw, C, O), (O) -> (N, Oh, Ow, O)"""
    n, *sizes, _ = x.shape
    *kernel, c, o = w.shape
    out = windows.counts(sizes, kernel, stride, padding, dilation)
    patches = xp.columns(x, kernel, stride, padding, dilation)
    y = xp.matmul(patches, xp.reshape(w, (kernel[0] * kernel[1] * c, o)))
    return xp.reshape(xp.activated(y, b, activation), (n, *out, o))


def conv_transpose2d(xp, u, w, b, sizes, stride, padding, dilation, activation=None):
    """f(dT/dx + b).   (N, Oh, Ow, O), (Kh, Kw, C, O), (C) -> (N, H, W, C)"""
    n, *out, o = u.shape
    *kernel, c, _ = w.shape
    rows = xp.reshape(u, (n * out[0] * out[1], o))
    parts = xp.matmul(rows, xp.reshape(w, (kernel[0] * kernel[1] * c, o)).mT)
    parts = xp.reshape(parts, (n, *out, *kernel, c))
    y = xp.zeros((n, *sizes, c), dtype=parts.dtype, device=parts.device)
    for k, m, (i, j), (rows, cols) in windows.taps(sizes, kernel, stride, padding, dilation):
        y[:, rows, cols, :] += parts[:, i, j, k, m, :]
    return xp.activated(y, b, activation)


def conv2d_weight(xp, x, u, kernel, stride, padding, dilation):
    """dT/dw.   (N, H, W, C), (N, Oh, Ow, O) -> (Kh, Kw, C, O)"""
    n, *out, o = u.shape
    patches = xp.columns(x, kernel, stride, padding, dilation)
    product = xp.matmul(patches.mT, xp.reshape(u, (n * out[0] * out[1], o)))
    return xp.reshape(product, (*kernel, x.shape[-1], o))


def max_pool_cells(xp, x, kernel, stride, padding):
    """Where in x, read as one row, each window has its maximum.   (N, H, W, C) -> (N, Oh, Ow, C)

    The first of equal ones, row by row; NaN counts as larger than any number.  Padding repeats the
    edge of the image: a cell that is seen twice is no new maximum.
    """
    n, *sizes, c = x.shape
    (rows, cols) = (_clamped(xp, x, size, p) for size, p in zip(sizes, padding))
    if any(padding):
        x = xp.take(xp.take(x, rows, axis=1), cols, axis=2)
    number = xp.reshape(rows, (-1, 1, 1)) * sizes[1] + xp.reshape(cols, (1, -1, 1))
    best = None
    for _, _, _, (i, j) in windows.taps(x.shape[1:3], kernel, stride, (0, 0), (1, 1)):
        value, cell = x[:, i, j, :], number[i, j, :]
        if best is None:
            best, place = value, xp.broadcast_to(cell, value.shape)
            continue
        better = (value > best) | (value != value)
        best, place = xp.where(better, value, best), xp.where(better, cell, place)
    image = xp.reshape(xp.arange(n, device=x.device), (n, 1, 1, 1)) * (sizes[0] * sizes[1])
    return (image + place) * c + xp.arange(c, device=x.device)


def _clamped(xp, x, size, padding):
    """-P ... H + P - 1, with what lies outside the image moved to its edge."""
    return xp.clip(xp.arange(-padding, size + padding, device=x.device), 0, size - 1)
