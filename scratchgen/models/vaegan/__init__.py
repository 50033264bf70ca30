"""A VAE whose likelihood is one of features: of a discriminator that is frozen, or in training.

    features    FeatureVAE, VAE_Dis_l: those of a discriminator that was trained before
    vaegan      VAEGAN: encoder, decoder and discriminator, each with a loss of its own
    game        VAEGANGame: their turns
    build       vaegan_conv
"""
from .build import vaegan_conv
from .features import FeatureVAE
from .game import VAEGANGame, VAEGANTurn
from .vaegan import VAEGAN

__all__ = ["FeatureVAE", "VAEGAN", "VAEGANGame", "VAEGANTurn", "vaegan_conv"]
