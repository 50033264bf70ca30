"""A step of a RealNVP in the plane."""
import math

from dezero import Variable
from dezero import functions as F

from benchmarks.workloads import start

from .common import Network, adam, images, mlp


def build(batch, device="cpu"):
    network = Network(start.parameters("nvp"))
    optimiser = adam(network)
    x = images("nvp", batch)
    masks = [start.mask(i) for i in range(6)]

    def step():
        z, log_det = x, Variable(x.data[:, 0] * 0)
        for i, mask in enumerate(masks):
            h = mlp(network.p[6 * i:6 * i + 6], z * mask, F.relu)
            log_scale, shift = F.tanh(h[:, :2]) * (1 - mask), h[:, 2:] * (1 - mask)
            z = z * F.exp(log_scale) + shift
            log_det = log_det + F.sum(log_scale, axis=1)
        nll = 0.5 * F.sum(z * z, axis=1) + math.log(2 * math.pi) - log_det
        loss = F.sum(nll) / batch
        network.cleargrads()
        loss.backward()
        optimiser.update()
        return (loss.data,)

    return step
