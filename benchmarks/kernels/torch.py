"""PyTorch's operations, without gradients."""
import torch
from torch.nn import functional as F

from benchmarks.workloads.torch.common import DEVICES

from . import values


def build(name, size, device):
    x, y = (torch.from_numpy(value) for value in values(name, size))
    if name == "conv":
        x, y = x.permute(0, 3, 1, 2).contiguous(), y.permute(3, 2, 0, 1).contiguous()
    x, y = x.to(DEVICES[device]), y.to(DEVICES[device])
    return {"copy": lambda: y.copy_(x),
            "elementwise": lambda: x * y + x,
            "matrix": lambda: x @ y,
            "conv": lambda: F.conv2d(x, y, padding=1)}[name]
