"""Bijectors of vectors whose matrix is easy to invert: a permutation, a triangle."""
import operator

from ... import backend
from ...autodiff import ops
from ...errors import ShapeError
from ..base import broadcast_to
from .base import Bijector, constant_or_parameter, zeros
from .elementwise import require_no_zero


def require_vectors(owner, x, size):
    """ShapeError unless x is (..., size)."""
    if tuple(x.shape[-1:]) != (size,):
        raise ShapeError(f"{owner}: not a batch of its vectors\n  expected  (..., {size})\n"
                         f"  got       {tuple(x.shape)}")


class Permute(Bijector):
    """y_i = x_permutation[i]: the same numbers in another order.  log |det| = 0   (..., D)

    `permutation` names each of 0 ... D - 1 once, else ValueError.
    """

    event_rank = 1
    affine = entrywise = True

    def __init__(self, permutation):
        order = [operator.index(i) for i in backend.to_numpy(permutation)]
        if sorted(order) != list(range(len(order))):
            raise ValueError("Permute: not a permutation\n"
                             f"  expected  each of 0 ... {len(order) - 1} once\n"
                             f"  got       {str(order)[:60]}")
        self.permutation = backend.asarray(order, "int64")
        self.back = backend.asarray(sorted(range(len(order)), key=order.__getitem__), "int64")

    def forward_and_log_det(self, x):
        return self._reorder(x, self.permutation)

    def inverse_and_log_det(self, y):
        return self._reorder(y, self.back)

    def _reorder(self, x, order):
        require_vectors("Permute", x, order.shape[0])
        return ops.take(x, order, axis=-1), zeros(x.shape[:-1], x)

    def describe(self):
        return f"Permute({self.permutation.shape[0]})"


class TriangularAffine(Bijector):
    """y = shift + L x with L lower triangular,   log |det L| = sum_i log |L_ii|   (..., D)

    With x ~ N(0, I) this is N(shift, L L^T).  L is the lower triangle of `scale_tril` (D, D), what
    stands above it is never read; `shift` is (D,), or a number.  Parameters among them are trained.

    Raises ValueError where L_ii = 0 (looked at on the host; on a device only inside
    `sg.backend.checked()`), and ShapeError if the matrix is not square or the shapes do not fit.
    """

    event_rank = 1
    affine = True

    def __init__(self, shift, scale_tril):
        self.shift = constant_or_parameter(shift)
        self.scale_tril = constant_or_parameter(scale_tril)
        shape = getattr(self.scale_tril, "shape", ())
        if len(shape) != 2 or shape[0] != shape[1]:
            raise ShapeError("TriangularAffine: scale_tril is one square matrix\n"
                             f"  expected  (D, D)\n  got       {shape}")
        self._size = shape[0]
        if getattr(self.shift, "shape", ()) not in ((), (self._size,)):
            raise ShapeError("TriangularAffine: the shift is a vector, or a number\n"
                             f"  expected  ({self._size},)\n  got       {self.shift.shape}")
        require_no_zero("TriangularAffine: a diagonal entry", ops.diagonal(self.scale_tril))

    def forward_and_log_det(self, x):
        require_vectors("TriangularAffine", x, self._size)
        matrix = ops.tril(self.scale_tril)
        return ops.add(ops.matmul(x, ops.matrix_transpose(matrix)), self.shift), self._log_det(x)

    def inverse_and_log_det(self, y):
        require_vectors("TriangularAffine", y, self._size)
        columns = ops.matrix_transpose(ops.reshape(ops.subtract(y, self.shift), (-1, self._size)))
        x = ops.solve_triangular(self.scale_tril, columns)
        return ops.reshape(ops.matrix_transpose(x), y.shape), -self._log_det(y)

    def _log_det(self, x):
        log_det = ops.sum(ops.log(ops.abs(ops.diagonal(self.scale_tril))))
        return broadcast_to(ops.add(zeros((), x), log_det), x.shape[:-1])

    def describe(self):
        return f"TriangularAffine({self._size})"
