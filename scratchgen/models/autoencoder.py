"""The autoencoder: copy the input through a code that is too small to copy everything."""
from ..autodiff import ops
from ..autodiff.shapes import require_equal
from ..distributions import Bernoulli, ContinuousBernoulli, Independent
from .latent import LatentModel

LIKELIHOODS = ("gaussian", "bernoulli", "continuous-bernoulli")
_FROM_LOGITS = {"bernoulli": Bernoulli, "continuous-bernoulli": ContinuousBernoulli}


class Autoencoder(LatentModel):
    """x -> code z = encoder(x) -> image decoder(z), trained to give x back.

    `encoder` and `decoder` are Modules, or functions of Tensors.  `likelihood` says how images are
    compared, and nothing else: an autoencoder is no distribution of x.

        "gaussian"      the decoder gives the image, the loss is the squared error
        "bernoulli"     the decoder gives logits of bits, the loss is their cross-entropy
        "continuous-bernoulli"      the same for grey levels, with the constant that makes the loss
                        -log p(x) of a density on [0, 1]

    Raises ValueError for another likelihood, for pixels other than 0 and 1 with "bernoulli", and
    for pixels outside [0, 1] with "continuous-bernoulli".
    """

    def __init__(self, encoder, decoder, *, likelihood="gaussian", image_shape=None):
        if likelihood not in LIKELIHOODS:
            raise ValueError(f"Autoencoder: there is no likelihood {likelihood!r}\n"
                             f"  expected  one of {', '.join(LIKELIHOODS)}")
        self.encoder, self.decoder, self.likelihood = encoder, decoder, likelihood
        self.image_shape = None if image_shape is None else tuple(image_shape)

    def encode(self, x):
        """z = encoder(x).   (N, *image) -> (N, Z)"""
        return self.encoder(self._batch("encode", x))

    def decode(self, z):
        """decoder(z), or the mean of the pixels if it gives logits.   (N, Z) -> (N, *image)"""
        y = self.decoder(z)
        return y if self.likelihood == "gaussian" else _FROM_LOGITS[self.likelihood](y).mean

    code, image = encode, decode

    def loss(self, x):
        """How badly x is given back, summed over an image.   (N, *image) -> (N,)

        "gaussian": sum (x - y)^2, which up to a constant is -log p(x) in nats for a Gaussian with
        mean y and variance 1/2.  The others: -sum log p(x; logits y), in nats.
        """
        x = self._batch("loss", x)
        y = self.decoder(self.encoder(x))
        axes = tuple(range(1, len(y.shape)))
        if self.likelihood != "gaussian":
            return -Independent(_FROM_LOGITS[self.likelihood](y), len(axes)).log_prob(x)
        require_equal("Autoencoder.loss", reconstruction=y.shape, x=x.shape)
        return ops.sum(ops.square(y - x), axis=axes)
