"""What readers may answer in lesson 18: other ways to be right, and near misses."""
import math

import numpy as np

from scratchgen import ops


def from_p(p, q, real, fake):
    return fake + (real - fake) * p / (p + q)


def without_overflow(s):
    return np.maximum(-s, 0) + np.log1p(np.exp(-np.abs(s)))


RIGHT = {
    "best_discriminator": [from_p],
    "generator_pays": [without_overflow,
                       lambda s: ops.softplus(-s),
                       lambda s: -ops.log_sigmoid(s),
                       lambda s: ops.bce_with_logits(s, np.ones_like(s))],
    "value_of_missing_modes": [lambda K, k: k / K * math.log(k) + math.log(K)
                               - (1 + k / K) * math.log(K + k)],
}

WRONG = {
    "best_discriminator": [lambda p, q, real, fake: p / (p + q),
                           lambda p, q, real, fake: real * p / (real * p + fake * q),
                           lambda p, q, real, fake: from_p(p, q, fake, real)],
    "generator_pays": [lambda s: np.log1p(np.exp(-s)),
                       lambda s: -np.log(1 / (1 + np.exp(-s)) + 1e-12),
                       lambda s: -np.logaddexp(0, s),
                       lambda s: np.logaddexp(0, s)],
    "value_of_missing_modes": [lambda K, k: -math.log(4),
                               lambda K, k: math.log(k / (K + k)) + math.log(K / (K + k)),
                               lambda K, k: k / K * math.log(k / (K + k))],
}
