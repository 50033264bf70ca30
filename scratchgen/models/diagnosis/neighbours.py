"""Distances between the rows of two tables, without ever holding all of them."""
from ... import backend
from ...autodiff import ops

_CELLS = 2 ** 22        # distances held at a time: 32 MiB


def blocks(x, columns):
    """Rows of x, a few at a time: so many that a table of them by `columns` stays small."""
    n, size = x.shape[0], max(1, _CELLS // columns)
    return (x[start:min(start + size, n), :] for start in range(0, n, size))


def squared_distances(x, y):
    """|x_i - y_j|^2 = |x_i|^2 + |y_j|^2 - 2 x_i . y_j.   (N, D), (M, D) -> (N, M)

    One matrix product.  The three terms cancel where two rows nearly agree: an error of some 1e-16
    of the squared lengths is left, and a negative one is taken away.
    """
    lengths = [ops.sum(ops.square(rows), axis=1) for rows in (x, y)]
    found = ops.expand_dims(lengths[0], 1) + ops.expand_dims(lengths[1], 0)
    return ops.maximum(found - 2 * ops.matmul(x, y.T), 0.0)


def nearest(x, y):
    """For each row of x the index of the nearest row of y, and its distance.   -> (N,), (N,)

    The index comes from `squared_distances` of rows about the mean of y, the distance from the
    difference: it is exact, and 0 for a copy, where no two rows of y agree to 1e-8 of their
    deviation from that mean.  Of several that are equally near the first counts.
    """
    space = backend.namespace(x)
    middle = ops.mean(y, axis=0)            # far from 0 the lengths would drown the distances
    index = ops.concat([space.argmin(squared_distances(part - middle, y - middle), axis=1)
                        for part in blocks(x, y.shape[0])])
    return index, ops.sqrt(ops.sum(ops.square(x - ops.take(y, index, axis=0)), axis=1))
