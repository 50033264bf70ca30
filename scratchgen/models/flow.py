"""Normalising flows: an exact log p(x), by the change of variables through a deep bijector."""
import math

from .. import backend, nn
from ..autodiff import ops
from ..autodiff.tensor import no_grad
from ..distributions import (ActNorm, Affine, Chain, Coupling, Independent, MaskedAutoregressive,
                             Sigmoid, StandardNormal, Transformed)
from .configuration import configuration
from .dequantise import bits_per_dimension, dequantise, quantise
from .latent import LatentModel

_MARGIN = 0.05              # how far the range of a flow for images reaches beyond [0, 1]


class Flow(LatentModel):
    """x = f(z),  z ~ N(0, I);   log p(x) = log N(f^-1(x); 0, I) + log |det df^-1/dx|, exactly.

    `bijector` works on vectors of D numbers, `image_shape` is the shape of one example, D numbers
    in all (an int for vectors).  Every x is the image of one code z = f^-1(x) of the same size:
    nothing is lost, and `model(x)` is x.

    levels      None: x is continuous, and `loss` is its exact negative log-density
                L: x is a discrete image, of grey levels l / (L - 1).  The flow is a density of
                dequantised images, and `loss` a bound; samples are discrete images
    """

    def __init__(self, bijector, image_shape, *, levels=None):
        if levels is not None and levels < 2:
            raise ValueError("Flow: a discrete image has two grey levels at least\n"
                             f"  expected  levels >= 2, or None\n  got       {levels!r}")
        self.bijector, self.levels = bijector, levels
        self.image_shape = (image_shape,) if isinstance(image_shape, int) else tuple(image_shape)
        self.dimensions = math.prod(self.image_shape)

    @property
    def distribution(self):
        """p, a distribution of vectors (D,)."""
        return self._distribution(next(iter(self.parameters()), None))

    def _distribution(self, like):
        return Transformed(Independent(StandardNormal(self.dimensions, like=like), 1),
                           self.bijector)

    def log_prob(self, x):
        """log p(x) in nats, of continuous x.   (N, *image) -> (N,)"""
        x = self._vectors("log_prob", x)
        return self._distribution(x).log_prob(x)

    def loss(self, x, *, rng):
        """What training minimises the mean of, in nats per example.   (N, *image) -> (N,)

        -log p(x) without levels.  With them -log p(y) + D log L for y = dequantise(x): its mean is
        at least -log P(x), see `dequantise`.
        """
        if self.levels is None:
            return -self.log_prob(x)
        x = self._vectors("loss", x)
        y = dequantise(x, self.levels, rng=rng)
        return self.dimensions * math.log(self.levels) - self._distribution(y).log_prob(y)

    @no_grad()
    def bits_per_dimension(self, x, *, rng):
        """(NLL / D + log L) / log 2 with NLL = -log p(y): bits a pixel, at most.   -> (N,)

        An upper bound on the bits of P(x), tight only for a density that is flat over every cell.
        """
        if self.levels is None:
            raise ValueError("bits per dimension are those of discrete images: a density has none\n"
                             "  hint      Flow(..., levels=17) is one of images of 17 grey levels")
        return bits_per_dimension(self.loss(x, rng=rng), self.dimensions)

    @no_grad()
    def sample(self, n, *, rng):
        """n new examples x = f(z), z ~ N(0, I); of discrete images the nearest.   -> (n, *image)"""
        return self.image(self.distribution.base.sample(n, rng=rng))

    # ---- codes ----------------------------------------------------------------------------------

    def code(self, x):
        """z = f^-1(x); of a discrete image that of the middle of its cell.   (N, *image) -> (N, D)
        """
        x = self._vectors("code", x)
        if self.levels is not None:
            x = (x * (self.levels - 1) + 0.5) / self.levels
        return self.bijector.inverse(x)

    def image(self, z):
        """x = f(z), or the discrete image in whose cell that is.   (N, D) -> (N, *image)"""
        x = self.bijector(z)
        if self.levels is not None:
            x = quantise(x, self.levels)
        return ops.reshape(x, (x.shape[0], *self.image_shape))

    def _vectors(self, what, x):
        x = self._batch(what, x)
        return ops.reshape(x, (x.shape[0], self.dimensions))


