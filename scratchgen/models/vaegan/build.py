"""VAE/GANs of convolutions, for images of any size and any number of channels."""
import math

from ... import backend, nn
from ...autodiff import ops
from ..conv import autoencoder_conv, vae_conv
from .vaegan import VAEGAN


def vaegan_conv(image_shape, latent, channels=(32, 64), *, kernel=3, scale=None, gamma=0.1,
                loss="non-saturating", activation="relu", rng):
    """VAEGAN of the networks of `vae_conv`, with sigmoids for pixels in [0, 1], and of a
    discriminator like its encoder, of LeakyReLU, that ends in one logit.

    The features are the last convolution of the discriminator.  Arguments as for `vae_conv`;
    `scale`, `gamma` and `loss` are those of `VAEGAN`.  A scale of None is sqrt(H W) / 40, so 0.2
    for images of 8 x 8: the distance is a sum over features, and there are more in a larger image.
    """
    generator = backend.rng(rng)
    form = {"channels": channels, "kernel": kernel, "rng": generator}
    vae = vae_conv(image_shape, latent, **form, likelihood="gaussian", activation=activation)
    if scale is None:
        scale = math.sqrt(math.prod(vae.image_shape[:2])) / 40
    judge = autoencoder_conv(image_shape, 1, **form, activation="leaky_relu").encoder
    model = VAEGAN(vae.encoder, nn.Sequential(*vae.decoder, ops.sigmoid), judge[:-1], judge[-1],
                   latent=latent, scale=scale, gamma=gamma, loss=loss, image_shape=vae.image_shape)
    model.config = {"name": "vaegan", "image_shape": vae.config["image_shape"], "latent": latent,
                    "channels": vae.config["channels"], "kernel": kernel, "scale": scale,
                    "gamma": gamma, "loss": loss, "activation": activation,
                    "rng": rng if isinstance(rng, int) else None}
    return model
