"""The variational autoencoder (Kingma and Welling 2014): a generator with a bound on log p(x)."""
import copy
import math

from .. import backend, nn
from ..autodiff import ops
from ..autodiff.tensor import no_grad
from ..distributions import (Bernoulli, ContinuousBernoulli, Independent, Normal, StandardNormal,
                             kl)
from ..elbo import iwae_bound, log_likelihood
from ..errors import ShapeError
from .condition import Given, as_labels, one_hot
from .latent import LatentModel

LIKELIHOODS = ("bernoulli", "continuous-bernoulli", "gaussian")


class VAE(LatentModel):
    """z ~ N(0, I),  x ~ p(x|z);   log p(x) >= ELBO = E_q[log p(x|z)] - KL(q(z|x) || p(z)).

    The encoder gives 2 Z numbers an image, loc and log_scale of q(z|x) = N(loc, scale^2).  The
    decoder gives one number a pixel, which `likelihood` reads as

        "bernoulli"     logits: the images are made of bits, 0 and 1 (ValueError for grey pixels)
        "continuous-bernoulli"      logits of grey levels: pixels in [0, 1], else ValueError.  At a
                        pixel that is 0 in every image log p(x) grows like log |logit|, slowly but
                        without bound: compare its nats at equal training, and with no other's
        "gaussian"      means: all pixels share one standard deviation `scale`, a fixed number or
                        "learned" (the default), a parameter that starts at 1/2, the largest
                        standard deviation of numbers in [0, 1].  With one for each pixel the
                        likelihood would have no bound: it goes to infinity at a pixel that never
                        varies, as its scale goes to 0.

    `latent` is Z.  All results are in nats per example, summed over pixels and over Z.

    With `condition` = K the images have labels y in 0 ... K - 1, and the model is one of p(x|y):
    encoder(x, y) and decoder(z, y) then take labels too, as rows (N, K) of zeros with a one, and
    everything is asked of `given(y)`.
    """

    condition = None

    def __init__(self, encoder, decoder, *, likelihood="bernoulli", latent, scale=None,
                 image_shape=None, condition=None):
        if likelihood not in LIKELIHOODS:
            raise ValueError(f"VAE: there is no likelihood {likelihood!r}\n"
                             f"  expected  one of {', '.join(LIKELIHOODS)}")
        self.encoder, self.decoder, self.likelihood = encoder, decoder, likelihood
        self.latent = latent
        self.image_shape = None if image_shape is None else tuple(image_shape)
        self.log_scale = _log_scale(likelihood, scale)
        if condition is not None:
            if not isinstance(condition, int) or condition < 1:
                raise ValueError("VAE: condition is the number of classes\n"
                                 f"  expected  a positive integer\n  got       {condition!r}")
            self.condition = condition

    def given(self, y):
        """The VAE of p(x|y) for labels y: one for all images, or (N,), one for each.

            log p(x|y) >= E_q[log p(x|z,y)] - KL(q(z|x,y) || p(z)),     q = q(z|x,y)

        It has the parameters of this model, and does what any VAE does, on batches of N images:

            model.given(y).elbo(x, rng=rng)                     the bound above, one for each image
            model.given(3).sample(16, rng=rng)                  16 images of class 3
            model.given(8).image(model.given(3).code(x))        the codes of threes, as eights

        The prior p(z) is the same for all y, so a code need not say what the label does (Kingma et
        al. 2014, model M2; Sohn et al. 2015).  Codes, and new images, come in rounds of N: code i
        has label y[i mod N].  Raises TypeError unless y holds integers, IndexError for one outside
        0 ... K - 1 (on the host), and ShapeError where y and the images do not pair up.
        """
        if self.condition is None:
            raise ValueError("given(y): this VAE knows no labels\n"
                             "  expected  VAE(..., condition=K), for K classes")
        like = next(iter(self.parameters()), None)
        y = one_hot(as_labels("given(y)", y, self.condition, like), self.condition, like)
        view = copy.copy(self)
        view.encoder, view.decoder = Given(self.encoder, y), Given(self.decoder, y, rounds=True)
        view.condition = view.config = None
        return view

    def encode(self, x):
        """q(z|x), one distribution of vectors (Z,) an image.   (N, *image) -> batch_shape (N,)"""
        self._require_given("encode")
        h = self.encoder(self._batch("encode", x))
        if not hasattr(h, "shape"):
            raise TypeError("VAE: the encoder gives one array, loc and log_scale side by side\n"
                            f"  expected  (N, {2 * self.latent}), "
                            f"with latent = {self.latent}\n"
                            f"  got       {type(h).__name__}\n"
                            "  hint      ops.concat([loc, log_scale], axis=1); for a q that is not "
                            "normal, a subclass with its own encode(x)")
        if h.shape[1:] != (2 * self.latent,):
            raise ShapeError("VAE: the encoder must give loc and log_scale, 2 Z numbers an image\n"
                             f"  expected  (N, {2 * self.latent}), with latent = {self.latent}\n"
                             f"  got       {h.shape}")
        loc, log_scale = h[:, :self.latent], h[:, self.latent:]
        return Independent(Normal(loc, log_scale=log_scale), 1)

    def decode(self, z):
        """p(x|z), one distribution of images a code.   (N, Z) -> batch_shape (N,)"""
        self._require_given("decode")
        if len(z.shape) != 2 or z.shape[1] != self.latent:
            raise ShapeError(f"decode: not a batch of codes\n  expected  (N, {self.latent})\n"
                             f"  got       {tuple(z.shape)}")
        y = self.decoder(z)
        return Independent(self._pixels(y), len(y.shape) - 1)

    def _require_given(self, what):
        if self.condition is not None:
            raise ValueError(f"{what}: this VAE is one of p(x|y), and no labels y are given\n"
                             f"  expected  model.given(y), y in 0 ... {self.condition - 1}")

    def _pixels(self, y):
        if self.likelihood == "bernoulli":
            return Bernoulli(y)
        if self.likelihood == "continuous-bernoulli":
            return ContinuousBernoulli(y)
        return Normal(y, log_scale=self.log_scale)

    @property
    def prior(self):
        """p(z) = N(0, I), a distribution of vectors (Z,)."""
        return self._prior(next(iter(self.parameters()), None))

    def _prior(self, like):
        return Independent(StandardNormal(self.latent, like=like), 1)

    # ---- the bound ------------------------------------------------------------------------------

    def terms(self, x, n=1, *, rng):
        """(E_q[log p(x|z)], KL(q(z|x) || p(z))): their difference is the ELBO.   -> (N,), (N,)

        The expectation is a mean over n reparameterised draws an image, the divergence is exact.
        """
        x = self._batch("elbo", x)
        q = self.encode(x)
        divergence = kl(q, self._prior(q.mean))
        if n == 1:
            return self.decode(q.rsample(rng=rng)).log_prob(x), divergence
        return ops.mean(log_likelihood(self, x, q.rsample(n, rng=rng)), axis=0), divergence

    def elbo(self, x, n=1, beta=1, *, rng):
        """E_q[log p(x|z)] - beta KL(q(z|x) || p(z)), a bound on log p(x) if beta >= 1.   -> (N,)

        `n` draws an image for the expectation; beta multiplies the divergence and nothing else
        (Higgins et al. 2017).  Training minimises -elbo(x, rng=rng).mean().
        """
        reconstruction, divergence = self.terms(x, n, rng=rng)
        return reconstruction - beta * divergence

    @no_grad()
    def log_prob(self, x, n, *, rng):
        """log (1/n) sum_i p(x|z_i) p(z_i) / q(z_i|x),  z_i ~ q(z|x), in nats.   (N, *image) -> (N,)

        The importance-weighted bound of Burda, Grosse and Salakhutdinov (2016, eq. 8): its mean is
        below log p(x), rises with n, and tends to log p(x).  Memory does not grow with n.  With a
        gradient it is `elbo.iwae_bound(model, x, n, rng=rng)`.
        """
        return iwae_bound(self, self._batch("log_prob", x), n, rng=rng)

    # ---- looking --------------------------------------------------------------------------------

    def code(self, x):
        """The mean of q(z|x).   (N, *image) -> (N, Z)"""
        return self.encode(x).mean

    def image(self, z):
        """The mean of p(x|z).   (N, Z) -> (N, *image)"""
        return self.decode(z).mean

    @no_grad()
    def sample(self, n, *, rng, draw=False):
        """n new images: z ~ N(0, I), then the mean of p(x|z).   -> (n, *image)

        The mean shows what was decoded, without the noise of single pixels; draw=True draws
        x ~ p(x|z), which is a sample of the model proper.
        """
        rng = backend.rng(rng)
        p = self.decode(self.prior.sample(n, rng=rng))
        return p.sample(rng=rng) if draw else p.mean


def _log_scale(likelihood, scale):
    """The log of the pixels' standard deviation: a parameter, a number, or None for bits."""
    if likelihood != "gaussian":
        if scale is not None:
            raise ValueError(f"VAE: a {likelihood} likelihood has no scale, got scale={scale!r}")
        return None
    if scale in (None, "learned"):
        return nn.Parameter(math.log(0.5))
    if not isinstance(scale, (int, float)) or not 0 < scale < math.inf:
        raise ValueError("VAE: the scale of a gaussian likelihood is out of range\n"
                         f"  expected  a positive number, or \"learned\"\n  got       {scale!r}")
    return math.log(scale)
