"""A decoder as a list of layers and one row of weights: what a page needs to compute it."""
import math
from typing import NamedTuple

import numpy as np

from ... import backend, nn
from ...autodiff import ops
from ...distributions.base import raw
from ...models.condition import Joined

MOST_WEIGHTS = 2_000_000        # 8 MB of float32, and a third more as text in a page
ACTIVATIONS = ("relu", "leaky_relu", "elu", "silu", "gelu", "tanh", "sigmoid", "softplus",
               "identity")


class Network(NamedTuple):
    """y = f_L( ... f_2(f_1(x))), x a row of `inputs` numbers and y one of `outputs`.

    layers    what each f_l is, as a dict that JSON can hold.  It takes and gives one row of
              numbers, an image being (H, W, C), channels last, so that reshaping is no layer:
              {"kind": "linear", "rows", "inputs", "outputs", "weight", "bias"}: y = x W + b, on
                  each of `rows` rows
              {"kind": "conv2d" or "conv_transpose2d", "input", "output", "kernel", "stride",
                  "padding", "dilation", "weight", "bias"}: input and output are (H, W, C), the
                  kernel is (Kh, Kw), its weights as in the op of this name
              {"kind": "affine", "channels", "scale", "shift"}: y = scale x + shift, per channel
              {"kind": one of ACTIVATIONS}
    weights   (P,) float32, in which "weight", "bias", "scale" and "shift" are places (start, stop),
              or None where a layer has no bias
    """

    inputs: int
    outputs: int
    layers: list
    weights: np.ndarray


def network(decoder, inputs):
    """The Network of a decoder in eval mode that takes `inputs` numbers a code.

    It may be made of Linear, Conv2d, ConvTranspose2d, BatchNorm, Dropout, Flatten, Reshape and the
    ACTIVATIONS, in Sequentials.  Batch normalisation is, in use, a scale and a shift: it becomes
    an affine layer.  Of a model of p(x|z,y) the inputs are the code and the label as zeros with a
    one.  Raises TypeError for any other layer, ValueError for more than MOST_WEIGHTS weights.
    """
    size = sum(parameter.size for parameter in decoder.parameters()) \
        if isinstance(decoder, nn.Module) else 0
    if size > MOST_WEIGHTS:
        raise ValueError("the decoder is too large for a page\n"
                         f"  expected  at most {MOST_WEIGHTS:,} weights\n  got       {size:,}")
    writer = _Writer((inputs,))
    writer.add(decoder)
    weights = np.concatenate(writer.weights) if writer.weights else np.zeros(0, np.float32)
    return Network(inputs, math.prod(writer.shape), writer.layers, weights)


class _Writer:
    """Goes through a decoder layer by layer and knows the shape that one example has by then."""

    def __init__(self, shape):
        self.shape, self.layers, self.weights, self.size = shape, [], [], 0

    def add(self, layer):
        """Append what this module or function does."""
        # The very type: what derives from a layer may do something else.
        _WRITERS.get(type(layer), _Writer._activation)(self, layer)

    def _sequential(self, layer):
        for part in layer:
            self.add(part)

    def _joined(self, layer):
        if layer.before is not ops.identity:
            raise TypeError("the decoder does something to the code before the label joins it, "
                            f"which a page cannot compute\n  got       {_name(layer.before)}")
        self.add(layer.after)

    def _reshape(self, layer):
        size, known = math.prod(self.shape), math.prod(n for n in layer.shape if n != -1)
        self.shape = tuple(size // known if n == -1 else n for n in layer.shape)

    def _flatten(self, layer):
        self.shape = (math.prod(self.shape),)

    def _nothing(self, layer):
        """Dropout drops nothing in use."""

    def _linear(self, layer):
        inputs, outputs = layer.weight.shape
        self.layers.append({"kind": "linear", "rows": math.prod(self.shape[:-1]), "inputs": inputs,
                            "outputs": outputs, "weight": self._keep(layer.weight),
                            "bias": self._keep(layer.bias)})
        self.shape = (*self.shape[:-1], outputs)
        self._activation(layer.activation)

    def _convolution(self, layer):
        form, kernel = layer.form, layer.weight.shape[:2]
        transposed = isinstance(layer, nn.ConvTranspose2d)
        channels = layer.weight.shape[2 if transposed else 3]
        geometry = zip(self.shape, kernel, form["stride"], form["padding"], form["dilation"],
                       form.get("output_padding", (0, 0)))
        size = _larger if transposed else _smaller
        output = (*(size(*numbers) for numbers in geometry), channels)
        self.layers.append({
            "kind": "conv_transpose2d" if transposed else "conv2d", "input": self.shape,
            "output": output, "kernel": kernel,
            **{name: form[name] for name in ("stride", "padding", "dilation")},
            "weight": self._keep(layer.weight), "bias": self._keep(layer.bias)})
        self.shape = output
        self._activation(layer.activation)

    def _batch_norm(self, layer):
        weight, bias, mean, variance = (
            backend.to_numpy(array).astype(np.float64) for array in
            (layer.weight.data, layer.bias.data, layer.running_mean, layer.running_var))
        scale = weight / np.sqrt(variance + layer.eps)
        self.layers.append({"kind": "affine", "channels": len(scale), "scale": self._keep(scale),
                            "shift": self._keep(bias - scale * mean)})
        self._activation(layer.activation)

    def _activation(self, function):
        """The name of an op, that op itself, or None."""
        names = [name for name in ACTIVATIONS if function in (name, getattr(ops, name))]
        if function is not None and not names:
            raise TypeError("the decoder has a layer that a page cannot compute\n"
                            "  expected  Linear, Conv2d, ConvTranspose2d, BatchNorm, Dropout, "
                            f"Flatten, Reshape, or one of {', '.join(ACTIVATIONS)}\n"
                            f"  got       {_name(function)}")
        self.layers.extend({"kind": name} for name in names if name != "identity")

    def _keep(self, values):
        """(start, stop) of these values in the row of weights; None for None."""
        if values is None:
            return None
        self.weights.append(backend.to_numpy(raw(values)).astype(np.float32).reshape(-1))
        start, self.size = self.size, self.size + self.weights[-1].size
        return start, self.size


def _smaller(n, kernel, stride, padding, dilation, extra):
    return (n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def _larger(n, kernel, stride, padding, dilation, extra):
    return (n - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1 + extra


def _name(layer):
    if isinstance(layer, nn.Module):
        return type(layer).__name__
    return repr(layer) if isinstance(layer, str) else getattr(layer, "__name__", repr(layer))


_WRITERS = {nn.Sequential: _Writer._sequential, Joined: _Writer._joined,
            nn.Reshape: _Writer._reshape, nn.Flatten: _Writer._flatten,
            nn.Dropout: _Writer._nothing, nn.Linear: _Writer._linear,
            nn.Conv2d: _Writer._convolution, nn.ConvTranspose2d: _Writer._convolution,
            nn.BatchNorm: _Writer._batch_norm}
