"""A step of a RealNVP (Dinh, Sohl-Dickstein and Bengio 2017) in the plane."""
import math

import scratchgen as sg
from scratchgen import backend, nn, ops

from benchmarks.workloads import start

from .common import begin, data


def build(batch, device="cpu"):
    networks = nn.Sequential(*(nn.mlp(2, 64, 64, 4, rng=0) for _ in range(6)))
    begin("nvp", networks, device=device)
    masks = [backend.asarray(start.mask(i)) for i in range(6)]
    adam = sg.optim.Adam(networks.parameters(), lr=1e-3)
    x = data("nvp", batch)

    def step():
        z, log_det = x, 0
        for network, mask in zip(networks, masks):
            h = network(z * mask)
            log_scale, shift = ops.tanh(h[:, :2]) * (1 - mask), h[:, 2:] * (1 - mask)
            z = z * ops.exp(log_scale) + shift
            log_det = log_det + log_scale.sum(axis=1)
        loss = (0.5 * (z * z).sum(axis=1) + math.log(2 * math.pi) - log_det).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        return (loss,)

    return step
