"""Layers: modules that find their parameters, initial weights by formula, durable checkpoints."""
from . import checkpoint, init
from .checkpoint import load, save
from .container import Flatten, Reshape, Sequential, mlp
from .convolution import Conv2d, ConvTranspose2d
from .dense import Linear
from .masked import MaskedConv2d, MaskedLinear, MaskedMLP
from .module import Module
from .norm import BatchNorm, Dropout, LayerNorm
from .parameter import Parameter
from .spectral import SpectralNorm

__all__ = ["BatchNorm", "Conv2d", "ConvTranspose2d", "Dropout", "Flatten", "LayerNorm", "Linear",
           "MaskedConv2d", "MaskedLinear", "MaskedMLP", "Module", "Parameter", "Reshape",
           "Sequential", "SpectralNorm", "checkpoint", "init", "load", "mlp", "save"]
