"""The affine generator: the simplest model that turns noise into data and knows its density."""
import math

from .. import backend, nn
from ..autodiff import ops
from ..autodiff.tensor import no_grad
from ..distributions.base import as_value, raw
from ..errors import ShapeError
from .covariance import factor

LOG_2PI = math.log(2 * math.pi)


class AffineGenerator(nn.Module):
    """x = mu + L z,  z ~ N(0, I),  so that x ~ N(mu, L L^T);  by the change of variables

        log p(x) = log N(z; 0, I) - log |det L|,   z = L^-1 (x - mu).

    L is lower triangular with a positive diagonal: every covariance is L L^T for exactly one such L
    (Cholesky), z costs one substitution, and |det L| is the product of the diagonal.  Parameters:

        loc (D,)            mu
        log_diagonal (D,)   log L_ii: any number will do, and log |det L| is their sum
        below (D, D)        L_ij for j < i; the rest of it is never read

    `AffineGenerator(D)` begins at the standard normal, to be learned by gradients of `log_prob`;
    `from_covariance` and `from_data` give the generator that learning ends at.
    """

    def __init__(self, dimensions, *, dtype="float32"):
        if not isinstance(dimensions, int) or dimensions < 1:
            raise ValueError("AffineGenerator: the number of dimensions is a positive integer\n"
                             f"  got       {dimensions!r}")
        self.dimensions = dimensions
        row = [0.0] * dimensions
        self.loc = nn.Parameter(row, dtype)
        self.log_diagonal = nn.Parameter(row, dtype)
        self.below = nn.Parameter([row] * dimensions, dtype)

    @classmethod
    def from_covariance(cls, covariance, loc=None):
        """The generator of N(loc, covariance): L is the covariance's Cholesky factor.   (D, D)

        Raises ValueError for a matrix that is not symmetric, or not positive definite: the message
        names the first coordinate whose variance those before it account for entirely.
        """
        covariance = raw(as_value(covariance, backend.asarray(0.0)))
        size = covariance.shape[-1] if covariance.shape else 0
        if not size or covariance.shape != (size, size):
            raise ShapeError("AffineGenerator: a covariance is one square matrix\n"
                             f"  expected  (D, D)\n  got       {tuple(covariance.shape)}")
        _require_symmetric(covariance)
        tril = factor("AffineGenerator: the covariance", covariance)
        model = cls(size, dtype=_dtype_name(covariance))
        model.log_diagonal.data = ops.log(ops.diagonal(tril))
        model.below.data = ops.tril(tril, k=-1)
        if loc is not None:
            model.loc.data = raw(as_value(loc, covariance))
        return model

    @classmethod
    def from_data(cls, x):
        """The Gaussian of maximum likelihood: mean and 1/n covariance of the examples.   (N, D)

        Raises ValueError where the examples lie in a plane, as N <= D of them always do.
        """
        x = raw(as_value(x, backend.asarray(0.0)))
        if len(x.shape) != 2 or not x.shape[0]:
            raise ShapeError("AffineGenerator: not a batch of examples\n  expected  (N, D)\n"
                             f"  got       {tuple(x.shape)}")
        mean = ops.mean(x, axis=0)
        centred = x - mean
        return cls.from_covariance(ops.matmul(centred.T, centred) / x.shape[0], mean)

    @property
    def config(self):
        """The name and all arguments, from which `models.build` makes a generator of this size."""
        return {"name": "affine", "dimensions": self.dimensions,
                "dtype": _dtype_name(self.loc.data)}

    # ---- the map, and back -----------------------------------------------------------------------

    @property
    def scale_tril(self):
        """L, lower triangular with a positive diagonal.   (D, D)"""
        identity = backend.namespace(self.loc.data).eye(
            self.dimensions, dtype=self.loc.dtype, device=self.loc.data.device)
        return ops.tril(self.below, k=-1) + ops.exp(self.log_diagonal) * identity

    @property
    def covariance(self):
        """L L^T.   (D, D)"""
        tril = self.scale_tril
        return ops.matmul(tril, tril.mT)

    def forward(self, z):
        """x = mu + L z.   (N, D) -> (N, D)"""
        return self.loc + ops.matmul(self._vectors(z), self.scale_tril.mT)

    def inverse(self, x):
        """z = L^-1 (x - mu), the noise that makes x.   (N, D) -> (N, D)

        |z|^2 is the squared Mahalanobis distance of x, distributed as chi-square(D).
        """
        columns = ops.matrix_transpose(self._vectors(x) - self.loc)
        return ops.matrix_transpose(ops.solve_triangular(self.scale_tril, columns))

    code, image = inverse, forward              # what other models call them

    def log_prob(self, x):
        """log N(L^-1 (x - mu); 0, I) - log |det L|, in nats.   (N, D) -> (N,)"""
        squares = ops.sum(ops.square(self.inverse(x)), axis=1)
        log_det = ops.sum(self.log_diagonal)
        return -0.5 * squares - self.dimensions * LOG_2PI / 2 - log_det

    @no_grad()
    def sample(self, n, *, rng):
        """n examples x = mu + L z with z ~ N(0, I).   -> (n, D)"""
        noise = backend.standard_normal(backend.rng(rng), (n, self.dimensions), self.loc.data)
        return self(noise)

    def _vectors(self, x):
        x = as_value(x, self.loc.data)
        if len(x.shape) != 2 or x.shape[1] != self.dimensions:
            raise ShapeError("AffineGenerator: not a batch of vectors\n"
                             f"  expected  (N, {self.dimensions})\n  got       {tuple(x.shape)}")
        return x if x.dtype == self.loc.dtype else ops.astype(x, self.loc.dtype)


def _dtype_name(array):
    return f"float{backend.namespace(array).finfo(array.dtype).bits}"


def _require_symmetric(matrix):
    """ValueError for what is not a matrix of finite numbers with S_ij = S_ji, up to rounding."""
    space = backend.namespace(matrix)
    largest = float(space.max(space.abs(matrix)))
    apart = float(space.max(space.abs(matrix - matrix.T)))
    if not (math.isfinite(largest) and apart <= 1e-5 * largest):
        raise ValueError("AffineGenerator: a covariance is symmetric\n"
                         "  expected  finite numbers with S_ij = S_ji\n"
                         f"  got       entries up to {largest:.6g}, up to {apart:.6g} apart")
