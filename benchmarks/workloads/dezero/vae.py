"""A step of a dense VAE on bits."""
from dezero import functions as F

from benchmarks.workloads import start

from .common import mlp
from .elbo import vae_step


def build(batch, device="cpu"):
    return vae_step("vae", start.parameters("vae"), lambda p, x: mlp(p[:4], x, F.relu),
                    lambda p, z: mlp(p[4:], z, F.relu), batch)
