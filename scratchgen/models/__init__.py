"""Models, from a bottleneck that copies to generators with a bound on log p(x).

    latent          what all models with a code share: interpolate, alter, attribute_vector
    autoencoder     Autoencoder(encoder, decoder)
    vae             VAE(encoder, decoder, latent=Z): encode, decode, elbo, terms, log_prob, sample
    dense           autoencoder_dense and vae_dense: fully connected, for images of any shape
    conv            autoencoder_conv and vae_conv: convolutions down, and transposed back up
    registry        build(name, config) and load(run)
"""
from .autoencoder import Autoencoder
from .conv import autoencoder_conv, vae_conv
from .dense import autoencoder_dense, vae_dense
from .latent import LatentModel
from .registry import MODELS, build, load
from .vae import VAE

__all__ = ["MODELS", "Autoencoder", "LatentModel", "VAE", "autoencoder_conv", "autoencoder_dense",
           "build", "load", "vae_conv", "vae_dense"]
