"""Autoencoders of fully connected layers, for images of any shape."""
import math

from .. import backend, nn
from ..autodiff import ops
from .autoencoder import Autoencoder
from .condition import Joined
from .configuration import configuration
from .vae import VAE


def autoencoder_dense(image_shape, latent, hidden=(256,), *, likelihood="gaussian",
                      activation="relu", rng):
    """Autoencoder: image - hidden layers - Z - the same layers mirrored - image.

    Arguments as for `vae_dense`; likelihood as for `Autoencoder`.
    """
    config = _config("ae", image_shape, latent, hidden, activation=activation, rng=rng,
                     likelihood=likelihood)
    encoder, decoder = _networks(config, config["latent"], rng)
    model = Autoencoder(encoder, decoder, likelihood=likelihood, image_shape=config["image_shape"])
    model.config = config
    return model


def vae_dense(image_shape, latent, hidden=(256,), *, likelihood="bernoulli", scale=None,
              activation="relu", condition=None, rng):
    """VAE: image - hidden layers - (Z, Z) - the same layers mirrored - image.

        vae_dense(784, 20, (400,), rng=0)       784 - 400 - (20, 20) - 400 - 784

    `image_shape` is the shape of one image, or an int for vectors; `latent` is Z; `hidden` are the
    widths of the encoder's hidden layers; `activation` is the name of an op.  `likelihood`,
    `scale` and `condition` are those of `VAE`; labels are further inputs of both networks.  `rng`
    is an int or a `numpy.random.Generator`; the same int gives identical models.
    """
    config = _config("vae", image_shape, latent, hidden, condition, activation=activation, rng=rng,
                     likelihood=likelihood, scale=scale)
    encoder, decoder = _networks(config, 2 * config["latent"], rng)
    model = VAE(encoder, decoder, likelihood=likelihood, latent=config["latent"], scale=scale,
                image_shape=config["image_shape"], condition=config.get("condition"))
    model.config = config
    return model


def _config(name, image_shape, latent, hidden, condition=None, **others):
    numbers = {"latent": latent} | ({} if condition is None else {"condition": condition})
    return configuration(name, {"image_shape": image_shape, "hidden": hidden}, numbers, **others)


def _networks(config, codes, rng):
    """(encoder with `codes` outputs, decoder with Z inputs); both work on rows of D pixels."""
    rng, shape, labels = backend.rng(rng), config["image_shape"], config.get("condition", 0)
    pixels, hidden, activation = math.prod(shape), config["hidden"], config["activation"]
    encoder = nn.mlp(pixels + labels, *hidden, codes, activation=activation, rng=rng)
    decoder = nn.mlp(config["latent"] + labels, *reversed(hidden), pixels, activation=activation,
                     rng=rng)
    if labels:
        return (Joined(nn.Flatten(), encoder),
                Joined(ops.identity, nn.Sequential(*decoder, nn.Reshape(shape))))
    if len(shape) == 1:
        return encoder, decoder
    return nn.Sequential(nn.Flatten(), *encoder), nn.Sequential(*decoder, nn.Reshape(shape))
