"""A VAE that compares images where a discriminator looks: not pixel by pixel, but by features."""
import copy
import math

from ...autodiff import ops
from ...distributions import kl
from ...errors import ShapeError
from ..vae import VAE


class FeatureLikelihood(VAE):
    """log p(f(x)|z) = -|f(x) - f(x~)|^2 / (2 s^2) + constant, where x~ = decoder(z).

    f(x) ~ N(f(x~), s^2 I), for f a layer of a discriminator, flattened.  `scale` is s, a number:
    the smaller, the more a code is asked to say.  It is 1 in Larsen et al. (2016, eq. 6), whose
    features are many and large.  In the place of the ELBO stands

        E_q[log p(f(x)|z)] - KL(q(z|x) || p(z)),

    in nats per example and without its constant: a bound on log p(f(x)), and none on log p(x),
    which this model does not have.  Everything that a VAE does with codes and images, it does.
    """

    def __init__(self, encoder, decoder, features, *, latent, scale=0.2, image_shape=None):
        if scale is None or isinstance(scale, str):
            raise ValueError(f"{type(self).__name__}: the scale of features is not learned\n"
                             f"  expected  a positive number\n  got       {scale!r}\n"
                             "  hint      without its constant the likelihood is largest where the "
                             "scale is infinite")
        super().__init__(encoder, decoder, likelihood="gaussian", latent=latent, scale=scale,
                         image_shape=image_shape)
        self.features = features

    def distance(self, x, y):
        """|f(x) - f(y)|^2 / (2 s^2), summed over the features.   (N, *image) twice -> (N,)"""
        return self.between(self.features(x), self.features(y))

    def between(self, f, g):
        """|f - g|^2 / (2 s^2) of features that are known already.   (N, F) twice -> (N,)"""
        if tuple(f.shape) != tuple(g.shape):
            raise ShapeError("distance: images are compared in pairs\n"
                             "  expected  features of one shape\n"
                             f"  got       {tuple(f.shape)} and {tuple(g.shape)}")
        difference = (f - g) * math.exp(-self.log_scale)
        return 0.5 * ops.sum(ops.square(difference), axis=tuple(range(1, len(difference.shape))))

    def terms(self, x, n=1, *, rng):
        """(E_q[log p(f(x)|z)] without its constant, KL(q || p)), by n draws.   -> (N,), (N,)"""
        x = self._batch("terms", x)
        q = self.encode(x)
        distances = [self.distance(x, self.decoder(q.rsample(rng=rng))) for _ in range(n)]
        return -ops.mean(ops.stack(distances), axis=0), kl(q, self._prior(q.mean))

    def log_prob(self, x, n, *, rng):
        """There is none."""
        raise TypeError(f"{type(self).__name__} has no log p(x): its likelihood is one of "
                        "features, and many images have the same")


class FeatureVAE(FeatureLikelihood):
    """VAE_Dis_l: the features are those of a discriminator that was trained before, and stay.

        gan = dcgan((8, 8), 16, 16, rng=0)              ... trained
        FeatureVAE(encoder, decoder, gan.discriminator[:4], latent=16)

    It is the VAE with a learned similarity and without the game (Larsen et al. 2016, section 4).
    `features` is copied: no gradient is computed for it, no optimiser moves it, and its
    normalisation uses the statistics that it was trained with, in training too.
    """

    def __init__(self, encoder, decoder, features, *, latent, scale=0.2, image_shape=None):
        features = copy.deepcopy(features)
        for p in features.parameters():
            p.requires_grad, p.grad = False, None
        super().__init__(encoder, decoder, features, latent=latent, scale=scale,
                         image_shape=image_shape)

    def distance(self, x, y):
        self.features.eval()            # whatever train() said
        return super().distance(x, y)
