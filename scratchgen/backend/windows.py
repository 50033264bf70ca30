"""Where windows stand on an image: the arithmetic that convolution and pooling share.

Along one axis, tap a of window i is at cell  i S + a D - P  of an image of H cells, with stride S,
dilation D and padding P; a runs over K taps.  Cells outside the image are zeros.
"""


def count(size, kernel, stride, padding, dilation):
    """How many windows fit on one axis: floor((H + 2P - D(K - 1) - 1) / S) + 1."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def counts(sizes, kernel, stride, padding, dilation):
    """The same for both axes: (H, W) -> (Oh, Ow)."""
    return tuple(map(count, sizes, kernel, stride, padding, dilation))


def taps(sizes, kernel, stride, padding, dilation):
    """Every tap of the kernel, with the windows that it reaches the image from and the cells there.

    Yields (a, b, (slice, slice) of windows, (slice, slice) of cells), row by row.
    """
    axes = [[_reach(a * d - p, size, s, count(size, k, s, p, d)) for a in range(k)]
            for size, k, s, p, d in zip(sizes, kernel, stride, padding, dilation)]
    for a, (window_rows, cell_rows) in enumerate(axes[0]):
        for b, (window_columns, cell_columns) in enumerate(axes[1]):
            yield a, b, (window_rows, window_columns), (cell_rows, cell_columns)


def _reach(offset, size, stride, windows):
    """(windows, cells): the i with 0 <= i S + offset < H, and the cells i S + offset."""
    first = max(0, -(offset // stride))
    last = min(windows, (size - 1 - offset) // stride + 1)
    if last <= first:
        return slice(0, 0), slice(0, 0)
    start = first * stride + offset
    return slice(first, last), slice(start, start + (last - first - 1) * stride + 1, stride)
