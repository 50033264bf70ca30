"""What the workloads share: starting from the given weights, in PyTorch's layouts."""
import numpy as np
import torch
from torch import nn

from benchmarks.workloads import start

DEVICES = {"cpu": "cpu", "gpu": "cuda"}
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False


def begin(name, *modules, device="cpu", channels_last=False, corner=None):
    """Give the modules the initial parameters of the workload, and all of them a place.

    Linear (I, O) becomes (O, I); kernels (Kh, Kw, C, O) become (O, C, Kh, Kw).  `corner` is the
    shape (H, W) of the images where convolutions meet a Linear: there the C H W inputs or outputs
    are in another order.
    """
    values = iter(start.parameters(name))
    for layer in (layer for module in modules for layer in module.modules()):
        for key, parameter in layer.named_parameters(recurse=False):
            parameter.data = _converted(layer, next(values), corner)
    assert next(values, None) is None, f"{name}: other parameters"
    for module in modules:
        module.to(DEVICES[device])
        if channels_last:
            module.to(memory_format=torch.channels_last)


def _converted(layer, value, corner):
    if value.ndim == 4:
        value = value.transpose(3, 2, 0, 1)
    elif corner and isinstance(layer, nn.Linear):
        side = corner[0] * corner[1]
        if value.shape[-1] > side and value.shape[-1] % side == 0:       # (I, H W C) or (H W C,)
            value = start.channels_first(value, corner)
        elif value.shape[0] > side and value.shape[0] % side == 0:       # (H W C, O)
            value = start.channels_first(value.T, corner).T
    return torch.from_numpy(np.ascontiguousarray(value.T if value.ndim == 2 else value))


def adam(parameters, tuned, **settings):
    return torch.optim.Adam(parameters, fused=True if tuned else None, **settings)


def data(name, batch, device, channels_last=False):
    """The batch as a tensor, images as (N, C, H, W)."""
    x = torch.from_numpy(start.data(name, batch))
    if x.ndim == 4:
        x = x.permute(0, 3, 1, 2).contiguous(
            memory_format=torch.channels_last if channels_last else torch.contiguous_format)
    return x.to(DEVICES[device])


def normal(rng, batch, latent, device):
    """z ~ N(0, I), drawn on the host.   (N, Z)"""
    return torch.from_numpy(rng.standard_normal((batch, latent)).astype(np.float32)).to(
        DEVICES[device])
