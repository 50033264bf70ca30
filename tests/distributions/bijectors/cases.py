"""One bijector of each kind, with random parameters in float64: vectors of length D in, D out."""
import numpy as np

from scratchgen import nn
from scratchgen.distributions import bijectors

D = 3


def triangle(rng, d=D):
    """A lower triangular matrix whose diagonal is away from 0, of either sign."""
    signs = rng.choice([-1.0, 1.0], size=d)
    return np.tril(rng.normal(size=(d, d)), -1) + np.diag(signs * rng.uniform(0.5, 2, d))


def actnorm(rng, d=D):
    """An ActNorm that has already been set."""
    f = bijectors.ActNorm(d, dtype="float64").eval()
    f.loc.data, f.log_scale.data = rng.normal(size=d), rng.normal(size=d) / 2
    return f


def coupling(rng, d=D):
    mask = rng.permutation(np.arange(d) % 2)
    network = nn.mlp(d, 8, 2 * d, activation="tanh", rng=rng, dtype="float64")
    return bijectors.Coupling(mask, network, dtype="float64")


def autoregressive(rng, d=D):
    network = nn.MaskedMLP(d, (7,), outputs=2, order=rng.permutation(d), activation="tanh", rng=rng,
                           dtype="float64")
    return bijectors.MaskedAutoregressive(network)


# The tables that follow are of functions rng -> bijector.  REAL takes any real vector to any other.
REAL = {
    "Affine": lambda rng: bijectors.Affine(rng.normal(size=D), triangle(rng).diagonal().copy()),
    "Affine, log_scale": lambda rng: bijectors.Affine(0.5, log_scale=rng.normal(size=D)),
    "Permute": lambda rng: bijectors.Permute(rng.permutation(D)),
    "TriangularAffine": lambda rng: bijectors.TriangularAffine(rng.normal(size=D), triangle(rng)),
    "ActNorm": actnorm,
    "Coupling": coupling,
    "MaskedAutoregressive": autoregressive,
    "Inverse": lambda rng: bijectors.Inverse(coupling(rng)),
    "Chain": lambda rng: bijectors.Chain(coupling(rng), bijectors.Affine(0.1, 2.0), actnorm(rng)),
}
# These end in a part of the line.
BOUNDED = {
    "Exp": lambda rng: bijectors.Exp(),
    "Sigmoid": lambda rng: bijectors.Sigmoid(),
    "Tanh": lambda rng: bijectors.Tanh(),
    "Softplus": lambda rng: bijectors.Softplus(),
}
ALL = REAL | BOUNDED


def values(*results):
    """Arrays, whatever came as Tensors."""
    return tuple(x.numpy() if hasattr(x, "numpy") else np.asarray(x) for x in results)
