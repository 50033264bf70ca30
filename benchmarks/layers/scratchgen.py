"""scratchgen's layers."""
import numpy as np

import scratchgen as sg
from scratchgen import backend, nn, ops

from . import values


def build(layer, batch, device):
    x, _ = values(layer, batch)
    module = _module(layer)
    if device == "gpu":
        backend.use("cupy")
        if isinstance(module, nn.Module):
            module.to("cupy")
    x = sg.Tensor(backend.asarray(x), requires_grad=True)
    y = module(x)
    seed = backend.asarray(np.ones(y.shape, np.float32))

    def call():
        x.grad = None
        if isinstance(module, nn.Module):
            module.zero_grad()
        module(x).backward(seed)
        return x.grad

    return call


def _module(layer):
    c, form = layer.image[-1], {"stride": layer.stride, "padding": layer.padding, "rng": 0}
    if layer.kind == "linear":
        return nn.Linear(c, layer.outputs, rng=0)
    if layer.kind == "conv":
        return nn.Conv2d(c, layer.outputs, layer.kernel, **form)
    if layer.kind == "conv transposed":
        return nn.ConvTranspose2d(c, layer.outputs, layer.kernel, **form)
    return nn.BatchNorm(c) if layer.kind == "batch norm" else ops.relu
