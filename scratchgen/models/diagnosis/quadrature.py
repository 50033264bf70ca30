"""Integrals over an interval, as exact as float64."""
import math

from ... import backend
from ...autodiff import ops
from ...distributions.base import raw
from .sampler import at_home

_NODES = 10             # a panel: exact for polynomials of degree 19
_PANELS = 400


def nodes(interval):
    """(x_i, w_i) with sum_i w_i f(x_i) = integral of f, on the host in float64.   -> (n,), (n,)

    Gauss-Legendre on each of 400 panels of equal width.  Golub and Welsch (1969): the 10 nodes on
    (-1, 1) are the eigenvalues of the matrix of the recurrence of the Legendre polynomials, and
    their weights twice the squares of the first entries of its eigenvectors.
    """
    low, high = map(float, interval)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError("an integral runs over an interval\n"
                         "  expected  (low, high), finite, with low < high\n"
                         f"  got       ({low:g}, {high:g})")
    beside = [k / math.sqrt(4 * k * k - 1) for k in range(1, _NODES)]
    matrix = backend.to_numpy([[beside[min(i, j)] if abs(i - j) == 1 else 0.0
                                for j in range(_NODES)] for i in range(_NODES)])
    space = backend.namespace(matrix)
    x, vectors = space.linalg.eigh(matrix)
    width = (high - low) / _PANELS
    middles = low + width * (space.arange(_PANELS, dtype="float64") + 0.5)
    points = ops.expand_dims(middles, 1) + 0.5 * width * x
    weights = ops.broadcast_to(width * ops.square(vectors[0, :]), points.shape)
    return ops.reshape(points, (-1,)), ops.reshape(weights, (-1,))


def at(f, x):
    """f at points of the line, on the host in float64.   (n,) -> (n,)

    f is a density (its `log_prob` is taken) or any function of (n, 1): one example a row, as a
    network takes them.  What comes back may be (n,) or (n, 1).
    """
    f = getattr(f, "log_prob", f)
    values = raw(f(at_home(f, backend.asarray(ops.expand_dims(x, 1)))))
    values = ops.astype(backend.to_numpy(values), "float64")
    if math.prod(values.shape) != x.shape[0]:
        raise ValueError("quadrature: a function gives one number for each point of the line\n"
                         f"  expected  ({x.shape[0]},) or ({x.shape[0]}, 1)\n"
                         f"  got       {tuple(values.shape)}")
    return ops.reshape(values, (-1,))
