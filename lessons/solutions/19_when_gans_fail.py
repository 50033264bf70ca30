"""Solutions of lesson 19, when GANs fail."""
import numpy as np


def largest_rate(c):
    """2 c / (1 + c^2), from (1 - eta c)^2 + eta^2 < 1.

    That is -2 eta c + eta^2 c^2 + eta^2 < 0; divide by eta > 0 and solve for eta.  Without
    consensus, c = 0, no rate is left: simultaneous steps.
    """
    return 2 * c / (1 + c ** 2)


def count_modes(x, centres, sd):
    """A sample of high quality is within 3 sd of its nearest centre, and covers that mode.

    Modes that nobody is near get no sample, so the covered ones are the different numbers among
    the nearest centres of good samples.
    """
    distance = np.linalg.norm(np.asarray(x, dtype=float)[:, None] - centres, axis=2)
    good = distance.min(axis=1) <= 3 * sd
    return len(set(distance.argmin(axis=1)[good].tolist())), good.mean()


def penalty_gradient(w, x):
    """2 (n - 1) w_i x_i^2 / n, n = |w x|: the chain rule, through a slope.

    The slope of f at x has the entries w_i x_i, and it depends on w: that is why there is anything
    to differentiate.  A slope taken as a constant would give 0.
    """
    n = np.linalg.norm(w * x)
    return 2 * (n - 1) * w * x ** 2 / n
