"""The linear Gaussian VAE: the one in which every quantity of the theory is known exactly."""
import math

from .. import backend, nn
from ..autodiff import ops
from ..autodiff.tensor import no_grad
from ..distributions import Independent, MultivariateNormal, Normal, StandardNormal, kl
from ..distributions.base import as_value, raw
from ..errors import ShapeError
from .latent import LatentModel


class LinearGaussianVAE(LatentModel):
    """z ~ N(0, I),  x|z ~ N(W z + b, s^2 I):  probabilistic PCA, as a VAE.   W (D, Z), b (D,)

        marginal        p(x)   = N(b, W W^T + s^2 I)
        posterior       p(z|x) = N(m, S),  S^-1 = I + W^T W / s^2,  m = S W^T (x - b) / s^2
        encoder         q(z|x) = N(V (x - b), diag(d)^2),  V (Z, D), d (Z,)
        ELBO            E_q[log p(x|z)] - KL(q || p(z)) = log p(x) - KL(q || p(z|x))

    All of these are in closed form here (Tipping and Bishop 1999; as a VAE Lucas et al. 2019), so
    nothing is drawn: `log_prob`, `elbo`, `terms` and `gap` take no rng.  Results are in nats per
    example, summed over D and Z.

    `LinearGaussianVAE(W, b, scale)` takes the dtype of W, and its encoder is the best of its kind
    (`fit_encoder`); `random` is to be trained, `maximum_likelihood` is where training ends.  The
    parameters are W, b, V, log_scale = log s and log_code_scale = log d.
    """

    def __init__(self, W, b, scale):
        self.W, self.b = nn.Parameter(W), nn.Parameter(b)
        if len(self.W.shape) != 2 or self.b.shape != self.W.shape[:1]:
            raise ShapeError("LinearGaussianVAE: W and b do not fit\n"
                             "  expected  W (D, Z) and b (D,)\n"
                             f"  got       W {self.W.shape} and b {self.b.shape}")
        if not 0 < scale < math.inf:
            raise ValueError("LinearGaussianVAE: the scale is a standard deviation\n"
                             f"  expected  a positive number\n  got       {scale!r}")
        pixels, self.latent = self.W.shape
        self.image_shape = (pixels,)
        self.log_scale = nn.Parameter(as_value(math.log(scale), self.W.data))
        self.V = nn.Parameter(ops.matrix_transpose(self.W.data))
        self.log_code_scale = nn.Parameter(as_value([0.0] * self.latent, self.W.data))
        self.fit_encoder()

    # ---- where it begins, and where training ends ------------------------------------------------

    @classmethod
    def random(cls, pixels, latent, *, rng, dtype="float32"):
        """W_ij ~ N(0, 1/Z),  V_ij ~ N(0, 1/D),  b = 0,  s = 1/2,  d = 1: something to train."""
        rng = backend.rng(rng)
        like = backend.asarray(0.0, dtype)
        W = backend.standard_normal(rng, (pixels, latent), like) * latent ** -0.5
        model = cls(W, W[:, 0] * 0.0, 0.5)
        model.V.data = backend.standard_normal(rng, (latent, pixels), like) * pixels ** -0.5
        model.log_code_scale.data = [0.0] * latent
        return model

    @classmethod
    def maximum_likelihood(cls, x, latent):
        """The model that makes the examples likeliest, without training.   (N, D) -> a model

            s^2 = (lambda_Z+1 + ... + lambda_D) / (D - Z),      W = U (Lambda - s^2 I)^1/2

        with the eigenvalues lambda, in falling order, of the 1/n covariance of x, and the first Z
        eigenvectors U (Tipping and Bishop 1999, eq. 7 and 8).  Any rotation W R is as likely; this
        one has orthogonal columns, so that the encoder's q(z|x) is the posterior.  Raises
        ValueError unless 1 <= Z < D, and where Z dimensions leave no variance for s^2.
        """
        x = raw(as_value(x, backend.asarray(0.0)))
        if len(x.shape) != 2 or not 1 <= latent < x.shape[1]:
            raise ValueError("maximum_likelihood: the latent dimensions are fewer than the others\n"
                             "  expected  x (N, D) and 1 <= latent < D\n"
                             f"  got       x {tuple(x.shape)} and latent = {latent}")
        n, pixels = x.shape
        b = ops.mean(x, axis=0)
        space = backend.namespace(x)
        _, root, U = space.linalg.svd(x - b, full_matrices=False)
        eigenvalues = root * root / n
        variance = float(ops.sum(eigenvalues[latent:])) / (pixels - latent)
        if not variance > float(space.finfo(x.dtype).eps) * float(eigenvalues[0]):
            raise ValueError("maximum_likelihood: the likelihood has no maximum, as no variance is "
                             f"left for s^2\n  got       {n} examples and latent = {latent}\n"
                             "  hint      more examples, or fewer latent dimensions")
        # of examples that are as wide in all directions both are one number, but for rounding
        stretch = ops.sqrt(ops.maximum(eigenvalues[:latent] - variance, 0.0))
        return cls(ops.matrix_transpose(U[:latent, :]) * stretch, b, math.sqrt(variance))

    @no_grad()
    def fit_encoder(self):
        """Set V and d to those of the highest ELBO: the posterior's mean, 1 / d_i^2 = (S^-1)_ii.

        The gap that remains is that of a diagonal covariance; it is 0 if W has orthogonal columns.
        Returns self.
        """
        precision = self._precision()
        self.V.data = ops.solve(precision, ops.matrix_transpose(self.W)) / ops.exp(
            2 * self.log_scale)
        self.log_code_scale.data = -0.5 * ops.log(ops.diagonal(precision))
        return self

    def _precision(self):
        """S^-1 = I + W^T W / s^2.   (Z, Z)"""
        W = self.W.data
        identity = backend.namespace(W).eye(self.latent, dtype=W.dtype, device=W.device)
        squares = ops.matmul(ops.matrix_transpose(self.W), self.W)
        return squares / ops.exp(2 * self.log_scale) + identity

    # ---- the distributions -----------------------------------------------------------------------

    @property
    def prior(self):
        """p(z) = N(0, I), a distribution of vectors (Z,)."""
        return Independent(StandardNormal(self.latent, like=self.W), 1)

    def decode(self, z):
        """p(x|z) = N(W z + b, s^2 I).   (N, Z) -> batch_shape (N,)"""
        mean = ops.matmul(z, ops.matrix_transpose(self.W)) + self.b
        return Independent(Normal(mean, log_scale=self.log_scale), 1)

    def encode(self, x):
        """q(z|x) = N(V (x - b), diag(d)^2).   (N, D) -> batch_shape (N,)"""
        r = ops.subtract(self._batch("encode", x), self.b)
        loc = ops.matmul(r, ops.matrix_transpose(self.V))
        return Independent(Normal(loc, log_scale=self.log_code_scale), 1)

    def posterior(self, x):
        """p(z|x) = N(m, S), by Bayes' rule.   (N, D) -> batch_shape (N,)"""
        S = ops.inv(self._precision())
        r = ops.subtract(self._batch("posterior", x), self.b)
        loc = ops.matmul(ops.matmul(r, self.W), S) / ops.exp(2 * self.log_scale)
        return MultivariateNormal(loc, covariance=S)

    @property
    def marginal(self):
        """p(x) = N(b, W W^T + s^2 I), a distribution of vectors (D,)."""
        W = self.W.data
        identity = backend.namespace(W).eye(W.shape[0], dtype=W.dtype, device=W.device)
        return MultivariateNormal(
            self.b, covariance=ops.matmul(self.W, ops.matrix_transpose(self.W))
            + ops.exp(2 * self.log_scale) * identity)

    # ---- exactly ---------------------------------------------------------------------------------

    def log_prob(self, x):
        """log p(x) = log p(x|z) + log p(z) - log p(z|x), exactly, in nats.   (N, D) -> (N,)

        Bayes' rule holds for every z.  At z = m nothing large cancels, and no matrix is larger than
        Z times Z; `marginal.log_prob` is the same number by way of a matrix D times D.
        """
        x = self._batch("log_prob", x)
        posterior = self.posterior(x)
        z = posterior.mean
        return self.decode(z).log_prob(x) + self.prior.log_prob(z) - posterior.log_prob(z)

    def terms(self, x, q=None):
        """(E_q[log p(x|z)], KL(q || p(z))), exactly: their difference is the ELBO.   -> (N,), (N,)

            E_q[log p(x|z)] = log N(x; W m + b, s^2 I) - trace(W^T W C) / (2 s^2)

        for any q of mean m and covariance C, a Normal or a MultivariateNormal of codes; by default
        the encoder's.
        """
        x = self._batch("terms", x)
        q = self.encode(x) if q is None else q
        squares = ops.matmul(ops.matrix_transpose(self.W), self.W)
        spread = ops.sum(squares * q.covariance, axis=(-2, -1)) if hasattr(q, "covariance") \
            else ops.matmul(q.variance, ops.diagonal(squares))
        at_the_mean = self.decode(q.mean).log_prob(x)
        return at_the_mean - 0.5 * spread / ops.exp(2 * self.log_scale), kl(q, self.prior)

    def elbo(self, x, beta=1, q=None):
        """E_q[log p(x|z)] - beta KL(q || p(z)), exactly.   (N, D) -> (N,)"""
        log_likelihood, divergence = self.terms(x, q)
        return log_likelihood - beta * divergence

    def gap(self, x, q=None):
        """KL(q || p(z|x)) = log p(x) - ELBO >= 0, exactly; of the encoder by default.   -> (N,)"""
        x = self._batch("gap", x)
        return kl(self.encode(x) if q is None else q, self.posterior(x))

    # ---- looking --------------------------------------------------------------------------------

    def code(self, x):
        """The mean of q(z|x).   (N, D) -> (N, Z)"""
        return self.encode(x).mean

    def image(self, z):
        """The mean of p(x|z).   (N, Z) -> (N, D)"""
        return self.decode(z).mean

    @no_grad()
    def sample(self, n, *, rng):
        """n examples: z ~ N(0, I), then x ~ p(x|z).   -> (n, D)"""
        rng = backend.rng(rng)
        return self.decode(self.prior.sample(n, rng=rng)).sample(rng=rng)
