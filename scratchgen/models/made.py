"""MADE: an autoencoder whose masks make it a distribution."""
import math

from .. import backend, nn
from ..autodiff import ops
from .autoregressive import AutoregressiveBits
from .configuration import configuration
from .latent import as_batch


class MADE(AutoregressiveBits):
    """p(x) = prod_i Bernoulli(x_i; logit_i(x_<i)) by one masked perceptron (Germain et al. 2015).

        MADE((8, 8, 1), (500,), rng=0)

    `image_shape` is the shape of one image, or an int for vectors; `hidden` are the widths of the
    hidden layers, `activation` the name of an op.  `order` says which pixel comes when: None row
    by row, "random" drawn from `rng`, or the D pixels in a list.  `rng` is an int or a
    `numpy.random.Generator`; the same int gives identical models.
    """

    def __init__(self, image_shape, hidden=(500,), *, order=None, activation="relu", rng):
        self.config = configuration("made", {"image_shape": image_shape, "hidden": hidden}, {},
                                    order=order if order is None or isinstance(order, str)
                                    else [int(i) for i in order], activation=activation, rng=rng)
        self.image_shape = tuple(self.config["image_shape"])
        d, rng = math.prod(self.image_shape), backend.rng(rng)
        order = self.config["order"]
        if isinstance(order, str):
            if order != "random":
                raise ValueError(f"MADE: there is no order {order!r}\n"
                                 "  expected  \"random\", a list of all pixels, or None")
            order = rng.permutation(d)
        self.network = nn.MaskedMLP(d, self.config["hidden"], order=order, activation=activation,
                                    rng=rng)

    def logits(self, x):
        x = as_batch("logits", x, self.image_shape)
        return ops.reshape(self.network(ops.reshape(x, (x.shape[0], -1))), x.shape)

    @property
    def order(self):
        position = backend.to_numpy(self.network.position).tolist()
        return sorted(range(len(position)), key=position.__getitem__)
