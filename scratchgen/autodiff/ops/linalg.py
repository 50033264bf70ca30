"""Linear algebra with square matrices: each rule is a line of matrix calculus (Giles 2008).

All of them work on stacks: leading axes are batches.
"""
import functools

from .. import shapes
from ..primitive import primitive
from .elementwise import multiply
from .products import matmul
from .reduce import sum
from .shape import expand_dims, matrix_transpose, operand, squeeze, tril, triu


def vectors_too(op):
    """op(a, b) for a right-hand side b of columns, made to take a single vector b as well."""
    @functools.wraps(op)
    def with_vectors(a, b, **params):
        b = operand(b)
        if len(b.shape) != 1:
            return op(a, b, **params)
        return squeeze(op(a, expand_dims(b, -1), **params), axis=-1)
    return with_vectors


def _per_matrix(g):
    """One number for each matrix, as 1 x 1 matrices that multiply them.   (...) -> (..., 1, 1)"""
    return expand_dims(expand_dims(g, -1), -1)


# ---- systems of equations ------------------------------------------------------------------------

@primitive("(...,M,M),(...,M,K)->(...,M,K)", formula="y = a^-1 b")
def solve(xp, a, b):
    """x with a x = b.   (..., M, M), (..., M, K) -> (..., M, K), or a vector b: (M) -> (..., M)

    b of one axis is one vector; any other b is a stack of matrices, as in the array-API standard.
    numpy.linalg.LinAlgError if a matrix is singular.
    """
    return xp.linalg.solve(a, b)


# a^-T g is dL/db, and takes the place of g in both rules
solve.shared = lambda g, y, a, b: solve(matrix_transpose(a), g)
solve.vjp = (lambda gb, y, a, b: -matmul(gb, matrix_transpose(y)),
             lambda gb, y, a, b: gb)
solve = vectors_too(solve)


@primitive("(...,M,M),(...,M,K)->(...,M,K)", formula="y = a^-1 b, a triangular")
def solve_triangular(xp, a, b, lower=True):
    """x with a x = b for a triangular a, by substitution.   (..., M, M), (..., M, K) -> (..., M, K)

    Only the triangle named is read: `lower` (with the diagonal), else the upper one.  A vector b as
    in `solve`.  numpy.linalg.LinAlgError if a diagonal entry is 0.
    """
    wrong = shapes.mismatch("solve_triangular", ("a", "b"), "(...,M,M),(...,M,K)",
                            (a.shape, b.shape))
    if wrong:
        raise wrong
    return xp.solve_triangular(a, b, lower)


def _triangle_a(gb, y, a, b, lower=True):
    ga = -matmul(gb, matrix_transpose(y))
    return tril(ga) if lower else triu(ga)


solve_triangular.shared = lambda g, y, a, b, lower=True: \
    solve_triangular(matrix_transpose(a), g, lower=not lower)
solve_triangular.vjp = (_triangle_a,
                        lambda gb, y, a, b, lower=True: gb)
solve_triangular = vectors_too(solve_triangular)


@primitive("(...,M,M)->(...,M,M)", formula="y = a^-1")
def inv(xp, a):
    """The inverse; numpy.linalg.LinAlgError if a matrix is singular.   (..., M, M) -> (..., M, M)

    To solve equations, `solve` is faster and more accurate.
    """
    return xp.linalg.inv(a)


inv.vjp = (lambda g, y, a: -matmul(matrix_transpose(y), matmul(g, matrix_transpose(y))),)


# ---- determinants --------------------------------------------------------------------------------

@primitive("(...,M,M)->(...)", formula="y = det a")
def det(xp, a):
    """The determinant.   (..., M, M) -> (...)

    Its gradient, the matrix of cofactors, is right for singular matrices too; second derivatives
    need an invertible one.
    """
    return xp.linalg.det(a)


@primitive("(...,M,M)->(...,M,M)", formula="y_ij = d det a / d a_ij")
def cofactors(xp, a):
    """d det(a) / da = det(a) a^-T, also where a^-1 does not exist.   (..., M, M) -> (..., M, M)

    With a = u diag(s) v:  det(u) det(v) u diag(prod_{j != i} s_j) v.
    """
    u, s, v = xp.linalg.svd(a, full_matrices=False)
    ones = xp.ones_like(a)
    identity = xp.tril(ones) - xp.tril(ones, k=-1)
    others = xp.prod(xp.where(identity == 1, identity, xp.expand_dims(s, axis=-2)), axis=-1)
    sign = xp.linalg.det(u) * xp.linalg.det(v)
    return xp.matmul(u * xp.expand_dims(others * xp.expand_dims(sign, axis=-1), axis=-2), v)


def _cofactors_a(g, y, a):
    """<g, d(det(a) a^-T)> = <g, y> tr(a^-1 da) - <g, a^-T da^T y>"""
    b = matrix_transpose(inv(a))
    return _per_matrix(sum(g * y, axis=(-2, -1))) * b - matmul(y, matmul(matrix_transpose(g), b))


det.vjp = (lambda g, y, a: _per_matrix(g) * cofactors(a),)
cofactors.vjp = (_cofactors_a,)


@primitive("(...,M,M)->(...)", formula="y = log |det a|")
def logabsdet(xp, a):
    """log |det a|, without the overflow of det: -inf if singular.   (..., M, M) -> (...)

    The gradient at a singular matrix raises numpy.linalg.LinAlgError.
    """
    return xp.linalg.slogdet(a)[1]


logabsdet.vjp = (lambda g, y, a: _per_matrix(g) * matrix_transpose(inv(a)),)


# ---- the square root of a covariance -------------------------------------------------------------

@primitive("(...,M,M)->(...,M,M)", formula="y y^T = a, y lower triangular")
def cholesky(xp, a):
    """The lower triangular L with L L^T = a.   (..., M, M) -> (..., M, M)

    a is symmetric; of any other a the symmetric part (a + a^T) / 2 is read.
    numpy.linalg.LinAlgError if a is not positive definite.
    """
    return xp.linalg.cholesky((a + xp.matrix_transpose(a)) / 2)


def _cholesky_a(g, y, a):
    """L^-T phi(L^T g) L^-1, symmetrised (Murray 2016, eq. 10).

    phi keeps the lower triangle, and half of the diagonal.
    """
    p = matmul(matrix_transpose(y), g)
    phi = (tril(p) + tril(p, k=-1)) / 2
    s = solve_triangular(matrix_transpose(y), phi, lower=False)                         # L^-T phi
    s = matrix_transpose(solve_triangular(matrix_transpose(y), matrix_transpose(s), lower=False))
    return multiply(s + matrix_transpose(s), 0.5)


cholesky.vjp = (_cholesky_a,)
