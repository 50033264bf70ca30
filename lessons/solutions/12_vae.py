"""Solutions of lesson 12, the variational autoencoder."""
import numpy as np

from scratchgen import ops


def kl_from_log_variance(mu, log_variance):
    """1/2 sum (sigma^2 + mu^2 - 1 - log sigma^2), with sigma^2 = exp(log_variance).

    Each number of the code adds its own part, because the numbers of a code are independent under
    both distributions.  At mu = 0 and sigma = 1 every part is (1 + 0 - 1 - 0) / 2 = 0.
    """
    return (np.exp(log_variance) + mu ** 2 - 1 - log_variance).sum(axis=1) / 2


def logistic_draw(loc, scale, u):
    """u = 1 / (1 + exp(-(z - loc) / scale)) gives z = loc + scale log(u / (1 - u)).

    log(u / (1 - u)) is the noise without parameters, what epsilon is to a Gaussian.
    """
    return loc + scale * (ops.log(u) - ops.log1p(-u))


def effective_beta(weight, pixels, sigma):
    """The average times D / (2 sigma^2) is the sum that -log p(x|z) contains.

    The whole loss has to be multiplied, so the weight of the KL becomes weight D / (2 sigma^2).
    For 64 x 64 colour images and sigma = 1, 0.00025 turns out to be a beta of about 1.5.
    """
    return weight * pixels / (2 * sigma ** 2)
