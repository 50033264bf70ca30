"""What readers may answer in lesson 13: other ways to be right, and near misses."""
import math

import numpy as np

from scratchgen.distributions import Independent, Mixture, Normal


def by_rotation(a, b, t):
    """In the plane of a and b, t times the angle between them away from a."""
    r = np.linalg.norm(a)
    u = a / r
    v = b - (b @ u) * u
    w = t * math.acos(a @ b / r ** 2)
    return r * (math.cos(w) * u + math.sin(w) * v / np.linalg.norm(v))


def straight_and_stretched(a, b, t):
    z = (1 - t) * a + t * b
    return z / np.linalg.norm(z) * np.linalg.norm(a)


def from_library(z, mu, sigma):
    return Mixture(logits=np.zeros(len(mu)),
                   components=Independent(Normal(mu, sigma), 1)).log_prob(z)


def cloud_by_cloud(z, mu, sigma):
    total = np.full(len(z), -np.inf)
    for m, s in zip(mu, sigma):
        total = np.logaddexp(total, Normal(m, s).log_prob(z).sum(axis=1))
    return total - math.log(len(mu))


def moved(f, g, x, with_, without, alpha):
    return g(f(x) + alpha * (np.mean(f(with_), axis=0) - np.mean(f(without), axis=0)))


RIGHT = {
    "along_the_sphere": [by_rotation],
    "log_of_aggregated": [from_library, cloud_by_cloud],
    "alter_attribute": [lambda f, g, x, with_, without, alpha:
                        g(f(x) - alpha * (f(without).mean(axis=0) - f(with_).mean(axis=0)))],
}

WRONG = {
    "along_the_sphere": [straight_and_stretched, lambda a, b, t: (1 - t) * a + t * b,
                         lambda a, b, t: by_rotation(b, a, t)],
    "log_of_aggregated": [
        lambda z, mu, sigma: from_library(z, mu, sigma ** 2),
        lambda z, mu, sigma: from_library(z, 0 * mu, sigma),
        lambda z, mu, sigma: from_library(z, mu, sigma) + math.log(len(mu)),
        lambda z, mu, sigma: np.log(np.exp(from_library(z, mu, sigma)))],
    "alter_attribute": [
        lambda f, g, x, with_, without, alpha: moved(f, g, x, without, with_, alpha),
        lambda f, g, x, with_, without, alpha: moved(f, g, x, with_, x, alpha),
        lambda f, g, x, with_, without, alpha: moved(f, g, x, with_, without, 1)],
}
