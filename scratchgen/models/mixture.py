"""The Gaussian mixture: draw a component, then a point of its Gaussian; fitted by EM."""
import math

from .. import backend, nn
from ..autodiff import ops
from ..distributions.base import as_value, raw
from ..errors import ShapeError
from .covariance import factor

LOG_2PI = math.log(2 * math.pi)
COVARIANCES = ("full", "diagonal", "spherical")
_DRAWS = 5                  # from which k-means++ chooses the next mean
_FLOOR = 1e-4               # the prior's variance, as a share of the data's in each coordinate


class GaussianMixture(nn.Module):
    """p(x) = sum_k w_k N(x; m_k, S_k),  fitted by expectation maximisation.

        mixture = GaussianMixture(8).fit(x, rng=rng)
        mixture.log_prob(x)                         nats per example, (N,)

    `k` is the number K of components.  `covariance` says which S_k are allowed: "full", "diagonal"
    or "spherical" (one variance in all directions).

    The likelihood alone has no maximum: a component that closes in on one point, or on points in a
    plane, sends it to infinity.  So what EM maximises, in nats per example, is

        (1/N) [ sum_n log p(x_n) + prior * sum_k (log w_k - 1/2 log |S_k| - 1/2 tr(F S_k^-1)) ],

    as if each component had seen `prior` examples more, about its own mean and with covariance F:
    a Dirichlet prior of the weights and an inverse-Wishart prior of the covariances (Fraley and
    Raftery 2007), whose diagonal F has 1e-4 of the data's variance in each coordinate.  prior=0 is
    maximum likelihood, and a ValueError where it degenerates.  Either way no iteration lowers the
    objective (Dempster, Laird and Rubin 1977).

    After `fit`: `log_weights` (K,), `means` (K, D), `scale_tril` (K, D, D) with L_k L_k^T = S_k,
    in `dtype` and on the device of the examples, and `history`, the objective before each
    iteration.  With `dimensions` D given, a mixture that was not fitted is K times N(0, I).
    """

    def __init__(self, k, *, covariance="full", prior=1.0, dimensions=None, dtype="float64"):
        if not isinstance(k, int) or k < 1:
            raise ValueError("GaussianMixture: the number of components is a positive integer\n"
                             f"  got       k = {k!r}")
        if covariance not in COVARIANCES:
            raise ValueError(f"GaussianMixture: there is no covariance {covariance!r}\n"
                             f"  expected  one of {', '.join(COVARIANCES)}")
        if not 0 <= prior < math.inf:
            raise ValueError("GaussianMixture: the prior counts examples\n"
                             f"  expected  a number of 0 or more\n  got       prior = {prior!r}")
        self.k, self.covariance, self.prior, self.dtype = k, covariance, float(prior), dtype
        self.dimensions, self.history = None, []
        if dimensions is not None:
            self._allocate(backend.asarray([[0.0] * dimensions] * k, dtype))

    def _allocate(self, means):
        """K equal components N(m_k, I)."""
        space, (k, self.dimensions) = backend.namespace(means), means.shape
        self.means = means
        self.log_weights = means[:, 0] * 0 - math.log(k)
        identity = space.eye(self.dimensions, dtype=means.dtype, device=means.device)
        self.scale_tril = ops.broadcast_to(identity, (k, *identity.shape)) + 0
        self.floor = means[0, :] * 0 + _FLOOR

    @property
    def config(self):
        """The name and all arguments, from which `models.build` makes a mixture of this size."""
        return {"name": "gmm", "k": self.k, "covariance": self.covariance, "prior": self.prior,
                "dimensions": self.dimensions, "dtype": self.dtype}

    # ---- what it says of an example --------------------------------------------------------------

    def log_prob(self, x):
        """log p(x) = log sum_k w_k N(x; m_k, S_k), in nats.   (N, D) -> (N,)"""
        return ops.logsumexp(self._log_joint(self._examples(x)), axis=1)

    forward = log_prob

    def responsibilities(self, x):
        """p(k | x) = w_k N(x; m_k, S_k) / p(x).   (N, D) -> (N, K)"""
        return ops.softmax(self._log_joint(self._examples(x)), axis=1)

    def predict(self, x):
        """The component that most probably made each example.   (N, D) -> (N,) integers"""
        log_joint = raw(self._log_joint(self._examples(x)))
        return backend.namespace(log_joint).argmax(log_joint, axis=1)

    def _log_joint(self, x):
        """log w_k + log N(x; m_k, S_k), where (x - m)^T S^-1 (x - m) = |L^-1 (x - m)|^2.  -> (N, K)

        One component at a time: memory for N D numbers, however many components there are.
        """
        whiten, log_scale = self._whitening()
        constant = self.log_weights - log_scale - self.dimensions * LOG_2PI / 2
        return ops.stack([constant[k] - ops.sum(ops.square(
            ops.matmul(x - self.means[k, :], whiten[k, ...].T)), axis=1) / 2
            for k in range(self.k)], axis=1)

    def _whitening(self):
        """(L_k^-1, log |L_k|).   -> (K, D, D), (K,)"""
        identity = backend.namespace(self.means).eye(
            self.dimensions, dtype=self.means.dtype, device=self.means.device)
        return (ops.solve_triangular(self.scale_tril, identity),
                ops.sum(ops.log(ops.diagonal(self.scale_tril)), axis=-1))

    # ---- new examples ----------------------------------------------------------------------------

    def sample(self, n, *, rng):
        """n new examples: k ~ w, then x = m_k + L_k eps with eps ~ N(0, I).   -> (n, D)"""
        rng, x = backend.rng(rng), self._fitted().means
        weights = backend.to_numpy(ops.exp(self.log_weights)).astype("float64")
        chosen = rng.choice(self.k, size=n, p=weights / weights.sum())
        noise = backend.standard_normal(rng, (n, self.dimensions), x)
        each = [self.means[k, :] + ops.matmul(noise, self.scale_tril[k, ...].T)
                for k in range(self.k)]
        return ops.take(ops.concat(each), [k * n + i for i, k in enumerate(chosen)], axis=0)

    # ---- expectation maximisation ----------------------------------------------------------------

    def fit(self, x, *, rng, steps=1000, tolerance=1e-6):
        """EM from a k-means++ start until an iteration gains less than `tolerance`: the mixture.

        x (N, D) holds at least K examples, all finite.  At most `steps` iterations; `tolerance` is
        in nats per example.  Another start, another local maximum: compare `history[-1]`.
        """
        x = self.start(x, rng=rng)
        for _ in range(steps):
            self.history.append(self.step(x))
            if len(self.history) > 1 and self.history[-1] - self.history[-2] < tolerance:
                break
        return self

    def start(self, x, *, rng):
        """Means far from each other, and each example to the nearest: the examples as used."""
        x = self._data(x)
        space, variance = backend.namespace(x), _spread(x)
        places, owner = _far_apart(x / ops.sqrt(variance), self.k, backend.rng(rng))
        self._allocate(ops.take(x, places, axis=0))
        self.floor, self.history = _FLOOR * variance, []
        self._maximise(x, ops.concat([space.astype(owner == k, x.dtype)[:, None]
                                      for k in range(self.k)], axis=1))
        return x

    def step(self, x):
        """One iteration: returns the objective as it was, in nats per example, as a float."""
        x = self._examples(x)
        log_joint = self._log_joint(x)
        log_p = ops.logsumexp(log_joint, axis=1)
        objective = float(ops.mean(log_p)) + self.log_prior() / x.shape[0]
        self._maximise(x, ops.exp(log_joint - log_p[:, None]))
        return objective

    def log_prior(self):
        """prior * sum_k (log w_k - 1/2 log |S_k| - 1/2 tr(F S_k^-1)), up to its constant."""
        whiten, log_scale = self._whitening()
        trace = ops.sum(ops.square(whiten) * self.floor, axis=(1, 2))       # S^-1 = L^-T L^-1
        terms = self.log_weights - log_scale - trace / 2
        return self.prior * float(ops.sum(terms)) if self.prior else 0.0

    def _maximise(self, x, share):
        """The M step (Bishop 2006, eq. 9.24 to 9.27, and the prior's).   (N, D), (N, K)

        Where a component has no share in any example its mean has no say, and stays.
        """
        space, counts = backend.namespace(x), ops.sum(share, axis=0)
        seen = counts + self.prior
        if not bool(space.all(seen > 0)):
            raise ValueError("GaussianMixture: a component is responsible for no example\n"
                             f"  expected  prior > 0, or fewer components than k = {self.k}")
        positive = ops.where(counts > 0, counts, 1 + 0 * counts)
        means = ops.matmul(share.T, x) / positive[:, None]
        self.means = ops.where(counts[:, None] > 0, means, self.means)
        self.log_weights = ops.log(seen / (x.shape[0] + self.k * self.prior))
        scatter = ops.stack([_scatter(ops.sqrt(share[:, k])[:, None] * (x - self.means[k, :]))
                             for k in range(self.k)])
        identity = space.eye(self.dimensions, dtype=x.dtype, device=x.device)
        wanted = (scatter + self.prior * self.floor * identity) / seen[:, None, None]
        if self.covariance != "full":
            variances = ops.diagonal(wanted)
            if self.covariance == "spherical":
                variances = ops.mean(variances, axis=1, keepdims=True)
            wanted = variances[:, :, None] * identity
        self.scale_tril = factor("GaussianMixture: the covariance of a component", wanted,
                                 "\n  hint      a prior > 0, fewer components, or dtype float64")

    # ---- what may come in ------------------------------------------------------------------------

    def _fitted(self):
        if self.dimensions is None:
            raise ValueError("GaussianMixture: not fitted yet\n  expected  fit(x, rng=rng) first")
        return self

    def _examples(self, x):
        """x (N, D) as an array or Tensor like the means."""
        like = self._fitted().means
        x = as_value(x, like)
        if len(x.shape) != 2 or x.shape[1] != self.dimensions:
            raise ShapeError("GaussianMixture: not a batch of examples\n"
                             f"  expected  (N, {self.dimensions})\n  got       {tuple(x.shape)}")
        return x if x.dtype == like.dtype else ops.astype(x, self.dtype)

    def _data(self, x):
        """What `fit` learns from: (N, D) finite numbers in `dtype`, N >= K."""
        x = raw(x)
        x = ops.astype(x, self.dtype) if backend.is_array(x) else backend.asarray(x, self.dtype)
        if len(x.shape) != 2 or not x.shape[1]:
            raise ShapeError("GaussianMixture.fit: not a batch of examples\n"
                             f"  expected  (N, D)\n  got       {tuple(x.shape)}")
        if x.shape[0] < self.k:
            raise ValueError("GaussianMixture.fit: fewer examples than components\n"
                             f"  expected  at least {self.k} examples\n  got       {x.shape[0]}")
        space = backend.namespace(x)
        finite = space.all(space.isfinite(x), axis=1)
        if not bool(space.all(finite)):
            bad = int(space.sum(space.astype(~finite, space.int64)))
            raise ValueError("GaussianMixture.fit: examples hold NaN or infinity\n"
                             f"  expected  finite numbers\n  got       {bad} of {x.shape[0]} "
                             "examples that are not")
        return x


