"""Linear algebra: matrix rules, each checked against finite differences."""
from ..primitive import primitive
from .shape import matrix_transpose


@primitive("(...,I,J),(...,J,K)->(...,I,K)", formula="y = a b")
def matmul(xp, a, b):
    """The matrix product over the last two axes; leading axes broadcast.   (..., I, J), (..., J, K) -> (..., I, K)"""
    return xp.matmul(a, b)


matmul.vjp = (lambda g, y, a, b: matmul(g, matrix_transpose(b)),
              lambda g, y, a, b: matmul(matrix_transpose(a), g))
