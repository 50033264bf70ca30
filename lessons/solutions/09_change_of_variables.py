"""Solutions of lesson 09, change of variables."""
import math

import numpy as np


def log_prob_of_square(x):
    """z = sqrt(x) and z = -sqrt(x) both give x, each with |f'(z)| = 2 sqrt(x) and the same density.

    So p(x) = 2 N(sqrt x; 0, 1) / (2 sqrt x) = exp(-x / 2) / sqrt(2 pi x), which is chi-square with
    one degree of freedom.
    """
    return -x / 2 - np.log(2 * math.pi * x) / 2


def log_det_of_polar(points):
    """det [[cos a, -r sin a], [sin a, r cos a]] = r (cos^2 a + sin^2 a) = r.

    A small rectangle dr da becomes one with the sides dr and r da.
    """
    return np.log(points[:, 0])


def bits_per_pixel(nll, pixels, levels):
    """-log P = NLL + D log L, over D pixels, and log 2 nats are a bit.

    The density is one of numbers in [0, 1); scaled to levels that are 1 apart it is L^D times
    lower.
    """
    return (nll / pixels + math.log(levels)) / math.log(2)
