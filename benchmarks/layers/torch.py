"""PyTorch's layers; tuned, in channels-last."""
import torch
from torch import nn

from benchmarks.workloads.torch.common import DEVICES

from . import values


def build(layer, batch, device, tuned=False):
    x, _ = values(layer, batch)
    x = torch.from_numpy(x)
    module = _module(layer)
    if x.ndim == 4:
        form = torch.channels_last if tuned else torch.contiguous_format
        x = x.permute(0, 3, 1, 2).contiguous(memory_format=form)
        module.to(memory_format=form)
    module, x = module.to(DEVICES[device]), x.to(DEVICES[device]).requires_grad_()
    seed = torch.ones_like(module(x))

    def call():
        x.grad = None
        module.zero_grad()
        module(x).backward(seed)
        return x.grad

    return call


def _module(layer):
    c, form = layer.image[-1], (layer.kernel, layer.stride, layer.padding)
    if layer.kind == "linear":
        return nn.Linear(c, layer.outputs)
    if layer.kind == "conv":
        return nn.Conv2d(c, layer.outputs, *form)
    if layer.kind == "conv transposed":
        return nn.ConvTranspose2d(c, layer.outputs, *form)
    return nn.BatchNorm2d(c) if layer.kind == "batch norm" else nn.ReLU()
