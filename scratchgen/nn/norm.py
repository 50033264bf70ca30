"""Layers that keep signals in range: dropout's noise, layer and batch normalisation."""
import math
import numbers

from .. import backend
from ..autodiff import ops
from ..autodiff.tensor import Tensor, require_floating
from ..errors import ShapeError
from . import init
from .activation import fused, named
from .dense import same_dtype
from .module import Module
from .parameter import Parameter


class Dropout(Module):
    """y = x m / (1 - p) with m = 0 with probability p, else 1; y = x after eval().   (...) -> (...)

    Dividing in training ("inverted" dropout) keeps E[y] = x, so that nothing changes in use
    (Srivastava et al. 2014).  `rng` (an int or a `numpy.random.Generator`) seeds a generator of
    the layer's own, whose state is saved with the module: training resumes with the masks it would
    have seen.  Layers given the same int draw the same masks.  TypeError for integers, which have
    no 1 / (1 - p).
    """

    def __init__(self, p=0.5, *, rng):
        if not 0 <= p < 1:
            raise ValueError(f"Dropout: p is the probability to drop, 0 <= p < 1, got {p!r}")
        self.p = p
        self.rng = backend.rng(int(backend.rng(rng).integers(2**63)))

    def forward(self, x):
        if not self.training or self.p == 0:
            return x
        array = x.data if isinstance(x, Tensor) else x
        require_floating(array)
        kept = self.rng.random(array.shape) >= self.p
        return ops.multiply(x, backend.from_host(kept / (1 - self.p), like=array))

    def describe(self):
        return f"Dropout({self.p})"


class LayerNorm(Module):
    """y = w (x - mean) / sqrt(var + eps) + b over the last axes of each example.

    (..., *shape) -> (..., *shape)

    `shape` (an int or a tuple) is the shape of those axes and of weight (ones) and bias (zeros);
    var is the mean squared distance (no n - 1).  Each example is normalised by itself, so batches
    of any size give the same result (Ba, Kiros and Hinton 2016, eq. 3-4).  ShapeError if x does
    not end in `shape`.
    """

    def __init__(self, shape, *, eps=1e-5, dtype="float32"):
        shape = (shape,) if isinstance(shape, numbers.Integral) else tuple(shape)
        if not shape or not all(isinstance(n, numbers.Integral) and n > 0 for n in shape):
            raise ValueError(f"LayerNorm: the shape is one or more positive integers, got {shape}")
        self.weight = Parameter(init.ones(shape, dtype=dtype))
        self.bias = Parameter(init.zeros(shape, dtype=dtype))
        self.eps = eps
        self._axes = tuple(range(-len(shape), 0))

    def forward(self, x):
        x = same_dtype(self, x, self.weight)
        if tuple(x.shape[self._axes[0]:]) != self.weight.shape or len(x.shape) < len(self._axes):
            raise ShapeError(f"{self.describe()}: the input does not end in the normalised axes\n"
                             f"  expected  (..., {', '.join(map(str, self.weight.shape))})\n"
                             f"  got       {x.shape}")
        return self.weight * ops.normalise(x, axis=self._axes, eps=self.eps) + self.bias

    def describe(self):
        shape = self.weight.shape
        return f"LayerNorm({shape[0] if len(shape) == 1 else shape})"


class BatchNorm(Module):
    """y = f(w (x - mean) / sqrt(var + eps) + b) for each channel.   (..., C) -> (..., C)

    In training mean and var are those of the batch, over all axes but the last (var divides by n),
    and the running statistics follow them with momentum m:

        running_mean += m (mean - running_mean)
        running_var  += m (n / (n - 1) var - running_var)

    After eval() the running statistics take their place, so that an example is treated alike in any
    company.  weight and running_var start at 1, bias and running_mean at 0.  `activation` f is the
    name of an op, a function of one Tensor, or None, as in `Linear`.  The gradient of the
    batch's statistics is part of every derivative (Ioffe and Szegedy 2015, algorithms 1 and 2; the
    definition of the running statistics is PyTorch's).

    ShapeError if x does not end in C.  ValueError in training for fewer than 2 values per channel,
    of which there is no variance.
    """

    def __init__(self, c, *, momentum=0.1, eps=1e-5, activation=None, dtype="float32"):
        if not isinstance(c, numbers.Integral) or c < 1:
            raise ValueError(f"BatchNorm: channels are counted by an integer >= 1, got {c!r}")
        if not 0 <= momentum <= 1:
            raise ValueError("BatchNorm: momentum is the share of the new statistics, from 0 to 1, "
                             f"got {momentum!r}")
        self.weight = Parameter(init.ones((c,), dtype=dtype))
        self.bias = Parameter(init.zeros((c,), dtype=dtype))
        self.running_mean = init.zeros((c,), dtype=dtype)
        self.running_var = init.ones((c,), dtype=dtype)
        self.momentum, self.eps, self.activation = momentum, eps, activation
        self._fused, self._then = fused("BatchNorm", activation)

    def forward(self, x):
        x = same_dtype(self, x, self.weight)
        if tuple(x.shape[-1:]) != self.weight.shape:
            raise ShapeError(f"{self.describe()}: the input does not end in the channels\n"
                             f"  expected  (..., {self.weight.shape[0]})\n  got       {x.shape}")
        y = self._of_the_batch(x) if self.training else self._as_so_far(x)
        return y if self._then is None else self._then(y)

    def _of_the_batch(self, x):
        """With the mean and the variance of this batch, which the running ones follow."""
        values = x.data if isinstance(x, Tensor) else x
        n = math.prod(values.shape[:-1])
        if n < 2:
            raise ValueError(f"{self.describe()}: in training each channel needs 2 or more values\n"
                             f"  got       {n}, from shape {values.shape}\n"
                             "  hint      a larger batch, or model.eval()")
        mean, rest, variance = moments = backend.namespace(values).channel_moments(values)
        self.running_mean += self.momentum * (mean + rest - self.running_mean)
        self.running_var += self.momentum * (n / (n - 1) * variance - self.running_var)
        return ops.batch_norm(x, self.weight, self.bias, eps=self.eps, activation=self._fused,
                              moments=moments)

    def _as_so_far(self, x):
        """With the running mean and variance, which are constants to every gradient."""
        scale = self.weight / ops.sqrt(self.running_var + self.eps)
        y = scale * (x - self.running_mean) + self.bias
        return y if self._fused is None else getattr(ops, self._fused)(y)

    def describe(self):
        return f"BatchNorm({self.weight.shape[0]}{named(self.activation)})"
