"""A step of a convolutional VAE on bits."""
from torch import nn

from .common import begin, data
from .elbo import vae_step


def build(batch, device="cpu", tuned=False, channels_last=False):
    encoder = nn.Sequential(
        nn.Conv2d(1, 32, 3, 2, 1), nn.ReLU(), nn.Conv2d(32, 64, 3, 2, 1), nn.ReLU(),
        nn.Flatten(), nn.Linear(3136, 40))
    decoder = nn.Sequential(
        nn.Linear(20, 3136), nn.ReLU(), nn.Unflatten(1, (64, 7, 7)),
        nn.ConvTranspose2d(64, 32, 3, 2, 1, output_padding=1), nn.ReLU(),
        nn.ConvTranspose2d(32, 1, 3, 2, 1, output_padding=1))
    begin("cvae", encoder, decoder, device=device, channels_last=channels_last, corner=(7, 7))
    return vae_step(encoder, decoder, data("cvae", batch, device, channels_last), device, tuned)
