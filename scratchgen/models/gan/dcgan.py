"""DCGAN: the architecture that made convolutional GANs train, and each of its rules to switch off.
"""
import functools
import itertools
import math

from ... import backend, nn
from ...autodiff import ops
from ..configuration import configuration
from ..conv import rest, sizes
from .gan import GAN

_GRID = 4                       # features are pooled to 4 x 4 (Radford et al. 2016, section 5.1)


def dcgan(image_shape, latent, width=64, *, depth=None, kernel=4, strided=True, batchnorm=True,
          dense=0, generator_activation="relu", output="tanh",
          discriminator_activation="leaky_relu", weight_scale=0.02, spectral=False,
          loss="non-saturating", prior="normal", rng):
    """GAN of convolutions, by the five guidelines of Radford, Metz and Chintala (2016, section 3).

        dcgan((28, 28, 1), 64, rng=0)       Z 64 - 7 x 7 x 128 - 14 x 14 x 64 - 28 x 28 x 1, and
                                            28 x 28 x 1 - 14 x 14 x 64 - 7 x 7 x 128 - score

    Each guideline has a switch, so that what it is good for can be measured:

    strided         convolutions of stride 2, transposed in the generator.  False: max pooling after
                    convolutions of stride 1 and an odd kernel, and copied pixels before them
    batchnorm       after every layer of both networks but the generator's last and the
                    discriminator's first one, which are to see and make images as they are.  False:
                    biases
    dense           the width of a dense hidden layer in each network; 0: none.  (The noise becomes
                    the first feature maps in one product, the last maps a score in another.)
    generator_activation, output    "relu", and in the end "tanh", "sigmoid" or another op
    discriminator_activation        "leaky_relu", of slope 0.2

    `image_shape` is (H, W, C) or (H, W), `latent` is Z.  Each layer of the discriminator halves
    rows and columns (see `vae_conv`) and doubles the channels, of which there are `width` after the
    first; the generator mirrors it.  `depth` counts these layers; None means as many as leave 4 to
    7 pixels along the shorter side, and no fewer than two where that is possible.
    Weights start in N(0, `weight_scale`^2) and biases at zero (there, section 4); None leaves the
    layers their own.  With `spectral` the discriminator's layers are divided by their spectral norm
    instead of batch normalisation, which would undo it.  `loss` and `prior` are those of `GAN`;
    `rng` is an int or a `numpy.random.Generator`, and the same int gives identical models.

    **Pixels are in [0, 1]**, as in every data set and model here, where images go in and where they
    come out.  For "tanh" the discriminator begins with 2 x - 1 and the generator ends with
    (y + 1) / 2, so that between them they play with images in [-1, 1], as in the paper.

    ValueError for images or settings that make no such network.
    """
    config = _config(image_shape, latent, width, depth, kernel, strided=strided,
                     batchnorm=batchnorm, dense=dense, generator_activation=generator_activation,
                     output=output, discriminator_activation=discriminator_activation,
                     weight_scale=weight_scale, spectral=spectral, loss=loss, prior=prior, rng=rng)
    gan = GAN(*networks(config, rng), loss, prior, latent=config["latent"])
    gan.config = config
    return gan


class Discriminator(nn.Sequential):
    """Layers in turn, (N, H, W, C) -> (N, 1), that show what they see: `activations`, `features`.

    x may also come as (N, H, W) or (N, D).  `ends` are the positions in the sequence after each
    convolution and what belongs to it, so `discriminator[:discriminator.ends[-1]]` is the network
    up to its last feature maps.
    """

    def __init__(self, before, blocks, last):
        super().__init__(*before, *itertools.chain(*blocks), *last)
        self.ends = [*itertools.accumulate(map(len, blocks), initial=len(before))][1:]

    def activations(self, x):
        """The feature maps after each convolution, from the first to the last.

        (N, H, W, C) -> [(N, h, w, c), ...]
        """
        found, start = [], 0
        for end in self.ends:
            x = self[start:end](x)
            found.append(x)
            start = end
        return found

    def features(self, x):
        """All activations, each max-pooled to at most 4 x 4, as one row an example.   -> (N, F)

        The representation of Radford et al. (2016, section 5.1).  Windows overlap where 4 does not
        divide the size, so that no pixel is left out.  Use `eval()`, or an example's features
        depend on its company.
        """
        return ops.concat([nn.Flatten()(_pooled(h)) for h in self.activations(x)], axis=1)


def networks(config, rng):
    """(generator, discriminator) from the arguments of `dcgan`, as its config holds them."""
    shape, width = config["image_shape"], config["width"]
    form = _Form(config, rng)
    depth = config.get("depth") or _usual_depth(shape)
    channels = [*(shape[2:] or [1]), *(width * 2**k for k in range(depth))]
    reached = sizes("dcgan", shape[:2], *form.window, depth)
    return _generator(form, reached, channels), _discriminator(form, reached, channels)


def _generator(form, reached, channels):
    smallest, config = (*reached[-1], channels[-1]), form.config
    hidden, inputs = form.hidden(config["latent"], config["generator_activation"])
    layers = hidden + form.block(nn.Linear, inputs, math.prod(smallest), smallest[-1],
                                 config["generator_activation"], then=[nn.Reshape(smallest)])
    for k in range(len(channels) - 1, 0, -1):
        step = channels[k], channels[k - 1], reached[k - 1]
        last = k == 1
        layers += form.up(*step, config["output" if last else "generator_activation"],
                          batchnorm=not last)
    layers += [_as_pixels] if config["output"] == "tanh" else []
    return nn.Sequential(*layers, nn.Reshape(config["image_shape"]))