# ---- the two best-known ones ---------------------------------------------------------------------

def real_nvp(image_shape, couplings=8, hidden=(64, 64), *, levels=None, activation="relu", rng):
    """Flow: couplings whose masks take turns, an ActNorm after each.

        real_nvp(2, 6, (64, 64), rng=0)             of points in the plane
        real_nvp((8, 8, 1), levels=17, rng=0)       of images of 17 grey levels

    `image_shape` is the shape of one image, or an int for vectors, of 2 numbers at least.  Masks
    are checkerboards: even places are kept, then odd ones (Dinh, Sohl-Dickstein and Bengio 2017,
    fig. 3).  Scale and shift come from a perceptron with these `hidden` widths; `activation` is
    the name of an op.  Its last layer starts at zero, so the flow starts as an affine map that the
    first batch normalises (Kingma and Dhariwal 2018, sec. 3).  With `levels` a sigmoid ends it, in
    (-0.05, 1.05): no finite z makes a pixel of exactly 0 or 1 otherwise.  `rng` is an int or a
    `numpy.random.Generator`; the same int gives identical models.
    """
    config = configuration("flow", {"image_shape": image_shape, "hidden": hidden},
                           {"couplings": couplings}, levels=levels, activation=activation, rng=rng)
    shape, rng = config["image_shape"], backend.rng(rng)
    d = _require_several("real_nvp", shape)
    layers = []
    for k in range(config["couplings"]):
        network = nn.mlp(d, *config["hidden"], 2 * d, activation=activation, rng=rng)
        _start_at_zero(network[-1])
        layers += [Coupling([(place + k) % 2 for place in _places(shape)], network), ActNorm(d)]
    return _flow(layers, config)


def maf(image_shape, layers=5, hidden=(64, 64), *, levels=None, activation="relu", rng):
    """Flow: masked autoregressive layers, each in the order opposite to the last, with ActNorms.

    A density in one pass, a sample in D passes a layer (Papamakarios, Pavlakou and Murray 2017).
    `layers` is how many there are; all else as in `real_nvp`.
    """
    config = configuration("maf", {"image_shape": image_shape, "hidden": hidden},
                           {"layers": layers}, levels=levels, activation=activation, rng=rng)
    rng, d = backend.rng(rng), _require_several("maf", config["image_shape"])
    links = []
    for k in range(config["layers"]):
        order = range(d) if k % 2 == 0 else reversed(range(d))
        network = nn.MaskedMLP(d, config["hidden"], outputs=2, order=order, activation=activation,
                               rng=rng)
        _start_at_zero(network.layers[-1])
        links += [MaskedAutoregressive(network), ActNorm(d)]
    return _flow(links, config)


def _flow(layers, config):
    if config["levels"] is not None:
        layers += [Sigmoid(), Affine(-_MARGIN, 1 + 2 * _MARGIN)]
    model = Flow(Chain(*layers), config["image_shape"], levels=config["levels"])
    model.config = config
    return model


def _places(shape):
    """row + column + channel of every number of an image, as a list: its colour on a board."""
    places = [0]
    for n in shape:
        places = [place + i for place in places for i in range(n)]
    return places


def _start_at_zero(layer):
    layer.weight.data = ops.multiply(layer.weight.data, 0.0)
    layer.bias.data = ops.multiply(layer.bias.data, 0.0)


def _require_several(name, shape):
    """D, two at least."""
    d = math.prod(shape)
    if d < 2:
        raise ValueError(f"{name}: one number says nothing about another\n"
                         f"  expected  examples of 2 numbers at least\n  got       {shape}")
    return d
