"""The triangular square root of a covariance, and what to say where there is none."""
from .. import backend
from ..autodiff import ops


def factor(what, covariance, hint=""):
    """The lower triangular L with L L^T = covariance.   (..., D, D) -> (..., D, D)

    L_jj^2, the j-th pivot, is the variance of x_j that no linear function of x_1 ... x_{j-1}
    accounts for.  Where rounding alone could have made it, up to D eps times the whole variance of
    x_j, the covariance counts as singular: ValueError begins with `what` and names the coordinate.
    """
    space, size = backend.namespace(covariance), covariance.shape[-1]
    tolerance = size * float(space.finfo(covariance.dtype).eps)
    try:
        tril = ops.cholesky(covariance)
        # CuPy does not raise: it gives NaN, which is not larger than anything.
        pivots, variances = ops.square(ops.diagonal(tril)), ops.diagonal(covariance)
        definite = bool(space.all(pivots > tolerance * variances))
    except ValueError:                              # numpy.linalg.LinAlgError is one
        definite = False
    if definite:
        return tril
    where, pivot, variance = _first_bad_pivot(backend.to_numpy(covariance), tolerance)
    raise ValueError(
        f"{what} is not positive definite\n"
        "  expected  each coordinate to vary in a way that those before it do not determine\n"
        f"  got       {where}: pivot {pivot:.6g} of its variance {variance:.6g}{hint}")


def _first_bad_pivot(covariance, tolerance):
    """(which coordinate, its pivot, its variance): elimination by hand, one matrix at a time."""
    size = covariance.shape[-1]
    matrices = covariance.reshape(-1, size, size)
    for number, matrix in enumerate(matrices):
        rest = (matrix + matrix.T) / 2
        for j in range(size):
            pivot, variance = float(rest[j, j]), float(matrix[j, j])
            if not pivot > tolerance * variance:
                which = f"matrix {number}, " if len(matrices) > 1 else ""
                return f"{which}coordinate {j}", pivot, variance
            rest = rest - rest[:, j:j + 1] * rest[j:j + 1, :] / pivot
    raise AssertionError("elimination finds what the Cholesky factorisation found")
