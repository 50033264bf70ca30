"""One latent dimension, where every expectation over z is a sum over Gauss-Hermite points."""
import numpy as np

import scratchgen as sg
from scratchgen.distributions import Independent, Normal, StandardNormal

SIGMA = 0.6
W = np.array([[0.8, -0.5, 0.3]])                # (Z, D)
B = np.array([0.1, -0.2, 0.3])
X = np.array([0.5, -0.9, 1.0])


def log_evidence(x=X):
    """log N(x; b, W^T W + s^2 I)"""
    covariance, r = W.T @ W + SIGMA ** 2 * np.eye(3), x - B
    return -0.5 * (r @ np.linalg.inv(covariance) @ r + np.linalg.slogdet(2 * np.pi * covariance)[1])


def posterior(x=X):
    """(loc, scale) of p(z|x), by Bayes' rule."""
    precision = 1 + np.sum(W ** 2) / SIGMA ** 2
    return (x - B) @ W[0] / SIGMA ** 2 / precision, precision ** -0.5


def log_weight(z, loc, scale):
    """log p(x|z) p(z) / q(z), in plain NumPy, for an array of z."""
    def log_normal(x, m, s):
        return -0.5 * ((x - m) / s) ** 2 - np.log(s) - 0.5 * np.log(2 * np.pi)

    mean = np.asarray(z)[..., None] * W[0] + B
    return log_normal(X, mean, SIGMA).sum(-1) + log_normal(z, 0, 1) - log_normal(z, loc, scale)


class Toy:
    """z ~ N(0, 1),  x|z ~ N(z W + b, s^2 I), and a q(z|x) that is what it is told to be.

    `copies` of the same example have a q each, so that gradients come out draw by draw.
    """

    prior = Independent(StandardNormal(1, like=np.zeros(())), 1)

    def __init__(self, loc, log_scale, copies=1):
        self.loc, self.log_scale = (sg.Tensor(np.full((copies, 1), value), requires_grad=True)
                                    for value in (loc, log_scale))
        self.weight = sg.Tensor(W, requires_grad=True)
        self.x = np.tile(X, (copies, 1))

    def encode(self, x):
        return Independent(Normal(self.loc, log_scale=self.log_scale), 1)

    def decode(self, z):
        return Independent(Normal(sg.ops.matmul(z, self.weight) + B, SIGMA), 1)


class Replay(np.random.Generator):
    """A generator whose next normal numbers are given."""

    def __init__(self, noise):
        super().__init__(np.random.PCG64(0))
        self.noise = noise

    def standard_normal(self, size):
        return self.noise.reshape(size)


def grid(k, order):
    """Gauss-Hermite points in k dimensions, (k, order^k), and their weights, which sum to 1."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(order)
    weights = weights / weights.sum()
    points = np.stack([a.ravel() for a in np.meshgrid(*[nodes] * k, indexing="ij")])
    mass = np.ones(1)
    for _ in range(k):
        mass = np.outer(mass, weights).ravel()
    return points, mass
