"""Solutions of lesson 14, how good is it?"""
import numpy as np


def importance_bound(log_w):
    """log (1/k) sum_i w_i, from log w_i.

    logaddexp takes the largest term out of the sum before it exponentiates, so that a weight of
    exp(-10000) is still a weight beside others like it.
    """
    return np.logaddexp.reduce(log_w, axis=0) - np.log(len(log_w))


def area_under_the_curve(inside, outside):
    """P(outlier > digit) + P(equal) / 2, by looking at every pair.

    This takes M N comparisons; the library sorts instead, which gives the same number (the
    statistic of Mann and Whitney) in M log N.
    """
    higher, equal = inside[:, None] < outside, inside[:, None] == outside
    return (higher + 0.5 * equal).mean()


def effective_beta(pixels, weight, latent, mean_kl):
    """pixels / weight, or pixels / (weight latent) for a mean KL.

    The loss is weight / pixels times -log p(x|z), so pixels / weight times the loss has it once,
    and the KL pixels / weight times.  A mean over the code divides that by its length.
    """
    return pixels / weight / (latent if mean_kl else 1)
