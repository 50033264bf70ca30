"""What readers may answer in lesson 15: other ways to be right, and near misses."""
import math

import numpy as np

from scratchgen.distributions import ContinuousBernoulli, Normal


def at_the_best(errors):
    sigma = math.sqrt(np.square(errors).mean())
    return Normal(0.0, sigma).log_prob(errors).sum(axis=1).mean()


def given(mse, d):
    """-d/2 (log(2 pi MSE) + 1), whatever is taken for the MSE."""
    return -d / 2 * (np.mean(np.log(2 * math.pi * mse)) + 1)


def newton(m):
    u = 0.0
    for _ in range(200):
        p = ContinuousBernoulli(u)
        u += np.clip((m - float(p.mean)) / float(p.variance), -5, 5)
    return u


RIGHT = {
    "sigma_believed": [lambda weight, pixels: (weight * pixels / 2) ** 0.5],
    "best_log_likelihood": [at_the_best],
    "logit_of_mean": [newton],
}

WRONG = {
    "sigma_believed": [lambda weight, pixels: weight * pixels / 2,
                       lambda weight, pixels: math.sqrt(weight * pixels),
                       lambda weight, pixels: math.sqrt(weight / 2)],
    "best_log_likelihood": [
        lambda errors: given(errors.var(), errors.shape[1]),
        lambda errors: given(np.square(errors).mean(axis=0), errors.shape[1]),
        lambda errors: given(np.square(errors).mean(axis=1), errors.shape[1]),
        lambda errors: given(np.square(errors).mean(), errors.shape[1]) + errors.shape[1] / 2,
        lambda errors: at_the_best(errors) / errors.shape[1]],
    "logit_of_mean": [lambda m: math.log(m / (1 - m)), lambda m: -newton(m),
                      lambda m: newton(m) * (1 + 1e-5)],
}
