"""The multivariate normal distribution, through the Cholesky factor of its covariance."""
import math

from .. import backend
from ..autodiff import ops
from ..errors import ShapeError
from .base import (Distribution, as_parameters, as_value, broadcast_shape, broadcast_to, raw,
                   require_event, require_positive, sample_shape)
from .normal import HALF_LOG_2PI


class MultivariateNormal(Distribution):
    """p(x) = exp(-(x - loc)^T Sigma^-1 (x - loc) / 2) / sqrt((2 pi)^D det Sigma), x of length D.

    loc is (..., D), and exactly one matrix (..., D, D) is given: `covariance`, which is Sigma,
    symmetric and positive definite, or `scale_tril`, the lower triangular L with a positive
    diagonal and Sigma = L L^T.  Leading axes broadcast to batch_shape; event_shape = (D,).

    L is all that is used: x = loc + L eps, and with z = L^-1 (x - loc) by substitution the exponent
    is -z^T z / 2, and log det Sigma = 2 sum log L_ii.  No matrix is ever inverted.

    Raises ShapeError where shapes do not fit, and ValueError for a matrix of another kind (looked
    at on the host; on a device only inside `sg.backend.checked()`).
    """

    def __init__(self, loc, *, scale_tril=None, covariance=None):
        if (scale_tril is None) == (covariance is None):
            raise ValueError("MultivariateNormal takes exactly one of scale_tril and covariance\n"
                             f"  got       {'neither' if scale_tril is None else 'both'}")
        name, matrix = ("scale_tril", scale_tril) if covariance is None \
            else ("covariance", covariance)
        self.loc, matrix = as_parameters(loc, matrix)
        _require_square(name, matrix, self.loc)
        self.event_shape = self.loc.shape[-1:]
        self.batch_shape = broadcast_shape("MultivariateNormal",
                                           **{"loc": self.loc.shape[:-1], name: matrix.shape[:-2]})
        if covariance is None:
            _require_lower(matrix)
            self.scale_tril = matrix
        else:
            self.scale_tril = _factor(matrix)

    @property
    def covariance(self):
        """Sigma = L L^T.   (..., D, D), broadcasts to batch_shape + (D, D)"""
        return ops.matmul(self.scale_tril, ops.matrix_transpose(self.scale_tril))

    def rsample(self, shape=(), *, rng):
        """x = loc + L eps with eps ~ N(0, I).   shape + batch_shape + (D,)"""
        shape = sample_shape(shape) + self.batch_shape + self.event_shape
        noise = backend.standard_normal(rng, shape, raw(self.loc))
        return self.loc + on_vectors(ops.matmul, self.scale_tril, noise)

    def log_prob(self, x):
        """-|L^-1 (x - loc)|^2 / 2 - sum log L_ii - D log(2 pi) / 2, in nats.   (..., D) -> (...)"""
        x = as_value(x, raw(self.loc))
        require_event("MultivariateNormal.log_prob", x, self.event_shape)
        shape = broadcast_shape("MultivariateNormal.log_prob", x=x.shape[:-1],
                                batch_shape=self.batch_shape)
        z = on_vectors(ops.solve_triangular, self.scale_tril, x - self.loc)
        log_prob = -0.5 * ops.sum(z * z, axis=-1) - self._half_log_det \
            - self.event_shape[0] * HALF_LOG_2PI
        return broadcast_to(log_prob, shape)

    def entropy(self):
        """sum log L_ii + D log(2 pi e) / 2, in nats.   -> batch_shape"""
        entropy = self._half_log_det + self.event_shape[0] * (0.5 + HALF_LOG_2PI)
        return broadcast_to(entropy, self.batch_shape)

    @property
    def _half_log_det(self):
        """log sqrt(det Sigma) = sum log L_ii."""
        return ops.sum(ops.log(ops.diagonal(self.scale_tril)), axis=-1)

    @property
    def mean(self):
        """loc.   batch_shape + (D,)"""
        return broadcast_to(self.loc, self.batch_shape + self.event_shape)

    @property
    def variance(self):
        """The diagonal of Sigma, Sigma_ii = sum_j L_ij^2.   batch_shape + (D,)"""
        diagonal = ops.sum(ops.square(self.scale_tril), axis=-1)
        return broadcast_to(diagonal, self.batch_shape + self.event_shape)


def on_vectors(op, matrix, x):
    """op(matrix, x) for every vector along the last axis of x.   (..., D, D), (..., D) -> (..., D)

    Leading axes broadcast.  Those that only x has (many draws of one distribution) become the
    columns of one right-hand side: one product or one substitution for all of them.
    """
    rank = len(matrix.shape) - 1                            # axes of x that the matrix shares
    draws = x.shape[:max(0, len(x.shape) - rank)]
    count = math.prod(draws)
    rows = ops.reshape(x, (count, *x.shape[len(draws):]))   # (count, ..., D)
    axes = tuple(range(1, len(rows.shape)))
    y = op(matrix, ops.permute_dims(rows, (*axes, 0)))      # (..., D, count)
    last = len(y.shape) - 1
    y = ops.permute_dims(y, (last, *range(last)))
    return ops.reshape(y, (*draws, *y.shape[1:]))


def _factor(covariance):
    """The Cholesky factor L, or a ValueError that names the covariance."""
    array = raw(covariance)
    space = backend.namespace(array)
    if array.size and backend.values_are_checked(space):
        skew = space.max(space.abs(array - space.matrix_transpose(array)))
        if bool(skew > _ROUNDING * space.max(space.abs(array))):
            raise ValueError("MultivariateNormal: covariance must be symmetric\n"
                             f"  got       entries (i, j), (j, i) up to {float(skew):.6g} apart\n"
                             "  hint      a triangular factor of it is given as scale_tril=")
    try:
        return ops.cholesky(covariance)
    except ValueError as error:
        raise ValueError(
            "MultivariateNormal: covariance must be positive definite\n"
            "  expected  v^T Sigma v > 0 for every vector v but 0\n"
            "  hint      fewer examples than dimensions give a singular estimate; adding a small\n"
            "            multiple of the identity makes it definite") from error


_ROUNDING = 1e-5        # relative: what float32 leaves between two halves that should be equal


def _require_square(name, matrix, loc):
    d = loc.shape[-1:]
    if not d or matrix.shape[-2:] != 2 * d:
        raise ShapeError(f"MultivariateNormal: loc and {name} do not fit\n"
                         f"  expected  loc (..., D) and {name} (..., D, D)\n"
                         f"  got       loc {loc.shape} and {name} {matrix.shape}")


def _require_lower(matrix):
    array = raw(matrix)
    space = backend.namespace(array)
    if backend.values_are_checked(space) and bool(space.any(space.triu(array, k=1) != 0)):
        raise ValueError("MultivariateNormal: scale_tril must be lower triangular\n"
                         "  expected  zeros above the diagonal\n"
                         "  hint      a covariance matrix is given as covariance=; ops.tril(a)\n"
                         "            keeps the lower triangle of any matrix")
    require_positive("MultivariateNormal", "scale_tril's diagonal", ops.diagonal(array))
