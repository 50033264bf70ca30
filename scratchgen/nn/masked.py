"""Layers with weights that are held at zero, so that an output cannot see some of the inputs.

A network whose output i sees only the inputs before i is autoregressive: one pass gives all the
conditionals p(x_i | x_<i) at once, and their product is an exact p(x).
"""
import operator

from .. import backend
from ..autodiff import ops
from .convolution import Conv2d
from .dense import Linear, same_dtype
from .module import Module
from .parameter import like


class MaskedLinear(Linear):
    """y = x (W * mask) + b, then an activation if one is given.   (..., I) -> (..., O)

    `mask` (I, O) has a 1 where output o may see input i, and a 0 where it must not.  All else is as
    in Linear.
    """

    def __init__(self, mask, *, rng, bias=True, activation=None, dtype="float32"):
        mask = backend.to_numpy(mask)
        super().__init__(*mask.shape, rng=rng, bias=bias, activation=activation, dtype=dtype)
        self.mask = like(mask, self.weight.data)

    def forward(self, x):
        x = same_dtype(self, x, self.weight)
        y = ops.linear(x, self.weight * self.mask, self.bias, activation=self._fused)
        return y if self._then is None else self._then(y)

    def describe(self):
        return f"Masked{super().describe()}"


class MaskedConv2d(Conv2d):
    """A convolution that sees the pixels before its own alone, row by row.   (N, H, W, C)

    kind "A"    what lies above, and to the left in the same row: for the first layer
    kind "B"    that and the pixel itself, which in later layers knows no more than what lies before

    The kernel is K x K with odd K, around the pixel; images keep their size.  The weights behind
    the mask are never used (van den Oord, Kalchbrenner and Kavukcuoglu 2016, fig. 2).
    """

    def __init__(self, kind, c, o, kernel, *, bias=True, rng, dtype="float32"):
        if kind not in ("A", "B"):
            raise ValueError(f"MaskedConv2d: there is no mask {kind!r}\n  expected  A or B")
        if kernel % 2 == 0:
            raise ValueError("MaskedConv2d: the kernel has its pixel in the middle\n"
                             f"  expected  an odd number\n  got       {kernel}")
        super().__init__(c, o, kernel, padding=kernel // 2, bias=bias, rng=rng, dtype=dtype)
        middle = kernel * kernel // 2                   # pixels of the kernel before its own
        seen = middle + (kind == "B")
        mask = [[[[float(kernel * k + m < seen)]] for m in range(kernel)] for k in range(kernel)]
        self.mask = like(mask, self.weight.data)        # (K, K, 1, 1)
        self.kind = kind

    def forward(self, x):
        x = same_dtype(self, x, self.weight)
        return ops.conv2d(x, self.weight * self.mask, self.bias, **self.form)

    def describe(self):
        return f"{super().describe()[:-1]}, {self.kind})"


class MaskedMLP(Module):
    """h[..., k, i] depends on x_j only for j before i, K numbers a feature.

    (..., D) -> (..., K, D), with K = `outputs`

    Every unit has a degree, and sees the units below that have no larger one.  Input j has its
    position in the order, 1 ... D, as its degree; hidden units have 1 ... D - 1, spread evenly;
    output i sees hidden units with a degree below its position (Germain, Gregor, Murray and
    Larochelle 2015, eq. 8-13).  The feature that comes first sees nothing: it has a bias.

    order       the features in the order in which they come, each of 0 ... D - 1 once; None: as
                they are
    hidden      widths of the hidden layers
    activation  the name of an op, or a function of one Tensor
    rng         an int or a `numpy.random.Generator`; networks given the same int start identical

    The order is kept as `position` (D,), the place of each feature in it.
    """

    def __init__(self, features, hidden=(64,), *, outputs=1, order=None, activation="relu", rng,
                 dtype="float32"):
        order = list(range(features)) if order is None else [operator.index(i) for i in order]
        if sorted(order) != list(range(features)):
            raise ValueError("MaskedMLP: the order names each feature once\n"
                             f"  expected  each of 0 ... {features - 1}\n"
                             f"  got       {str(order)[:60]}")
        rng = backend.rng(rng)
        position = sorted(range(features), key=order.__getitem__)
        degrees, layers = [i + 1 for i in position], []
        below = degrees
        for width in hidden:
            above = [1 + k * (features - 1) // width for k in range(width)]
            layers.append(MaskedLinear([[float(b <= a) for a in above] for b in below], rng=rng,
                                       activation=activation, dtype=dtype))
            below = above
        last = [[float(b < d) for d in degrees * outputs] for b in below]
        self.layers = [*layers, MaskedLinear(last, rng=rng, dtype=dtype)]
        self.position = backend.asarray(position, "int64")
        self.outputs = outputs

    def forward(self, x):
        h = x
        for layer in self.layers:
            h = layer(h)
        return ops.reshape(h, (*x.shape[:-1], self.outputs, x.shape[-1]))

    def describe(self):
        return f"MaskedMLP({self.position.shape[0]} -> {self.outputs} x {self.position.shape[0]})"
