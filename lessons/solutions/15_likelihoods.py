"""Solutions of lesson 15, what a pixel is likely to be: likelihoods."""
import math

import numpy as np

from scratchgen.distributions import ContinuousBernoulli


def sigma_believed(weight, pixels):
    """sqrt(weight * pixels / 2), from beta = weight * pixels / (2 sigma^2) = 1.

    The mean over pixels times pixels / (2 sigma^2) is the sum that -log p(x|z) contains, and the
    weighted divergence is multiplied by the same factor.  Every weight is honest for one sigma; the
    question is whether errors of that size are what one expects.
    """
    return math.sqrt(weight * pixels / 2)


def best_log_likelihood(errors):
    """-D/2 (log(2 pi MSE) + 1), with MSE the mean square over all images and pixels.

    At sigma^2 = MSE the quadratic term is D MSE / (2 MSE) = D / 2 for each image, whatever the
    errors are: only the normaliser still depends on them.
    """
    mse = np.square(errors).mean()
    return -errors.shape[1] / 2 * (math.log(2 * math.pi * mse) + 1)


def logit_of_mean(m):
    """Bisection: A' rises from 0 to 1, so the side on which u lies is seen from A'(u) < m.

    Each step halves the interval; sixty of them leave 400 / 2^60, far below the spacing of floats.
    Newton's method, u + (m - A'(u)) / A''(u), needs about six, but starts in the wrong place for
    extreme means, where A'' is nearly 0.
    """
    low, high = -200.0, 200.0
    for _ in range(60):
        middle = (low + high) / 2
        if float(ContinuousBernoulli(middle).mean) < m:
            low = middle
        else:
            high = middle
    return (low + high) / 2
