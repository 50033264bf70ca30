"""Solutions of lesson 10, the Kullback-Leibler divergence."""
import math

import numpy as np


def kl_of_letters(p, q):
    """Letters that are never sent drop out first, so neither 0 log 0 nor 0 / 0 is ever computed.

    Of those that remain each must have q > 0, or the price has no bound.
    """
    sent = p > 0
    p, q = p[sent], q[sent]
    return math.inf if (q == 0).any() else float((p * np.log(p / q)).sum())


def kl_of_gaussians(mu_p, sigma_p, mu_q, sigma_q):
    """log(sigma_q / sigma_p) + (sigma_p^2 + (mu_p - mu_q)^2) / (2 sigma_q^2) - 1/2.

    The belief's sigma divides: an error of the mean is dear if the belief was sure of itself.
    """
    squares = sigma_p ** 2 + (mu_p - mu_q) ** 2
    return math.log(sigma_q / sigma_p) + squares / (2 * sigma_q ** 2) - 0.5


def terms_that_are_never_negative(log_p, log_q):
    """(r - 1) - log r with r = q / p: r - 1 has mean 0 under p, and log r <= r - 1.

    expm1 keeps the digits of r - 1 where p and q nearly agree, as the two parts almost cancel
    there.
    """
    log_r = log_q - log_p
    return np.expm1(log_r) - log_r
