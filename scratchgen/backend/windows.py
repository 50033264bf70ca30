"""Where windows stand on an image: the arithmetic that convolution and pooling share.

Along one axis, tap k of window i is at cell  i S + k D - P  of an image of H cells, with stride S,
dilation D and padding P; k runs over the K cells of the kernel.  Outside the image all is zero.
"""


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