def _discriminator(form, reached, channels):
    config = form.config
    before = [nn.Reshape((*reached[0], channels[0]))]
    before += [_centred] if config["output"] == "tanh" else []
    form.spectral = config["spectral"]
    blocks = [form.down(c, o, config["discriminator_activation"], batchnorm=k > 0)
              for k, (c, o) in enumerate(zip(channels, channels[1:]))]
    hidden, inputs = form.hidden(math.prod(reached[-1]) * channels[-1],
                                 config["discriminator_activation"])
    last = form.block(nn.Linear, inputs, 1, 1, None, batchnorm=False)
    return Discriminator(before, blocks, [nn.Flatten(), *hidden, *last])


class _Form:
    """What the layers of both networks have in common: their geometry, weights and normalisation.
    """

    spectral = False

    def __init__(self, config, rng):
        self.config, self.rng = config, backend.rng(rng)
        self.kernel = config["kernel"]
        self.window = self.kernel, (self.kernel - 1) // 2       # what halves rows and columns
        if not config["strided"]:
            self.kernel -= 1 - self.kernel % 2
            self.window = 2, 0

    def block(self, kind, i, o, channels, activation, *, batchnorm=True, then=(), **more):
        """A layer and its normalisation, the activation in the node of the last of them."""
        batchnorm = batchnorm and self.config["batchnorm"] and not self.spectral
        layer = self._drawn(kind(i, o, **more, bias=not batchnorm, rng=self.rng,
                                 activation=None if batchnorm else activation))
        after = [nn.BatchNorm(channels, activation=activation)] if batchnorm else []
        return [layer, *then, *after]

    def down(self, c, o, activation, batchnorm):
        """Half the rows and columns."""
        convolution = functools.partial(self.block, nn.Conv2d, c, o, o, activation,
                                        batchnorm=batchnorm, kernel=self.kernel)
        if self.config["strided"]:
            return convolution(stride=2, padding=self.window[1])
        return [*convolution(padding=self.kernel // 2), _max_pooled]

    def up(self, c, o, size, activation, batchnorm):
        """Back to this size."""
        if self.config["strided"]:
            return self.block(nn.ConvTranspose2d, c, o, o, activation, batchnorm=batchnorm,
                              kernel=self.kernel, stride=2, padding=self.window[1],
                              output_padding=rest(size, *self.window))
        return [_Enlarged(size),
                *self.block(nn.Conv2d, c, o, o, activation, batchnorm=batchnorm,
                            kernel=self.kernel, padding=self.kernel // 2)]

    def hidden(self, inputs, activation):
        """(the dense hidden layer, if there is to be one, and what comes out of it)"""
        width = self.config["dense"]
        if not width:
            return [], inputs
        return self.block(nn.Linear, inputs, width, width, activation), width

    def _drawn(self, layer):
        scale = self.config["weight_scale"]
        if scale is not None:
            layer.weight.data = nn.init.normal(layer.weight.shape, scale, rng=self.rng)
            if layer.bias is not None:
                layer.bias.data = nn.init.zeros(layer.bias.shape)
        return nn.SpectralNorm(layer, rng=self.rng) if self.spectral else layer


# ---- what stands between layers ------------------------------------------------------------------

class _Enlarged(nn.Module):
    """Each pixel twice, along rows and columns; the last one three times where the size is odd."""

    def __init__(self, size):
        self.size = size

    def forward(self, x):
        for axis, n in enumerate(self.size, 1):
            last = (slice(None),) * axis + (slice(-1, None), ...)
            twice = ops.repeat(x, 2, axis=axis)
            x = ops.concat([twice, twice[last]], axis=axis) if n % 2 else twice
        return x

    def describe(self):
        return f"Enlarged({self.size})"


def _centred(x):
    """From [0, 1] to [-1, 1]."""
    return 2 * x - 1


def _as_pixels(y):
    """From [-1, 1] to [0, 1]."""
    return 0.5 * (y + 1)


def _max_pooled(x):
    return ops.max_pool2d(x, 2)


def _pooled(x):
    """The largest number of each of 4 x 4 windows; as it is along an axis of fewer than 4."""
    stride = [max(n // _GRID, 1) for n in x.shape[1:3]]
    kernel = [max(n - (_GRID - 1) * s, 1) for n, s in zip(x.shape[1:3], stride)]
    return ops.max_pool2d(x, tuple(kernel), tuple(stride))


# ---- settings ------------------------------------------------------------------------------------

def _usual_depth(image_shape):
    side = min(image_shape[:2])
    return 1 if side < 4 else max(2, side.bit_length() - 3)


def _config(image_shape, latent, width, depth, kernel, **others):
    numbers = {"latent": latent, "width": width, "kernel": kernel}
    numbers |= {} if depth is None else {"depth": depth}
    config = configuration("dcgan", {"image_shape": image_shape}, numbers, **others)
    if len(config["image_shape"]) not in (2, 3) or kernel < 3:
        raise ValueError("dcgan: there are no such convolutions of such images\n"
                         "  expected  image_shape (H, W, C) or (H, W), kernel 3 or more\n"
                         f"  got       image_shape {image_shape}, kernel {kernel}")
    if type(others["dense"]) is not int or others["dense"] < 0:
        raise ValueError("dcgan: dense is the width of a hidden layer\n"
                         f"  expected  an integer, 0 for none\n  got       {others['dense']!r}")
    scale = others["weight_scale"]
    if scale is not None and not 0 <= scale < math.inf:
        raise ValueError("dcgan: weight_scale is a standard deviation\n"
                         f"  expected  0 or larger, or None\n  got       {scale!r}")
    return config
