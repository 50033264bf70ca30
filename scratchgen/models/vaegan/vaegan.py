"""VAE/GAN (Larsen et al. 2016): the likelihood is one of features, and the features are trained."""
from ... import nn
from ...autodiff import ops
from ..gan.losses import find
from .features import FeatureLikelihood
from .game import VAEGANGame


class VAEGAN(FeatureLikelihood):
    """Three networks and three losses (Larsen et al. 2016, algorithm 1):

        encoder         KL(q(z|x) || p(z)) + L_feature
        decoder         gamma L_feature + what a generator pays for decoder(z_q) and decoder(z_p)
        discriminator   -log D(x) - log(1 - D(decoder(z_p))) - log(1 - D(decoder(z_q)))

    with z_q ~ q(z|x), z_p ~ p(z), L_feature = E_q|f(x) - f(decoder(z_q))|^2 / (2 scale^2).  Which
    loss reaches which network is the model: the discriminator would make L_feature small by making
    all features equal, and the encoder would help the decoder to fool the discriminator.

    encoder, decoder    those of a VAE, the decoder giving pixels
    features            the layers of the discriminator up to f;  judge, those after it, to a logit.
                        D = sigmoid(judge(features(x))), and 1 is real
    gamma               how much the likeness to x weighs against looking real
    loss                the generator's, "minimax" as in the paper, or "non-saturating"
    """

    def __init__(self, encoder, decoder, features, judge, *, latent, scale=0.2, gamma=0.1,
                 loss="non-saturating", image_shape=None):
        super().__init__(encoder, decoder, features, latent=latent, scale=scale,
                         image_shape=image_shape)
        if not gamma >= 0:
            raise ValueError("VAEGAN: gamma is a weight\n  expected  0 or larger\n"
                             f"  got       {gamma!r}")
        self.judge, self.gamma, self.loss = judge, gamma, find(loss)
        if not self.loss.logits:
            raise ValueError(f"VAEGAN: its discriminator gives probabilities, not {loss!r}\n"
                             "  expected  minimax or non-saturating")

    @property
    def discriminator(self):
        """The features and the judge, as one network."""
        return nn.Sequential(self.features, self.judge)

    def score(self, x):
        """The logit of D(x).   (N, *image) -> (N,)"""
        return self.judged(self.features(x))

    def judged(self, f):
        """The logit of D, from its features.   (N, F) -> (N,)"""
        return ops.reshape(self.judge(f), (f.shape[0],))

    def probability(self, x):
        """D(x), the probability that x is real.   (N, *image) -> (N,)"""
        return ops.sigmoid(self.score(x))

    def game(self, **settings):
        """The three optimisers and whose turn it is: see `VAEGANGame`."""
        return VAEGANGame(self, **settings)
