"""What readers may answer in lesson 08: other ways to be right, and near misses."""
import math

import numpy as np


def cholesky(a, b, c):
    return np.linalg.cholesky(np.array([[a, b], [b, c]]))


def symmetric_root(a, b, c):
    variances, U = np.linalg.eigh(np.array([[a, b], [b, c]]))
    return (U * np.sqrt(variances)) @ U.T


def regression(mu, sigma, x1, slope=lambda s: s[0, 1] / s[0, 0],
               variance=lambda s: s[1, 1] - s[0, 1] ** 2 / s[0, 0]):
    return mu[1] + slope(sigma) * (x1 - mu[0]), variance(sigma)


def correlation(sigma):
    return sigma[0, 1] / math.sqrt(sigma[0, 0] * sigma[1, 1])


def entropy(sigma, log_det=lambda s: np.linalg.slogdet(s)[1], each=math.log(2 * math.pi * math.e)):
    return (len(sigma) * each + log_det(sigma)) / 2


RIGHT = {
    "cholesky_2x2": [cholesky],
    "second_given_first": [
        regression,
        lambda mu, sigma, x1: np.array(regression(mu, sigma, x1)),
        lambda mu, sigma, x1: regression(mu, sigma, x1,
                                         variance=lambda s: 1 / np.linalg.inv(s)[1, 1])],
    "gaussian_entropy": [
        entropy, lambda sigma: entropy(sigma, lambda s: np.log(np.linalg.eigvalsh(s)).sum())],
}

WRONG = {
    "cholesky_2x2": [symmetric_root,
                     lambda a, b, c: cholesky(a, b, c).T,
                     lambda a, b, c: np.array([[math.sqrt(a), 0.0], [b, math.sqrt(c)]])],
    "second_given_first": [
        lambda mu, sigma, x1: regression(mu * [0, 1], sigma, x1),
        lambda mu, sigma, x1: regression(mu, sigma, x1, slope=correlation),
        lambda mu, sigma, x1: regression(
            mu, sigma, x1, lambda s: correlation(s) / math.sqrt(s[0, 0]),   # right where the other
            lambda s: 1 - correlation(s) ** 2),                             # variance is 1
        lambda mu, sigma, x1: regression(mu, sigma, x1, variance=lambda s: s[1, 1]),
        lambda mu, sigma, x1: (regression(mu, sigma, x1)[0], regression(mu, sigma, x1)[1] ** 0.5)],
    "gaussian_entropy": [lambda sigma: entropy(sigma, lambda s: math.log(np.linalg.det(s))),
                         lambda sigma: entropy(sigma, each=math.log(2 * math.pi)),
                         lambda sigma: entropy(sigma, lambda s: 2 * np.linalg.slogdet(s)[1]),
                         lambda sigma: entropy(sigma, lambda s: np.log(np.diag(s)).sum())],
}
