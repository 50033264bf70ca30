"""Convolutional layers: the same few weights at every place of an image, channels last."""
import numbers

from .. import backend
from ..autodiff import ops
from ..autodiff.ops.convolution import pair
from . import init
from .activation import fused, named
from .dense import same_dtype
from .module import Module
from .parameter import Parameter

_USUAL = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "output_padding": (0, 0)}


class _Layer(Module):
    """A kernel, a bias, and the op that applies them with the settings of the layer, `form`."""

    def _create(self, channels, shape, form, rng, bias, activation, dtype):
        """Check the settings, then draw the weights."""
        for what, n in zip(("input", "output"), channels):
            if not isinstance(n, numbers.Integral) or n < 1:
                raise ValueError(f"{type(self).__name__}: {what} channels are counted by an "
                                 f"integer >= 1, got {n!r}")
        self._channels = channels
        least = {"stride": 1, "dilation": 1}
        self.form = {name: pair(type(self).__name__, name, value, least.get(name, 0))
                     for name, value in form.items()}
        rng, bound = backend.rng(rng), init.fans(shape)[0] ** -0.5
        self.weight = Parameter(init.fan_in_uniform(shape, rng=rng, dtype=dtype))
        self.bias = Parameter(init.uniform(channels[1:], bound, rng=rng, dtype=dtype)) \
            if bias else None
        self.activation = activation
        self._fused, self._then = fused(type(self).__name__, activation)

    def forward(self, x):
        x = same_dtype(self, x, self.weight)
        try:
            y = self._op(x, self.weight, self.bias, **self.form, activation=self._fused)
        except ValueError as error:                     # ShapeError is one
            raise type(error)(f"{self.describe()}: {error}") from None
        return y if self._then is None else self._then(y)

    def describe(self):
        sizes = [*self._channels, _short(self.weight.shape[:2])]
        settings = [f"{name}={_short(value)}" for name, value in self.form.items()
                    if value != _USUAL[name]]
        return f"{type(self).__name__}({', '.join(map(str, sizes + settings))}" \
            f"{named(self.activation)})"


def _short(pair):
    """(3, 3) -> 3, (3, 2) -> (3, 2)"""
    return pair[0] if pair[0] == pair[1] else pair


class Conv2d(_Layer):
    """y = conv2d(x, weight) + bias, then an activation if one is given.

    (N, H, W, C) -> (N, Oh, Ow, O)

    Oh = floor((H + 2P - D(Kh - 1) - 1) / S) + 1.  `kernel` K, `stride` S, `padding` P and
    `dilation` D are integers, or pairs for rows and columns.  weight (Kh, Kw, C, O) and bias (O,)
    start in U(-1/sqrt(n), 1/sqrt(n)), n = Kh Kw C.  A layer before a BatchNorm takes `bias=False`:
    the mean that is subtracted there contains the bias.  `activation` is the name of an op, a
    function of one Tensor, or None, as in `Linear`.  `rng` is an int or a `numpy.random.Generator`;
    layers given the same int start identical.

    ShapeError unless x is (N, H, W, C); ValueError if the kernel is larger than the padded image;
    TypeError for another dtype than the layer's (float32 unless `dtype` says otherwise).
    """

    _op = staticmethod(ops.conv2d)

    def __init__(self, c, o, kernel, *, stride=1, padding=0, dilation=1, bias=True,
                 activation=None, rng, dtype="float32"):
        kernel = pair("Conv2d", "kernel", kernel, least=1)
        form = {"stride": stride, "padding": padding, "dilation": dilation}
        self._create((c, o), (*kernel, c, o), form, rng, bias, activation, dtype)


class ConvTranspose2d(_Layer):
    """y = conv_transpose2d(x, weight) + bias, back up from what a Conv2d made smaller.

    (N, H, W, C) -> (N, Oh, Ow, O), Oh = (H - 1) S - 2P + D(Kh - 1) + 1 + output_padding

    `output_padding`, from 0 to S - 1, says which of the S sizes that a Conv2d would have brought to
    H is meant.  weight (Kh, Kw, O, C), the layout of the Conv2d that it mirrors, and bias (O,)
    start in U(-1/sqrt(n), 1/sqrt(n)), n = Kh Kw O, as in PyTorch.  All else is as in Conv2d.
    """

    _op = staticmethod(ops.conv_transpose2d)

    def __init__(self, c, o, kernel, *, stride=1, padding=0, output_padding=0, dilation=1,
                 bias=True, activation=None, rng, dtype="float32"):
        kernel = pair("ConvTranspose2d", "kernel", kernel, least=1)
        form = {"stride": stride, "padding": padding, "output_padding": output_padding,
                "dilation": dilation}
        self._create((c, o), (*kernel, o, c), form, rng, bias, activation, dtype)
        if any(extra >= step for extra, step in zip(self.form["output_padding"],
                                                    self.form["stride"])):
            raise ValueError("ConvTranspose2d: output_padding is less than the stride\n"
                             f"  expected  0 ... S - 1 for stride {self.form['stride']}\n"
                             f"  got       {self.form['output_padding']}")
