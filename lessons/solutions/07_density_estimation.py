"""Solutions of lesson 07, what is a density, and who has one?"""
import math

import numpy as np


def responsibilities(log_weights, log_densities):
    """exp(log w_k + log N_k - log p), with log p = logaddexp over k.

    The differences are moderate numbers even where every density is below 1e-308.
    """
    log_joint = log_weights + log_densities
    return np.exp(log_joint - np.logaddexp.reduce(log_joint, axis=1)[:, None])


def mixture_variance(w, m, s):
    """E[x^2] - E[x]^2 = sum w (s^2 + m^2) - (sum w m)^2.

    It is the mean of the variances plus the variance of the means.
    """
    return (w * (s ** 2 + m ** 2)).sum() - (w * m).sum() ** 2


def kernel_log_prob(examples, h, x):
    """log (1/N) sum_n N(x; x_n, h^2 I), each exp(-|x - x_n|^2 / 2h^2) / (2 pi h^2).

    A mixture that needs no fitting; what remains to be chosen, on new examples, is h.
    """
    squared = np.square(x[:, None] - examples).sum(axis=2)
    log_each = -squared / (2 * h ** 2) - math.log(2 * math.pi * h ** 2)
    return np.logaddexp.reduce(log_each, axis=1) - math.log(len(examples))
