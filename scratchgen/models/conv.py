"""Autoencoders of convolutions, for images of any size and any number of channels."""
import math

from .. import backend, nn
from ..autodiff import ops
from ..autodiff.ops.convolution import count_windows
from .autoencoder import Autoencoder
from .condition import Joined
from .configuration import configuration
from .vae import VAE

_STRIDE = 2


def autoencoder_conv(image_shape, latent, channels=(32, 64), *, kernel=3, likelihood="gaussian",
                     activation="relu", rng):
    """Autoencoder: image - convolutions - Z - the same convolutions transposed - image.

    Arguments as for `vae_conv`; likelihood as for `Autoencoder`.
    """
    config = _config("ae-conv", image_shape, latent, channels, kernel, likelihood=likelihood,
                     activation=activation, rng=rng)
    encoder, decoder = _networks(config, config["latent"], rng)
    model = Autoencoder(encoder, decoder, likelihood=likelihood, image_shape=config["image_shape"])
    model.config = config
    return model


def vae_conv(image_shape, latent, channels=(32, 64), *, kernel=3, likelihood="bernoulli",
             scale=None, activation="relu", condition=None, rng):
    """VAE: image - convolutions - (Z, Z) - the same convolutions transposed - image.

        vae_conv((28, 28, 1), 20, rng=0)        28 x 28 x 1 - 14 x 14 x 32 - 7 x 7 x 64 - (20, 20)
                                                - 7 x 7 x 64 - 14 x 14 x 32 - 28 x 28 x 1

    `image_shape` is (H, W, C), or (H, W) for grey images without an axis for it; `latent` is Z.
    `channels` has one number a layer.  Each halves rows and columns, rounded up for an odd
    `kernel` and down for an even one (3 at least, or pixels would be left out), and each layer of
    the decoder leads back to the very size that its partner came from.  `activation` is the name
    of an op.  `likelihood`, `scale` and `condition` are those of `VAE`; labels join the features
    that the convolutions found, and the code.  `rng` is an int or a `numpy.random.Generator`; the
    same int gives identical models.

    Any image will do for an odd kernel; ValueError if it gets too small for an even one.
    """
    config = _config("vae-conv", image_shape, latent, channels, kernel, condition,
                     likelihood=likelihood, scale=scale, activation=activation, rng=rng)
    encoder, decoder = _networks(config, 2 * config["latent"], rng)
    model = VAE(encoder, decoder, likelihood=likelihood, latent=config["latent"], scale=scale,
                image_shape=config["image_shape"], condition=config.get("condition"))
    model.config = config
    return model


def _config(name, image_shape, latent, channels, kernel, condition=None, **others):
    numbers = {"latent": latent, "kernel": kernel}
    numbers |= {} if condition is None else {"condition": condition}
    config = configuration(name, {"image_shape": image_shape, "channels": channels}, numbers,
                           **others)
    if len(config["image_shape"]) not in (2, 3) or not config["channels"] or kernel < 3:
        raise ValueError(f"{name}: there are no such convolutions of such images\n"
                         "  expected  image_shape (H, W, C) or (H, W), channels of one layer or "
                         "more, kernel 3 or more\n"
                         f"  got       image_shape {image_shape}, channels {channels}, "
                         f"kernel {kernel}")
    return config


def _networks(config, codes, rng):
    """(encoder with `codes` outputs, decoder with Z inputs); both work on (N, H, W, C)."""
    rng, kernel, shape = backend.rng(rng), config["kernel"], config["image_shape"]
    padding = (kernel - 1) // 2
    channels = [*(shape[2:] or [1]), *config["channels"]]
    reached = sizes(config["name"], shape[:2], kernel, padding, len(channels) - 1)
    form = {"stride": _STRIDE, "padding": padding, "rng": rng}
    activation, labels = _op(config["activation"]), config.get("condition", 0)

    down = [nn.Conv2d(c, o, kernel, activation=activation, **form)
            for c, o in zip(channels, channels[1:])]
    smallest = (*reached[-1], channels[-1])
    last = nn.Linear(math.prod(smallest) + labels, codes, rng=rng)
    first = nn.Linear(config["latent"] + labels, math.prod(smallest), activation=activation,
                      rng=rng)
    up = [nn.ConvTranspose2d(o, c, kernel, **form, output_padding=rest(size, kernel, padding),
                             activation=activation if k else None)
          for k, (c, o, size) in enumerate(zip(channels, channels[1:], reached))][::-1]
    features = [*down, nn.Flatten()]
    decoder = [first, nn.Reshape(smallest), *up]
    if len(shape) == 2:
        features, decoder = [nn.Reshape((*shape, 1)), *features], [*decoder, nn.Reshape(shape)]
    if labels:
        return (Joined(nn.Sequential(*features), last),
                Joined(ops.identity, nn.Sequential(*decoder)))
    return nn.Sequential(*features, last), nn.Sequential(*decoder)


def sizes(name, size, kernel, padding, depth):
    """(rows, columns) of the image and after each of `depth` layers of stride 2."""
    found = [tuple(size)]
    for _ in range(depth):
        found.append(count_windows(f"{name}, layer {len(found)}", found[-1], (kernel, kernel),
                                   (_STRIDE, _STRIDE), (padding, padding), (1, 1)))
    return found


def rest(size, kernel, padding):
    """The rows and columns at the end that no window reached: the decoder's output_padding."""
    return tuple((n + 2 * padding - kernel) % _STRIDE for n in size)


def _op(name):
    """The name, if it is that of an op; else ValueError."""
    if not isinstance(name, str) or not callable(getattr(ops, name, None)):
        raise ValueError(f"there is no activation {name!r}\n"
                         "  expected  the name of an op such as relu, leaky_relu, tanh")
    return name
