"""What readers may answer in lesson 07: other ways to be right, and near misses."""
import math

import numpy as np


def softmax(log_joint, axis=1):
    shares = np.exp(log_joint - log_joint.max(axis=axis, keepdims=True))
    return shares / shares.sum(axis=axis, keepdims=True)


def normed_too_late(log_weights, log_densities):
    joint = np.exp(log_weights + log_densities)
    with np.errstate(invalid="ignore"):
        return joint / joint.sum(axis=1, keepdims=True)


def log_kernels(examples, x, variance, dimensions=2):
    """log N(x; x_n, variance I) for each pair.   (M, N)"""
    squared = ((x[:, None] - examples) ** 2).sum(axis=2)
    return -squared / (2 * variance) - dimensions / 2 * math.log(2 * math.pi * variance)


def log_mean(log_each):
    largest = log_each.max(axis=1)
    return largest + np.log(np.exp(log_each - largest[:, None]).mean(axis=1))


RIGHT = {
    "responsibilities": [lambda log_w, log_n: softmax(log_w + log_n)],
    "mixture_variance": [lambda w, m, s: w @ (s ** 2 + (m - w @ m) ** 2)],
    "kernel_log_prob": [lambda examples, h, x: log_mean(log_kernels(examples, x, h ** 2))],
}

WRONG = {
    "responsibilities": [normed_too_late,
                         lambda log_w, log_n: softmax(log_n),
                         lambda log_w, log_n: softmax(log_w + log_n, axis=0),
                         lambda log_w, log_n: np.log(softmax(log_w + log_n))],
    "mixture_variance": [lambda w, m, s: w @ s ** 2,
                         lambda w, m, s: (w @ s) ** 2,
                         lambda w, m, s: w @ (s ** 2 + m ** 2),
                         lambda w, m, s: w @ (s + (m - w @ m) ** 2),
                         lambda w, m, s: w @ s ** 2 + m.var()],
    "kernel_log_prob": [
        lambda examples, h, x: log_mean(log_kernels(examples, x, h)),
        lambda examples, h, x: log_mean(log_kernels(examples, x, h ** 2, dimensions=1)),
        lambda examples, h, x: np.logaddexp.reduce(log_kernels(examples, x, h ** 2), axis=1),
        lambda examples, h, x: log_kernels(examples, x, h ** 2).mean(axis=1)],
}
