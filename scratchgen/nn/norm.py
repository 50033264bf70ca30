"""Layers that keep signals in range: dropout's noise and layer normalisation."""
from .. import backend
from ..autodiff import ops
from ..autodiff.tensor import Tensor
from ..errors import ShapeError
from . import init
from .dense import same_dtype
from .module import Module
from .parameter import Parameter


class Dropout(Module):
    """y = x m / (1 - p) with m = 0 with probability p, else 1; y = x after eval().   (...) -> (...)

    Dividing in training ("inverted" dropout) keeps E[y] = x, so that nothing changes in use
    (Srivastava et al. 2014).  `rng` (an int or a `numpy.random.Generator`) seeds a generator of
    the layer's own, whose state is saved with the module: training resumes with the masks it would
    have seen.  Layers given the same int draw the same masks.
    """

    def __init__(self, p=0.5, *, rng):
        if not 0 <= p < 1:
            raise ValueError(f"Dropout: p is the probability to drop, 0 <= p < 1, got {p!r}")
        self.p = p
        self.rng = backend.rng(int(backend.rng(rng).integers(2**63)))

    def forward(self, x):
        if not self.training or self.p == 0:
            return x
        kept = self.rng.random(x.shape) >= self.p
        mask = backend.from_host(kept / (1 - self.p), like=x.data if isinstance(x, Tensor) else x)
        return ops.multiply(x, mask)

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
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        if not shape or not all(isinstance(n, int) and n > 0 for n in shape):
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
