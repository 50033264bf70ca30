"""Solutions of lesson 08, the Gaussian sampler."""
import math

import numpy as np


def cholesky_2x2(a, b, c):
    """[[sqrt a, 0], [b / sqrt a, sqrt(c - b^2 / a)]].

    Under the last root is the variance of the second coordinate, less what the first explains.
    """
    root = math.sqrt(a)
    return np.array([[root, 0.0], [b / root, math.sqrt(c - b ** 2 / a)]])


def second_given_first(mu, sigma, x1):
    """z1 = (x1 - mu1) / L11 is known, so x2 = mu2 + L21 z1 + L22 z2 with only z2 random.

    Its mean is mu2 + L21 z1 and its variance L22^2, whatever x1 was.
    """
    factor = cholesky_2x2(sigma[0, 0], sigma[0, 1], sigma[1, 1])
    z1 = (x1 - mu[0]) / factor[0, 0]
    return mu[1] + factor[1, 0] * z1, factor[1, 1] ** 2


def gaussian_entropy(sigma):
    """-E[log p] = D/2 log(2 pi) + E|z|^2 / 2 + log |det L|, and E|z|^2 = D.

    The logarithm of the determinant is a sum over the diagonal of L, which cannot overflow.
    """
    d = len(sigma)
    return d / 2 * math.log(2 * math.pi * math.e) + np.log(
        np.diag(np.linalg.cholesky(sigma))).sum()
