"""Solutions of lesson 13, what lies between: the latent space."""
import math

import numpy as np


def along_the_sphere(a, b, t):
    """sin((1 - t) w) / sin(w) a + sin(t w) / sin(w) b, with w the angle between a and b.

    Both weights are those of a point on the unit circle between two others, and the plane through
    0, a and b cuts the sphere in a circle.  (Shoemake 1985 calls it slerp.)
    """
    w = math.acos(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
    return (math.sin((1 - t) * w) * a + math.sin(t * w) * b) / math.sin(w)


def log_of_aggregated(z, mu, sigma):
    """log (1/N) sum_n prod_j N(z_j; mu_nj, sigma_nj^2).

    Each log density is a sum over the numbers of the code.  logaddexp takes the largest out of the
    sum before it exponentiates, so that far away not every term becomes 0.
    """
    standard = (z[:, None] - mu) / sigma
    log_density = (-standard ** 2 / 2 - np.log(sigma) - math.log(2 * math.pi) / 2).sum(axis=2)
    return np.logaddexp.reduce(log_density, axis=1) - math.log(len(mu))


def alter_attribute(f, g, x, with_, without, alpha):
    """g(f(x) + alpha (mean f(with_) - mean f(without))).

    The mean over each group removes what its members do not share; the difference removes what both
    groups do.
    """
    return g(f(x) + alpha * (f(with_).mean(axis=0) - f(without).mean(axis=0)))
