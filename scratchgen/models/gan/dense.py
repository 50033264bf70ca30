"""GANs of fully connected layers, for points and for images of any shape."""
import math

from ... import backend, nn
from ...autodiff import ops
from ..condition import Joined
from ..configuration import configuration
from .gan import GAN
from .packed import Packed
from .wgan import WGANGP


def gan_dense(image_shape, latent, hidden=(64, 64), *, loss="non-saturating", prior="normal",
              pack=1, spectral=False, condition=None, activation="leaky_relu", output=None, rng):
    """GAN: Z - hidden layers - example;  pack examples - hidden layers - score.

        gan_dense(2, 2, (64, 64), rng=0)        2 - 64 - 64 - 2 and 2 - 64 - 64 - 1

    `image_shape` is the shape of an example, or an int for vectors; `latent` is Z; `loss`, `prior`
    and `condition` are those of `GAN`; `pack` is how many examples are judged together (`Packed`);
    `spectral` divides the discriminator's weights by their norm (`nn.SpectralNorm`).
    `output` is the op that ends the generator: None means "sigmoid" for images, with pixels in
    [0, 1], and "identity" for vectors.  `rng` is an int or a `numpy.random.Generator`; the same int
    gives identical models.
    """
    config = _config("gan", image_shape, latent, hidden, condition, pack, loss=loss, prior=prior,
                     spectral=spectral, activation=activation, output=output, rng=rng)
    if pack > 1 and condition is not None:
        raise ValueError("gan: packed examples have no label in common\n"
                         "  expected  pack=1 with condition, or no condition")
    generator, discriminator = _networks(config, rng)
    gan = GAN(generator, discriminator, loss, prior, latent=config["latent"], condition=condition)
    gan.config = config
    return gan


def wgan_gp_dense(image_shape, latent, hidden=(64, 64), *, prior="normal", penalty=10.0,
                  condition=None, activation="leaky_relu", output=None, rng):
    """WGANGP of the networks of `gan_dense`; `penalty` is lambda."""
    config = _config("wgan-gp", image_shape, latent, hidden, condition, prior=prior,
                     penalty=penalty, activation=activation, output=output, rng=rng)
    generator, critic = _networks(config, rng)
    gan = WGANGP(generator, critic, prior, penalty=penalty, latent=config["latent"],
                 condition=condition)
    gan.config = config
    return gan


def _config(name, image_shape, latent, hidden, condition, pack=None, **others):
    numbers = {"latent": latent} | ({} if condition is None else {"condition": condition})
    numbers |= {} if pack is None else {"pack": pack}
    return configuration(name, {"image_shape": image_shape, "hidden": hidden}, numbers, **others)


def _named(output):
    if not callable(getattr(ops, output, None)):
        raise ValueError(f"gan: there is no output {output!r}\n"
                         "  expected  the name of an op such as sigmoid, tanh, identity")
    return getattr(ops, output)


def _networks(config, rng):
    """(generator, discriminator), on examples of the shape that config says."""
    rng, shape, labels = backend.rng(rng), config["image_shape"], config.get("condition", 0)
    hidden, pack, size = config["hidden"], config.get("pack", 1), math.prod(config["image_shape"])
    form = {"activation": config["activation"], "rng": rng}
    output = config["output"] or ("identity" if len(shape) == 1 else "sigmoid")
    layers = [*nn.mlp(config["latent"] + labels, *hidden, size, **form)]
    layers += [] if output == "identity" else [_named(output)]
    generator = nn.Sequential(*layers, *([] if len(shape) == 1 else [nn.Reshape(shape)]))
    judge = nn.mlp(pack * size + labels, *hidden, 1, **form)
    if config.get("spectral"):
        judge = nn.Sequential(*(nn.SpectralNorm(layer, rng=rng) for layer in judge))
    if labels:
        return Joined(ops.identity, generator), Joined(nn.Flatten(), judge)
    if pack > 1:
        return generator, Packed(judge, pack)
    return generator, judge if len(shape) == 1 else nn.Sequential(nn.Flatten(), *judge)
