"""A step of a dense VAE on bits."""
import jax

from .common import mlp
from .elbo import vae_step


def build(batch, device="cpu"):
    return vae_step("vae", lambda p, x: mlp(p[:4], x, jax.nn.relu),
                    lambda p, z: mlp(p[4:], z, jax.nn.relu), batch, device)
