"""Means of importance weights, their logarithm, its error, and when not to believe either.

Weights span hundreds of orders of magnitude, so everything here takes their logarithms.  Draws are
along the first axis; what is done is done for each column by itself.
"""
import math
from statistics import NormalDist

from ..autodiff import ops
from ..distributions import Estimate

FALSE_ALARM_RATE = 1e-9         # of one comparison: 200 of them raise one false alarm in 5e6 runs
ENOUGH_DRAWS = 100              # effective ones, below which the log of a mean is not trusted
# The error of a few skewed numbers is often too small: the mean of 100 chi-squares is off by 6.1 of
# its errors once in 10,000 times.
ENOUGH_FOR_AN_ERROR = 1000


def critical_value(comparisons=1):
    """z with P(abs(Z) > z) = 1e-9 / comparisons for a standard normal Z: 6.1 for 1, 6.8 for 100.

    How many standard errors a right estimate may be off, wherever this package compares one.
    """
    return -NormalDist().inv_cdf(FALSE_ALARM_RATE / comparisons / 2)


def effective_sample_size(log_weights):
    """(sum_i w_i)^2 / sum_i w_i^2: how many equal weights are as good.   (n, ...) -> (...)

    n if all weights are equal, 1 if one outweighs the others (Kong 1992).  It sees only the
    weights that were drawn: where the draws miss the place that matters altogether, it is too
    large.
    """
    # of weights over the largest: the logarithms may be so large that rounding is all of the rest
    log_w = log_weights - ops.max(log_weights, axis=0, keepdims=True)
    return ops.exp(2 * ops.logsumexp(log_w, axis=0) - ops.logsumexp(2 * log_w, axis=0))


def log_mean_exp(log_weights):
    """log (1/n) sum_i w_i as an Estimate of log E[w].   (n, ...) -> two arrays (...)

    The standard error is that of the mean divided by the mean (the delta method), which is nothing
    but the effective sample size:

        error^2 = Var[w] / (n E[w]^2) = (1/ESS - 1/n) n / (n - 1)

    The next term of the same expansion is the bias, -error^2 / 2: the log of a mean is too low, by
    0.005 nats for an ESS of 100.  For much smaller ones neither term says anything.
    """
    n = _draws("log_mean_exp", log_weights)
    value = ops.logsumexp(log_weights, axis=0) - math.log(n)
    excess = n / effective_sample_size(log_weights) - 1             # Var[w] / E[w]^2, with 1/n
    return Estimate(value, ops.sqrt(ops.maximum(excess, 0.0) / (n - 1)))


def mean(values):
    """(1/n) sum_i v_i as an Estimate of E[v], with the error sqrt(Var[v] / n).   (n, ...)"""
    n = _draws("mean", values)
    return Estimate(ops.mean(values, axis=0), ops.std(values, axis=0, correction=1) / math.sqrt(n))


def over_examples(estimate):
    """The mean of independent estimates, as one Estimate of two numbers: errors add as squares."""
    n = math.prod(estimate.value.shape)
    error = math.sqrt(float(ops.sum(ops.square(estimate.standard_error)))) / n
    return Estimate(float(ops.mean(estimate.value)), error)


def _draws(what, values):
    n = values.shape[0]
    if n < 2:
        raise ValueError(f"{what}: a standard error needs two draws\n  expected  n >= 2\n"
                         f"  got       n = {n}")
    return n
