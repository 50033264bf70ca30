"""Generative adversarial networks: two players, their losses, and the steps that they take.

    losses      what each player makes small, by name
    labels      Labels: targets in [0, 1], soft or noisy
    penalty     gradient_penalty, GradientPenalty, R1: bounds on a critic's slope
    turns       Turns: what games have in common
    game        Game: alternating steps, each yielding a Turn
    gan         GAN(generator, discriminator)
    packed      Packed: several examples judged at once
    wgan        WGANGP
    dense       gan_dense, wgan_gp_dense
    dcgan       dcgan: convolutions, by five guidelines that can be switched off
"""
from .dcgan import dcgan
from .dense import gan_dense, wgan_gp_dense
from .gan import GAN
from .game import Game, Turn
from .labels import Labels
from .losses import LOSSES, Loss
from .packed import Packed
from .penalty import R1, GradientPenalty, gradient_penalty
from .wgan import WGANGP

__all__ = ["GAN", "Game", "GradientPenalty", "LOSSES", "Labels", "Loss", "Packed", "R1", "Turn",
           "WGANGP", "dcgan", "gan_dense", "gradient_penalty", "wgan_gp_dense"]
