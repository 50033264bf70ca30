"""Max pooling in NumPy: where the maxima are, without a `where`.

The largest number of each window is quick to find; which tap it came from is then a matter of
single bytes, 0 or -1, that are masks as they stand.
"""
import numpy as np

from . import windows


def max_pool_cells(x, kernel, stride, padding):
    n, *sizes, c = x.shape
    if any(padding):
        rows, columns = (np.clip(np.arange(-p, size + p), 0, size - 1)
                         for size, p in zip(sizes, padding))
        x = x[:, rows[:, None], columns]
    seen = [x[:, i, j] for *_, (i, j) in
            windows.taps(x.shape[1:3], kernel, stride, (0, 0), (1, 1))]
    tap = _first_largest(seen)
    taps = np.indices(kernel).reshape(2, -1)                # the row and the column of each tap
    row, column = (np.take(t, tap) for t in taps)
    for axis, (cell, s, p) in enumerate(zip((row, column), stride, padding)):
        first = np.arange(tap.shape[1 + axis]) * s - p
        cell += first[:, None, None] if axis == 0 else first[:, None]
        if p:
            np.clip(cell, 0, sizes[axis] - 1, out=cell)
    row += np.arange(n).reshape(n, 1, 1, 1) * sizes[0]
    row *= sizes[1]
    row += column
    row *= c
    row += np.arange(c)
    return row


def _first_largest(arrays):
    """The number of the first array that holds the maximum, elementwise; NaN is the largest."""
    largest = arrays[0].copy()
    for x in arrays[1:]:
        np.maximum(largest, x, out=largest)
    some_nan = np.isnan(largest).any()
    number = np.zeros(largest.shape, np.min_scalar_type(-len(arrays)))
    for k in reversed(range(len(arrays))):
        here = arrays[k] == largest
        if some_nan:
            here |= np.isnan(arrays[k])
        mask = -here.view(np.int8)
        number ^= (number ^ k) & mask                       # k where the mask is -1, else as it was
    return number
