"""Six training steps that every contender takes: the same shapes, arithmetic, weights and noise.

    step = load("vae", "scratchgen")(batch=128)
    losses = step()                         # forward, backward, Adam: one or two losses in nats

A workload of a contender is one small module, `benchmarks/workloads/CONTENDER/NAME.py`, with a
function `build(batch, device="cpu")` that returns `step`.  Where there is no such module the
contender lacks what the workload needs.  All start from the same weights, see the same data and
draw the same noise, so their losses agree: a run in which they do not compares different things.
"""
import importlib
import importlib.util
from dataclasses import dataclass


@dataclass(frozen=True)
class Workload:
    """What a workload is, and the batch at which it is compared."""

    about: str
    batch: int
    sweep: tuple


WORKLOADS = {
    "vae": Workload("dense VAE 784-400-(20,20)-400-784, ReLU, Bernoulli from logits",
                    128, (16, 64, 128, 256, 1024)),
    "gan2d": Workload("GAN in 2-D, generator 2-64-64-2, discriminator 2-64-64-1, LeakyReLU",
                      256, (32, 128, 256, 1024, 4096)),
    "nvp": Workload("RealNVP in 2-D, 6 affine couplings, networks 2-64-64-4",
                    256, (32, 128, 256, 1024, 4096)),
    "chain": Workload("1,000 operations on one number, forward and backward, no optimiser",
                      250, (25, 250, 2500)),
    "cvae": Workload("conv VAE 28x28x1, conv 3x3 s2 32 and 64, latent 20, mirrored",
                     128, (8, 32, 128, 256)),
    "dcgan": Workload("DCGAN 28x28x1, z 64, 4x4 s2 128-64-1 and 64-128, batch normalisation",
                      64, (8, 32, 64, 128)),
}


def exists(name, contender):
    """Whether this contender has this workload."""
    return importlib.util.find_spec(f"{__name__}.{contender}.{name}") is not None


def load(name, contender):
    """The function build(batch, device="cpu") of a contender's workload."""
    return importlib.import_module(f"{__name__}.{contender}.{name}").build
