"""Bijectors: one-to-one maps that know the logarithm of their Jacobian's determinant.

    base            forward_and_log_det, inverse_and_log_det, and what they promise
    elementwise     Affine, Exp, Sigmoid, Tanh, Softplus: one number at a time
    linear          Permute, TriangularAffine: vectors, by a matrix that is easy to invert
    chain           Chain(f, g) and Inverse(f)
    actnorm         ActNorm: normalised by the first batch, trained from there
    coupling        Coupling: half of the features decide what happens to the other half
    autoregressive  MaskedAutoregressive: each feature is decided by those before it
"""
from .actnorm import ActNorm
from .autoregressive import MaskedAutoregressive
from .base import Bijector
from .chain import Chain, Inverse
from .coupling import Coupling
from .elementwise import Affine, Exp, Sigmoid, Softplus, Tanh
from .linear import Permute, TriangularAffine

__all__ = ["ActNorm", "Affine", "Bijector", "Chain", "Coupling", "Exp", "Inverse",
           "MaskedAutoregressive", "Permute", "Sigmoid", "Softplus", "Tanh", "TriangularAffine"]
