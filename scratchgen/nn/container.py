"""Modules made of modules, and the two that only change shapes."""
import math

from .. import backend
from ..autodiff import ops
from ..autodiff.shapes import as_shape
from ..errors import ShapeError
from .dense import Linear
from .module import Module


class Flatten(Module):
    """Each example as one row of numbers.   (N, ...) -> (N, D)"""

    def forward(self, x):
        return ops.reshape(x, (x.shape[0], math.prod(x.shape[1:])))


class Reshape(Module):
    """Each example in this shape; one axis may be -1.   (N, ...) -> (N, *shape)"""

    def __init__(self, shape):
        self.shape = as_shape(shape)
        if self.shape.count(-1) > 1 or any(n < 0 and n != -1 for n in self.shape):
            raise ValueError(f"Reshape: sizes from 0 up, of which one may be -1, got {self.shape}")

    def forward(self, x):
        size, known = math.prod(x.shape[1:]), math.prod(n for n in self.shape if n != -1)
        shape = tuple(size // max(known, 1) if n == -1 else n for n in self.shape)
        if math.prod(shape) != size:
            raise ShapeError(f"{self.describe()}: {size} numbers do not fill this shape\n"
                             f"  expected  (N, D) with D = {' x '.join(map(str, self.shape))}\n"
                             f"  got       {x.shape}")
        return ops.reshape(x, (x.shape[0], *shape))

    def describe(self):
        return f"Reshape({self.shape})"


class Sequential(Module):
    """layer_n(... layer_2(layer_1(x))): each layer is a Module or any function of one Tensor.

    `sequential[i]` is layer i, a slice is a Sequential of the same layers, len() counts them.
    """

    def __init__(self, *layers):
        for i, layer in enumerate(layers):
            if not callable(layer):
                raise TypeError(f"Sequential: layer {i} is neither a Module nor a function\n"
                                f"  got       {type(layer).__name__}")
        self.layers = layers

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            try:
                x = layer(x)
            except ShapeError as error:
                raise ShapeError(f"layer {i}, {error}") from None
        return x

    def __len__(self):
        return len(self.layers)

    def __iter__(self):
        return iter(self.layers)

    def __getitem__(self, i):
        return Sequential(*self.layers[i]) if isinstance(i, slice) else self.layers[i]

    def describe(self):
        return f"Sequential({', '.join(_name(layer) for layer in self.layers)})"


def _name(layer):
    kind = type(layer).__name__
    return kind if isinstance(layer, Module) else getattr(layer, "__name__", kind)


def mlp(*sizes, activation="relu", rng, dtype="float32"):
    """A multilayer perceptron: Linear layers of these sizes, an activation after each but the last.

        mlp(784, 400, 20, rng=0)        784 -> 400 -> relu -> 20

    `activation` is the name of an op, a function of one Tensor, or None.  `rng` is an int or a
    `numpy.random.Generator` that all layers draw from in turn; networks given the same int start
    identical.
    """
    if len(sizes) < 2:
        raise ValueError(f"mlp: at least an input and an output size, got {sizes}")
    rng = backend.rng(rng)
    activations = [activation] * (len(sizes) - 2) + [None]
    return Sequential(*(Linear(i, o, rng=rng, activation=f, dtype=dtype)
                        for i, o, f in zip(sizes, sizes[1:], activations)))
