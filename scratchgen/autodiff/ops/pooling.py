"""Pooling: one number for each window of each channel.

Neither kind needs a rule of its own.  The largest number of a window is an entry of x, so max
pooling is an index; an average is a convolution of each channel by itself.
"""
from ... import backend
from ...errors import ShapeError
from ..tensor import Tensor
from .convolution import conv2d, count_windows, pair
from .elementwise import astype
from .index import getitem
from .shape import operand, permute_dims, reshape


def max_pool2d(x, kernel, stride=None, padding=0):
    """The largest number in each window of each channel.   (N, H, W, C) -> (N, Oh, Ow, C)

    Oh = floor((H + 2P - K) / S) + 1.  `kernel` K, `stride` S (K unless given) and `padding` P are
    numbers, or pairs for rows and columns; padding never wins, and is at most half the kernel.  The
    gradient goes to the largest number, of equal ones to the first, row by row.  NaN counts as
    larger than any number.
    """
    x, values = _image("max_pool2d", x)
    form = _form("max_pool2d", x, kernel, stride, padding)
    cells = backend.namespace(values).max_pool_cells(values, *form)
    return getitem(reshape(x, (x.size,)), index=cells)


def avg_pool2d(x, kernel, stride=None, padding=0):
    """The mean of each window of each channel.   (N, H, W, C) -> (N, Oh, Ow, C)

    Oh = floor((H + 2P - K) / S) + 1.  `kernel` K, `stride` S (K unless given) and `padding` P are
    numbers, or pairs for rows and columns; padding, at most half the kernel, counts as zeros in the
    mean.  Means of integers are floats.
    """
    x, values = _image("avg_pool2d", x)
    kernel, stride, padding = _form("avg_pool2d", x, kernel, stride, padding)
    n, h, w, c = x.shape
    xp = backend.namespace(values)
    kind = values.dtype
    if not backend.is_floating(values):                     # bytes would overflow in the sum
        kind = xp.asarray(0.0, device=values.device).dtype
        x = astype(x, kind)
    ones = xp.ones((*kernel, 1, 1), dtype=kind, device=values.device)
    channels = reshape(permute_dims(x, (0, 3, 1, 2)), (n * c, h, w, 1))
    total = conv2d(channels, ones, stride=stride, padding=padding)
    means = total / (kernel[0] * kernel[1])
    return permute_dims(reshape(means, (n, c, *means.shape[1:3])), (0, 2, 3, 1))


def _image(op, x):
    """(x, its array), of four axes."""
    x = operand(x)
    if len(x.shape) != 4:
        raise ShapeError(f"{op}: x needs 4 axes (N, H, W, C), got shape {x.shape}")
    return x, x.data if isinstance(x, Tensor) else x


def _form(op, x, kernel, stride, padding):
    """(kernel, stride, padding) as pairs; ValueError where they do not fit the image."""
    if 0 in x.shape[1:3]:
        raise ValueError(f"{op}: there is no pixel in an image of shape {tuple(x.shape[1:3])}")
    kernel = pair(op, "kernel", kernel, least=1)
    stride = kernel if stride is None else pair(op, "stride", stride, least=1)
    padding = pair(op, "padding", padding)
    if any(2 * p > k for k, p in zip(kernel, padding)):
        raise ValueError(f"{op}: padding is at most half the kernel, or a window would see nothing "
                         f"else\n  expected  at most {tuple(k // 2 for k in kernel)}\n"
                         f"  got       {padding}")
    count_windows(op, x.shape[1:3], kernel, stride, padding, (1, 1))
    return kernel, stride, padding
