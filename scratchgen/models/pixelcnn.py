"""PixelCNN: a convolution that cannot see what comes after."""
import math

from .. import backend, nn
from ..autodiff import ops
from .autoregressive import AutoregressiveBits
from .configuration import configuration
from .latent import as_batch


class PixelCNN(AutoregressiveBits):
    """p(x) = prod_i Bernoulli(x_i; logit_i(x_<i)), row by row, by convolutions with masked kernels.

        PixelCNN((8, 8, 1), rng=0)

    The first layer has mask A, which hides the pixel itself, and a kernel of `kernel` x `kernel`;
    then come `layers` residual ones with mask B and 3 x 3, h + conv(relu(h)), and a 1 x 1 layer to
    the logits.  Everywhere the same few weights are used, so any image size has as many
    parameters.  (Stacked like this, the masks leave a blind spot to the right above the pixel that
    no layer sees: the likelihood stays exact, but of a somewhat poorer model; van den Oord et al.
    2016b, fig. 1.)

    `image_shape` is (H, W) or (H, W, 1); all else as in MADE.
    """

    def __init__(self, image_shape, channels=32, layers=3, *, kernel=5, rng):
        self.config = configuration("pixelcnn", {"image_shape": image_shape},
                                    {"channels": channels, "layers": layers, "kernel": kernel},
                                    rng=rng)
        self.image_shape = tuple(self.config["image_shape"])
        if len(self.image_shape) not in (2, 3) or self.image_shape[2:] not in ((), (1,)):
            raise ValueError("PixelCNN: images of one channel\n"
                             f"  expected  (H, W) or (H, W, 1)\n  got       {self.image_shape}")
        rng = backend.rng(rng)
        self.first = nn.MaskedConv2d("A", 1, channels, kernel, rng=rng)
        self.residual = [nn.MaskedConv2d("B", channels, channels, 3, rng=rng)
                         for _ in range(layers)]
        self.last = nn.MaskedConv2d("B", channels, 1, 1, rng=rng)

    def logits(self, x):
        x = as_batch("logits", x, self.image_shape)
        h = self.first(ops.reshape(x, (x.shape[0], *self.image_shape[:2], 1)))
        for layer in self.residual:
            h = h + layer(ops.relu(h))
        return ops.reshape(self.last(ops.relu(h)), x.shape)

    @property
    def order(self):
        return list(range(math.prod(self.image_shape)))
