"""Models, from a bottleneck that copies to generators with a bound on log p(x).

    latent          what all models with a code share: interpolate, alter, attribute_vector
    autoencoder     Autoencoder(encoder, decoder)
    vae             VAE(encoder, decoder, latent=Z): encode, decode, elbo, terms, log_prob, sample
    dense           autoencoder_dense and vae_dense: fully connected, for images of any shape
    registry        build(name, config) and load(run)
"""
from .autoencoder import Autoencoder
from .dense import autoencoder_dense, vae_dense
from .latent import LatentModel
from .registry import MODELS, build, load
from .vae import VAE

__all__ = ["MODELS", "Autoencoder", "LatentModel", "VAE", "autoencoder_dense", "build", "load",
           "vae_dense"]
