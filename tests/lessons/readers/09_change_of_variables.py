"""What readers may answer in lesson 09: other ways to be right, and near misses."""
import math

import numpy as np


def log_normal(z):
    return -z ** 2 / 2 - math.log(2 * math.pi) / 2


def bits(nll, pixels, levels, sign=1):
    return nll / pixels / math.log(2) + sign * math.log2(levels)


RIGHT = {
    "log_prob_of_square": [lambda x: log_normal(np.sqrt(x)) - np.log(x) / 2],
    "log_det_of_polar": [lambda p: np.log(abs(p[:, 0] * (np.cos(p[:, 1]) ** 2
                                                         + np.sin(p[:, 1]) ** 2)))],
    "bits_per_pixel": [bits],
}

WRONG = {
    "log_prob_of_square": [lambda x: log_normal(np.sqrt(x)),
                           lambda x: log_normal(np.sqrt(x)) + math.log(2),
                           lambda x: log_normal(np.sqrt(x)) - math.log(2) - np.log(x) / 2,
                           lambda x: np.exp(log_normal(np.sqrt(x)) - np.log(x) / 2)],
    "log_det_of_polar": [lambda p: p[:, 0],
                         lambda p: -np.log(p[:, 0]),
                         lambda p: np.log(p[:, 0]) / 2,
                         lambda p: np.log(np.hypot(p[:, 0], p[:, 1]))],
    "bits_per_pixel": [lambda nll, pixels, levels: bits(nll, pixels, levels, sign=-1),
                       lambda nll, pixels, levels: bits(nll, pixels, 1),
                       lambda nll, pixels, levels: bits(nll, 1, levels),
                       lambda nll, pixels, levels: nll / pixels + math.log(levels)],
}
