"""How far apart are two sets of examples, seen as two Gaussians in the features of a classifier?"""
import math
from typing import NamedTuple

from ... import backend
from ...autodiff import ops
from ...autodiff.tensor import no_grad
from ...distributions.base import raw
from ...errors import ShapeError
from ..classifier import Classifier
from .sampler import at_home, draw, finite_rows, same_width

_PART = 500             # examples at a time
_FLAT = 1e-12           # of the largest variance: no more than rounding leaves of none at all
_ROUNDED = 1e-5         # of the largest entry: what float32 leaves of a sum over many examples


class Frechet(NamedTuple):
    """d^2 between two sets of examples, its two parts, and what chance alone would make of it."""

    distance: float         # of_means + of_covariances: d^2, as it is always reported
    of_means: float         # |m_1 - m_2|^2
    of_covariances: float   # tr(C_1 + C_2 - 2 (C_1 C_2)^(1/2))
    by_chance: float        # E[d^2] of two sets of these sizes, both like the second
    examples: tuple         # (n_1, n_2)

    def __float__(self):
        return self.distance

    def __str__(self):
        n, m = self.examples
        return (f"Frechet distance {self.distance:.4g} = {self.of_means:.4g} (means) + "
                f"{self.of_covariances:.4g} (covariances), {n:,} examples against {m:,}; "
                f"about {self.by_chance:.2g} by chance")


class FrechetDistance:
    """d^2 = |m_1 - m_2|^2 + tr(C_1 + C_2 - 2 (C_1 C_2)^(1/2)) of a classifier's features.

        distance = FrechetDistance.fit(images, labels, rng=0)
        print(distance(gan, n=1000, rng=1))

    This is not the FID of Heusel et al. (2017).  The formula is theirs (eq. 6), but their features
    are those of an Inception network that has seen ImageNet, and these are the last hidden layer of
    a small classifier of this very data: its numbers compare samplers of one data set with one
    another, under one classifier, and nothing else.  It sees what the classifier needs to tell
    classes apart, and of that only means and covariances.

    `features` is a function from a batch of examples to (N, H), or a model with such a method, as a
    `Classifier` has; `reference` the examples (N, ...) to compare with.  A training set as the
    reference likes nothing better than its own copies (see `memorising`).
    """

    def __init__(self, features, reference):
        self.features = getattr(features, "features", features)
        self.reference = finite_rows("FrechetDistance, features of the reference",
                                     self._features(draw(reference, None, rng=None)), None,
                                     rng=None)

    @classmethod
    def fit(cls, x, y, *, rng, reference=None, hidden=(128, 32), epochs=30, **options):
        """A Classifier of widths `hidden` learns (x, y), on the host, and its last hidden layer
        gives the features.

        `reference` is x unless it is given.  `options` are those of `Classifier.fit`.
        """
        rng = backend.rng(rng)
        images = ops.astype(backend.to_numpy(raw(x)), "float32")
        labels = backend.to_numpy(raw(y))
        with backend.use("numpy"):                  # a small network, wherever the samplers live
            classifier = Classifier(tuple(images.shape[1:]), int(ops.max(labels)) + 1, hidden,
                                    rng=rng)
            classifier.fit(images, labels, rng=rng, epochs=epochs, **options)
        return cls(classifier, x if reference is None else reference)

    def __call__(self, source, *, n=2000, rng):
        """d^2 between examples of `source` (see `draw`) and the reference.   -> Frechet"""
        return frechet_distance(self._features(draw(source, n, rng=rng)), self.reference)

    @no_grad()
    def _features(self, x):
        """(N, ...) -> (N, H) on the host, in float64."""
        x, n = at_home(self.features, x), x.shape[0]
        parts = [backend.to_numpy(raw(self.features(x[start:min(start + _PART, n), ...])))
                 for start in range(0, n, _PART)]
        rows = ops.astype(ops.concat(parts), "float64")
        if rows.shape[0] != n:
            raise ShapeError("FrechetDistance: an example has a row of features\n"
                             f"  expected  ({n}, H)\n  got       {tuple(rows.shape)}")
        return rows


def frechet_distance(a, b):
    """d^2 between the Gaussians that have the means and covariances of two sets.   -> Frechet

    Features (n, H) and (m, H), with n and m at least 2; covariances divide by n - 1.

    It is zero for equal sets, and on average larger than the distance of what they were drawn from.
    For two sets drawn alike, l_i the eigenvalues of their covariance and z_i the features along its
    eigenvectors, to first order in 1/n and 1/m

        E[d^2] = (1/n + 1/m) (sum_i l_i + 1/2 sum_ij Var(z_i z_j) / (l_i + l_j)),

    the means' part and the covariances'.  It grows like H^2 / n: for a standard normal the brackets
    hold H + H (H + 1) / 4.  `by_chance` is this number with the moments of b; where n is not much
    larger than H it is too small.  So compare only distances of equal n and m.
    """
    a, b = (finite_rows("frechet_distance", features, None, rng=None) for features in (a, b))
    same_width("frechet_distance", a, b)
    n, m = a.shape[0], b.shape[0]
    if min(n, m) < 2:
        raise ValueError("frechet_distance: a covariance takes two examples\n"
                         f"  expected  2 or more in each set\n  got       {n} and {m}")
    (mean_a, covariance_a), (mean_b, covariance_b) = _moments(a), _moments(b)
    of_means = float(ops.sum(ops.square(mean_a - mean_b)))
    of_covariances = _of_covariances(covariance_a, covariance_b)
    by_chance = (1 / n + 1 / m) * _chance(b, covariance_b)
    return Frechet(of_means + of_covariances, of_means, of_covariances, by_chance, (n, m))


