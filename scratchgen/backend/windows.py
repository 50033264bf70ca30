"""Where windows stand on an image: the arithmetic that convolution and pooling share.

Along one axis, tap k of window i is at cell  i S + k D - P  of an image of H cells, with stride S,
dilation D and padding P; k runs over the K cells of the kernel.  Outside the image all is zero.
"""
import math
from typing import NamedTuple


def count(size, kernel, stride, padding, dilation):
    """How many windows fit on one axis: floor((H + 2P - D(K - 1) - 1) / S) + 1."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def counts(sizes, kernel, stride, padding, dilation):
    """The same for both axes: (H, W) -> (Oh, Ow)."""
    return tuple(map(count, sizes, kernel, stride, padding, dilation))


def taps(sizes, kernel, stride, padding, dilation):
    """Every tap of the kernel, with the windows that it reaches the image from and the cells there.

    Yields (k, m, (slice, slice) of windows, (slice, slice) of cells), row by row.
    """
    out = counts(sizes, kernel, stride, padding, dilation)
    rows, columns = ([_reach(k * d - p, size, s, windows) for k in range(length)]
                     for size, length, s, p, d, windows
                     in zip(sizes, kernel, stride, padding, dilation, out))
    for k, (window_rows, cell_rows) in enumerate(rows):
        for m, (window_columns, cell_columns) in enumerate(columns):
            yield k, m, (window_rows, window_columns), (cell_rows, cell_columns)


def _reach(offset, size, stride, windows):
    """(windows, cells): the i with 0 <= i S + offset < H, and the cells i S + offset."""
    first = max(0, -(offset // stride))
    last = min(windows, (size - 1 - offset) // stride + 1)
    if last <= first:
        return slice(0, 0), slice(0, 0)
    start = first * stride + offset
    return slice(first, last), slice(start, start + (last - first - 1) * stride + 1, stride)


class Phase(NamedTuple):
    """The cells r, r + S, r + 2S, ... of one axis, which are all seen by the same taps."""

    r: int
    count: int              # of cells
    taps: list              # the last one first
    first: int              # the window that sees cell r with taps[0]
    step: int               # from there to the window that sees it with taps[1], and so on


def phases(size, kernel, stride, padding, dilation):
    """The same from the cells' side: one axis as its S phases.

    Window i sees cell r + S j with tap k if  k D = r + P (mod S)  and  i = j + (r + P - k D) / S:
    so the cells of a phase share their taps, and neighbours have neighbouring windows.
    """
    step = dilation // math.gcd(stride, dilation)
    for r in range(min(stride, size)):
        taps = [k for k in reversed(range(kernel)) if (k * dilation - r - padding) % stride == 0]
        first = (r + padding - taps[0] * dilation) // stride if taps else 0
        yield Phase(r, len(range(r, size, stride)), taps, first, step)


def reach(phases):
    """(first, end): all windows that these phases need, some of which may not exist."""
    return (min(p.first for p in phases),
            max(p.first + max(0, len(p.taps) - 1) * p.step + p.count for p in phases))
