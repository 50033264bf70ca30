"""What the workloads share: starting from the given weights, on the given device."""
from scratchgen import backend

from benchmarks.workloads import start


def begin(name, *modules, device="cpu"):
    """Give the modules the initial parameters of the workload, and all of them a place."""
    parameters = [p for module in modules for p in module.parameters()]
    values = start.parameters(name)
    assert [p.shape for p in parameters] == [x.shape for x in values], f"{name}: other parameters"
    for parameter, value in zip(parameters, values):
        parameter.data = value
    if device == "gpu":
        backend.use("cupy")
        for module in modules:
            module.to("cupy")


def data(name, batch):
    return backend.asarray(start.data(name, batch))


def normal(rng, batch, latent, like):
    """z ~ N(0, I), drawn on the host.   (N, Z)"""
    return backend.standard_normal(rng, (batch, latent), like)
