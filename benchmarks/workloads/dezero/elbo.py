"""The step of a VAE whose encoder and decoder are functions of the parameters."""
from dezero import Variable
from dezero import functions as F

from benchmarks.workloads import start

from .common import Network, adam, bce, images


def vae_step(name, values, encode, decode, batch):
    network = Network(values)
    optimiser = adam(network)
    x, rng = images(name, batch), start.noise()

    def step():
        h = encode(network.p, x)
        loc, log_scale = h[:, :20], h[:, 20:]
        z = loc + F.exp(log_scale) * Variable(start.standard_normal(rng, batch, 20))
        divergence = -0.5 * F.sum(1 + 2 * log_scale - loc ** 2 - F.exp(2 * log_scale)) / batch
        loss = bce(decode(network.p, z), x) + divergence
        network.cleargrads()
        loss.backward()
        optimiser.update()
        return (loss.data,)

    return step
