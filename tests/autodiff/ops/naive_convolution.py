"""Convolution and pooling as loops over outputs: slow, and plain enough to be believed."""
import numpy as np


def pair(value):
    return value if isinstance(value, tuple) else (value, value)


def padded(x, padding, value=0.0):
    (p, q) = pair(padding)
    return np.pad(x, ((0, 0), (p, p), (q, q), (0, 0)), constant_values=value)


def places(shape, kernel, stride, padding, dilation):
    """Yields (i, j, rows, columns): what the window for output i, j sees of the padded image.

    Windows are tried one after the other for as long as they fit; no formula says how many there
    are.
    """
    (sh, sw), (ph, pw), (dh, dw) = pair(stride), pair(padding), pair(dilation)
    for i in range(shape[1] + 2 * ph):
        for j in range(shape[2] + 2 * pw):
            last = i * sh + dh * (kernel[0] - 1), j * sw + dw * (kernel[1] - 1)
            if last[0] < shape[1] + 2 * ph and last[1] < shape[2] + 2 * pw:
                yield (i, j, slice(i * sh, last[0] + 1, dh), slice(j * sw, last[1] + 1, dw))


def conv2d(x, w, b=0.0, stride=1, padding=0, dilation=1):
    found = list(places(x.shape, w.shape, stride, padding, dilation))
    y = np.zeros((len(x), found[-1][0] + 1, found[-1][1] + 1, w.shape[3]))
    for i, j, rows, columns in found:
        seen = padded(x, padding)[:, rows, columns]
        y[:, i, j] = np.einsum("nabc,abco->no", seen, w)
    return y + b


def conv_transpose2d(x, w, b=0.0, stride=1, padding=0, output_padding=0, dilation=1,
                     output_size=None):
    (sh, sw), (ph, pw), (dh, dw) = pair(stride), pair(padding), pair(dilation)
    (n, h, v, _), (kh, kw, o, _) = x.shape, w.shape
    if output_size is None:
        output_size = ((h - 1) * sh - 2 * ph + dh * (kh - 1) + 1 + pair(output_padding)[0],
                       (v - 1) * sw - 2 * pw + dw * (kw - 1) + 1 + pair(output_padding)[1])
    height, width = pair(output_size)
    y = np.zeros((n, height + 2 * ph, width + 2 * pw, o))
    for i in range(h):
        for j in range(v):
            for a in range(kh):
                for k in range(kw):
                    y[:, i * sh + a * dh, j * sw + k * dw] += x[:, i, j] @ w[a, k].T
    return y[:, ph:ph + height, pw:pw + width] + b


def conv2d_weight(x, u, kernel, stride=1, padding=0, dilation=1):
    y = np.zeros((*pair(kernel), x.shape[3], u.shape[3]))
    for i, j, rows, columns in places(x.shape, pair(kernel), stride, padding, dilation):
        y += np.einsum("nabc,no->abco", padded(x, padding)[:, rows, columns], u[:, i, j])
    return y


def pool(x, kernel, stride, padding, value, reduce):
    kernel = pair(kernel)
    found = list(places(x.shape, kernel, kernel if stride is None else stride, padding, 1))
    y = np.zeros((len(x), found[-1][0] + 1, found[-1][1] + 1, x.shape[3]))
    for i, j, rows, columns in found:
        y[:, i, j] = reduce(padded(x, padding, value)[:, rows, columns], axis=(1, 2))
    return y


def max_pool2d(x, kernel, stride=None, padding=0):
    return pool(x, kernel, stride, padding, -np.inf, np.max)


def avg_pool2d(x, kernel, stride=None, padding=0):
    return pool(x, kernel, stride, padding, 0.0, np.mean)
