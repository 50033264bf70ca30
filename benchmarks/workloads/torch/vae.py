"""A step of a dense VAE on bits."""
from torch import nn

from .common import begin, data
from .elbo import vae_step


def build(batch, device="cpu", tuned=False):
    encoder = nn.Sequential(nn.Linear(784, 400), nn.ReLU(), nn.Linear(400, 40))
    decoder = nn.Sequential(nn.Linear(20, 400), nn.ReLU(), nn.Linear(400, 784))
    begin("vae", encoder, decoder, device=device)
    return vae_step(encoder, decoder, data("vae", batch, device), device, tuned)