def frechet_gaussians(mean_1, covariance_1, mean_2, covariance_2):
    """d^2 = |m_1 - m_2|^2 + tr(C_1 + C_2 - 2 (C_1 C_2)^(1/2)) of two Gaussians.   -> float

    (H,), (H, H) twice.  The squared 2-Wasserstein distance: the least E|x - y|^2 of pairs with
    x ~ N(m_1, C_1) and y ~ N(m_2, C_2) (Dowson and Landau 1982, eq. 4).
    In one dimension it is (m_1 - m_2)^2 + (s_1 - s_2)^2.  Singular covariances are welcome;
    ValueError for a matrix that is no covariance: not symmetric, or with a negative eigenvalue.
    """
    given = [ops.astype(backend.to_numpy(raw(x)), "float64")
             for x in (mean_1, covariance_1, mean_2, covariance_2)]
    size = given[0].shape[-1] if given[0].shape else 0
    if [tuple(x.shape) for x in given] != [(size,), (size, size)] * 2:
        raise ShapeError("frechet_gaussians: a mean and a covariance, twice\n"
                         "  expected  (H,), (H, H), (H,), (H, H)\n"
                         f"  got       {', '.join(str(tuple(x.shape)) for x in given)}")
    mean_1, covariance_1, mean_2, covariance_2 = given
    _require_covariance(covariance_1)
    _require_covariance(covariance_2)
    return (float(ops.sum(ops.square(mean_1 - mean_2)))
            + _of_covariances(covariance_1, covariance_2))


def _require_covariance(matrix):
    space = backend.namespace(matrix)
    largest = float(space.max(space.abs(matrix)))
    finite = bool(space.all(space.isfinite(matrix)))
    skew = float(space.max(space.abs(matrix - matrix.T))) if finite else math.nan
    least = float(space.min(space.linalg.eigvalsh(matrix))) if finite else math.nan
    if not (skew <= _ROUNDED * largest and least >= -_ROUNDED * largest):
        raise ValueError("frechet_gaussians: this is no covariance\n"
                         "  expected  a symmetric matrix without negative eigenvalues\n"
                         f"  got       a difference of {skew:.3g} from its transpose, "
                         f"a smallest eigenvalue of {least:.3g}")


def _of_covariances(a, b):
    """tr(A + B - 2 (A B)^(1/2)).   (H, H), (H, H) -> float, never negative

    The eigenvalues of A B are the squares of the singular values of A^(1/2) B^(1/2), so the root is
    taken of A and of B, each symmetric, and never of a product: that would be rounded first, and
    the root of a rounding error of 1e-16 is 1e-8.
    """
    space = backend.namespace(a)
    singular = space.linalg.svd(ops.matmul(_root(a), _root(b)))[1]
    return max(0.0, float(ops.trace(a) + ops.trace(b) - 2 * ops.sum(singular)))


def _root(matrix):
    """The symmetric square root, by eigenvalues; those that rounding made negative are 0."""
    values, vectors = backend.namespace(matrix).linalg.eigh(matrix)
    return ops.matmul(vectors * ops.sqrt(ops.maximum(values, 0.0)), vectors.T)


def _chance(x, covariance):
    """sum_i l_i + 1/2 sum_ij Var(z_i z_j) / (l_i + l_j), z the rows of x along the eigenvectors."""
    space = backend.namespace(x)
    values, vectors = space.linalg.eigh(covariance)
    squares = ops.square(ops.matmul(x - ops.mean(x, axis=0), vectors))
    products = ops.matmul(squares.T, squares) / x.shape[0]              # E[z_i^2 z_j^2]
    variances = products - ops.square(values) * space.eye(x.shape[1])
    sums = ops.expand_dims(values, 0) + ops.expand_dims(values, 1)
    flat = sums <= _FLAT * values[-1]           # features that never vary, such as a dead unit
    pairs = ops.where(flat, 0.0, variances / ops.where(flat, 1.0, sums))
    return float(ops.trace(covariance) + 0.5 * ops.sum(pairs))


def _moments(x):
    """The mean (H,) and covariance (H, H) of rows, in which n - 1 divides."""
    mean = ops.mean(x, axis=0)
    centred = x - mean
    return mean, ops.matmul(centred.T, centred) / (x.shape[0] - 1)
