"""Numbers to test against: integrals on a grid, Gauss-Hermite means, bits by enumeration."""
import itertools

import numpy as np


def integrate(f, loc, scale, width=12.0, points=20001):
    """The integral of f over loc -+ width scale, by the trapezoidal rule.

    For a function that has died away at both ends, with all its derivatives, the rule is exact to
    rounding (Euler-Maclaurin).
    """
    x = np.linspace(loc - width * scale, loc + width * scale, points)
    return np.trapezoid(f(x), x)


def normal_mean(f, loc, scale, order=60):
    """E[f(x)] for x ~ N(loc, scale^2): exact for polynomials below degree 2 * order."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(order)
    return np.sum(weights * f(loc + scale * nodes)) / np.sqrt(2 * np.pi)


def all_bits(n):
    """The 2^n vectors of n bits.   (2^n, n)"""
    return np.array(list(itertools.product([0.0, 1.0], repeat=n)))


def ks_distance(samples, cdf):
    """sup |empirical CDF - cdf|, the statistic of Kolmogorov and Smirnov."""
    x = np.sort(samples)
    exact = cdf(x)
    n = len(x)
    steps = np.arange(n + 1) / n
    return max(np.max(steps[1:] - exact), np.max(exact - steps[:-1]))


def ks_limit(n, false_alarm_rate=1e-9):
    """The distance that n true samples exceed with at most this probability.

    P(distance > e) <= 2 exp(-2 n e^2): Dvoretzky, Kiefer and Wolfowitz with Massart's constant.
    """
    return np.sqrt(np.log(2 / false_alarm_rate) / (2 * n))
