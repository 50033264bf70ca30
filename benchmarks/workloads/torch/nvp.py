"""A step of a RealNVP (Dinh, Sohl-Dickstein and Bengio 2017) in the plane."""
import math

import torch
from torch import nn

from benchmarks.workloads import start

from .common import DEVICES, adam, begin, data


def build(batch, device="cpu", tuned=False):
    networks = nn.ModuleList(
        nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 4))
        for _ in range(6))
    begin("nvp", networks, device=device)
    masks = [torch.from_numpy(start.mask(i)).to(DEVICES[device]) for i in range(6)]
    optimiser = adam(networks.parameters(), tuned, lr=1e-3)
    x = data("nvp", batch, device)

    def step():
        z, log_det = x, 0
        for network, mask in zip(networks, masks):
            h = network(z * mask)
            log_scale, shift = torch.tanh(h[:, :2]) * (1 - mask), h[:, 2:] * (1 - mask)
            z = z * log_scale.exp() + shift
            log_det = log_det + log_scale.sum(dim=1)
        loss = (0.5 * (z * z).sum(dim=1) + math.log(2 * math.pi) - log_det).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return (loss.detach(),)

    return step
