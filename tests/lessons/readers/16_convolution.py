"""What readers may answer in lesson 16: other ways to be right, and near misses."""
import numpy as np

from scratchgen import ops


def remainder(size, kernel, stride, padding):
    return (size + 2 * padding - kernel) % stride


def window_by_window(size, kernel, stride, padding):
    seen = {row for first in range(-padding, size + padding - kernel + 1, stride)
            for row in range(first, first + kernel)}
    return len(set(range(size)) - seen)


def by_the_formula(layers):
    r, step = 1, 1
    for kernel, stride in layers:
        r, step = r + (kernel - 1) * step, step * stride
    return r


def forwards(layers):
    r = 1
    for kernel, stride in layers:
        r = (r - 1) * stride + kernel
    return r


def between(u, stride):
    """u with stride - 1 zeros between its pixels."""
    n, height, width, channels = u.shape
    x = np.zeros((n, (height - 1) * stride + 1, (width - 1) * stride + 1, channels))
    x[:, ::stride, ::stride] = u
    return x


def with_zeros_around(u, w, stride):
    edge = ((0, 0), (len(w) - 1,) * 2, (len(w) - 1,) * 2, (0, 0))
    return ops.conv2d(np.pad(between(u, stride), edge), np.flip(w, (0, 1)).transpose(0, 1, 3, 2))


RIGHT = {
    "unseen_rows": [window_by_window],
    "receptive_field": [by_the_formula],
    "transpose_by_convolution": [with_zeros_around],
}

WRONG = {
    "unseen_rows": [remainder, lambda size, kernel, stride, padding:
                    remainder(size, kernel, stride, padding) - padding,
                    lambda size, kernel, stride, padding:
                    max(0, remainder(size, kernel, stride, padding) - 2 * padding),
                    lambda size, kernel, stride, padding: remainder(size, kernel, stride, 0)],
    "receptive_field": [forwards, lambda layers: 1 + sum(k - 1 for k, _ in layers),
                        lambda layers: by_the_formula(layers) + 1],
    "transpose_by_convolution": [
        lambda u, w, stride: ops.conv2d(between(u, stride), w.swapaxes(2, 3), padding=len(w) - 1),
        lambda u, w, stride: ops.conv2d(between(u, stride), w[::-1].swapaxes(2, 3),
                                        padding=len(w) - 1),
        lambda u, w, stride: with_zeros_around(u, w, 1)],
}