def _scatter(rows):
    """sum_n y_n y_n^T.   (N, D) -> (D, D)"""
    return ops.matmul(rows.T, rows)


def _spread(x):
    """The variance of each coordinate; of one that never varies, the mean of the others', or 1."""
    space, variance = backend.namespace(x), ops.var(x, axis=0)
    rounding = 64 * float(space.finfo(x.dtype).eps) * ops.max(ops.abs(x), axis=0)
    varies = variance > ops.square(rounding)
    number = float(space.sum(space.astype(varies, x.dtype)))
    usual = float(ops.sum(ops.where(varies, variance, 0 * variance))) / number if number else 1.0
    return ops.where(varies, variance, 0 * variance + usual)


def _far_apart(x, k, rng):
    """k-means++: (numbers of K examples, for each example which of them is nearest).

    Each is drawn with probability proportional to its squared distance from the nearest so far.  As
    the paper advises, several are drawn and the one is kept that leaves the smallest sum of these
    distances (Arthur and Vassilvitskii 2007).
    """
    n, places, distances, nearest = x.shape[0], [], [], None
    candidates = [int(rng.integers(n))]
    while len(places) < k:
        far = [ops.sum(ops.square(x - x[i, :]), axis=1) for i in candidates]
        left = [d if nearest is None else ops.minimum(nearest, d) for d in far]
        sums = [float(ops.sum(d)) for d in left]
        best = sums.index(min(sums))
        nearest = left[best]
        places.append(candidates[best])
        distances.append(far[best])
        chance = backend.to_numpy(nearest).astype("float64")
        chance = chance / chance.sum() if chance.any() else None        # all are means already
        candidates = [int(i) for i in rng.choice(n, size=_DRAWS, p=chance)]
    return places, backend.namespace(x).argmin(ops.stack(distances, axis=1), axis=1)
