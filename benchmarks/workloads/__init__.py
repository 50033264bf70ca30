"""Six training steps that every contender takes: the same shapes, arithmetic, weights and noise.

A workload of a contender is one small module, `benchmarks/workloads/CONTENDER/NAME.py`, with a
function `build(batch, device="cpu")` that returns `step()`: forward, backward, Adam; one or two
losses.  Where there is no such module the contender lacks what the workload needs.

All start from the same weights, see the same data and draw the same noise (NumPy's, on the host),
so their losses agree.  A run in which they do not compares different things, and is refused.
"""
import importlib
import importlib.util
import time

from benchmarks.case import Case

CASES = {
    "vae": Case("dense VAE 784-400-(20,20)-400-784, ReLU, Bernoulli from logits",
                "batch", 128, (16, 64, 128, 256, 1024)),
    "gan2d": Case("GAN in 2-D, generator 2-64-64-2, discriminator 2-64-64-1, LeakyReLU 0.2",
                  "batch", 256, (32, 128, 256, 1024, 4096)),
    "nvp": Case("RealNVP in 2-D, 6 affine couplings, networks 2-64-64-4",
                "batch", 256, (32, 128, 256, 1024, 4096)),
    "chain": Case("multiply, add, tanh, add on one number, so many times; no optimiser",
                  "times 4 operations", 250, (25, 250, 2500)),
    "cvae": Case("conv VAE 28x28x1: conv 3x3 s2 to 32 and 64, latent 20, mirrored",
                 "batch", 128, (8, 32, 128, 256)),
    "dcgan": Case("DCGAN 28x28x1: z 64, convT 4x4 s2 128-64-1, conv 1-64-128, batch normalisation",
                  "batch", 64, (8, 32, 64, 128)),
}
CONVOLUTIONAL = ("cvae", "dcgan")


def exists(library, name):
    """Whether this workload can be written in the library."""
    package = f"{__name__}.{library}"
    return importlib.util.find_spec(package) is not None \
        and importlib.util.find_spec(f"{package}.{name}") is not None


def load(library, name):
    """The function build(batch, device="cpu") of a workload."""
    return importlib.import_module(f"{__name__}.{library}.{name}").build


def build(contender, name, size, device="cpu"):
    """(step, 1), or None if the contender lacks the workload."""
    if not exists(contender.library, name) or (device == "gpu" and contender.library in _ON_HOST):
        return None
    make = load(contender.library, name)
    if not contender.tuned:
        return make(size, device), 1
    options = {"tuned": True}
    if name in CONVOLUTIONAL:
        options["channels_last"] = _seconds(make(size, device, channels_last=True, **options)) \
            < _seconds(make(size, device, channels_last=False, **options))
    return make(size, device, **options), 1


_ON_HOST = ("autograd", "dezero")


def _seconds(step):
    """The shortest of three steps, after two to warm up."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        sum(float(loss) for loss in step())
        times.append(time.perf_counter() - began)
    return min(times[2:])


def losses(results):
    """The losses of the first steps, in nats."""
    return [float(loss) for step in results for loss in step]
