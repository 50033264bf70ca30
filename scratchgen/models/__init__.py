"""Models, from a bottleneck that copies to generators with a bound on log p(x).

    latent          what all models with a code share: interpolate, alter, attribute_vector
    autoencoder     Autoencoder(encoder, decoder)
    vae             VAE(encoder, decoder, latent=Z): encode, decode, elbo, terms, log_prob, sample
    linear_gaussian LinearGaussianVAE(W, b, scale): everything about it is known exactly
    dense           autoencoder_dense and vae_dense: fully connected, for images of any shape
    conv            autoencoder_conv and vae_conv: convolutions down, and transposed back up
    affine          AffineGenerator(D): x = mu + L z, from a covariance or learned by gradients
    mixture         GaussianMixture(k).fit(x, rng=rng): by EM, which never goes down
    dequantise      from grey levels to real numbers; bits per dimension
    flow            Flow(bijector, image_shape), real_nvp, maf: log p(x) by change of variables
    autoregressive  log p(x) = sum of log p(x_i | x_<i), exactly, for images of bits:
    made            MADE, a masked perceptron
    pixelcnn        PixelCNN, convolutions with masked kernels
    instruments     rate, distortion, active units, information, collapse: `examine` has them all
    disentanglement does one number of a code hold one factor?  mutual_information_gap
    outliers        outlier_scores = -log p(x), and auroc: do they tell two kinds of example apart?
    comparison      compare: which model makes the same examples likelier, within one likelihood
    condition       labels as a further input: VAE(..., condition=K).given(y) is the VAE of p(x|y)
    classifier      Classifier(D, K), softmax regression or a perceptron; accuracy(x, y)
    class_conditional   ClassConditional: a density for each class, and Bayes' rule for p(y|x)
    probe           linear_probe: what a linear classifier reads off features
    gan             GAN, WGANGP, gan_dense, ...: a sampler, who judges it, and their Game
    diagnosis       what is wrong with a sampler: any sampler, in numbers
    vaegan          VAEGAN, FeatureVAE: the likelihood is one of a discriminator's features
    saddle          two players with one number each: steps, and whether they arrive
    registry        build(name, config) and load(run)
"""
from . import saddle
from .affine import AffineGenerator
from .autoencoder import Autoencoder
from .autoregressive import AutoregressiveBits
from .class_conditional import ClassConditional
from .classifier import Classifier
from .comparison import compare, likelihood_of
from .conv import autoencoder_conv, vae_conv
from .dense import autoencoder_dense, vae_dense
from .dequantise import bits_per_dimension, dequantise, quantise
from .diagnosis import (FrechetDistance, coverage, diagnose, frechet_distance, frechet_gaussians,
                        from_optimal, game_value, jensen_shannon, memorising, optimal_logit,
                        two_sample)
from .disentanglement import mutual_information_gap
from .flow import Flow, maf, real_nvp
from .gan import (GAN, R1, WGANGP, Game, GradientPenalty, Labels, Packed, dcgan, gan_dense,
                  gradient_penalty, wgan_gp_dense)
from .instruments import collapse, examine, exchange, information, rate_distortion, units
from .latent import LatentModel
from .linear_gaussian import LinearGaussianVAE
from .made import MADE
from .mixture import GaussianMixture
from .outliers import auroc, outlier_scores
from .pixelcnn import PixelCNN
from .probe import linear_probe
from .registry import MODELS, build, load
from .vae import VAE
from .vaegan import VAEGAN, FeatureVAE, vaegan_conv

__all__ = ["AffineGenerator", "Autoencoder", "AutoregressiveBits", "ClassConditional", "Classifier",
           "FeatureVAE", "Flow", "FrechetDistance", "GAN", "Game", "GaussianMixture",
           "GradientPenalty", "Labels", "LatentModel", "LinearGaussianVAE", "MADE", "MODELS",
           "Packed", "PixelCNN", "R1", "VAE", "VAEGAN", "WGANGP", "auroc", "autoencoder_conv",
           "autoencoder_dense", "bits_per_dimension", "build", "collapse", "compare", "coverage",
           "dcgan", "dequantise", "diagnose", "examine", "exchange", "frechet_distance",
           "frechet_gaussians", "from_optimal", "game_value", "gan_dense", "gradient_penalty",
           "information", "jensen_shannon", "likelihood_of", "linear_probe", "load", "maf",
           "memorising", "mutual_information_gap", "optimal_logit", "outlier_scores", "quantise",
           "rate_distortion", "real_nvp", "saddle", "two_sample", "units", "vae_conv", "vae_dense",
           "vaegan_conv", "wgan_gp_dense"]
