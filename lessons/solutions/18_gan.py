"""Solutions of lesson 18, the generative adversarial network."""
import math

import numpy as np


def best_discriminator(p, q, real, fake):
    """(real p + fake q) / (p + q): the mean label of the examples at that place.

    A share p / (p + q) of them is real and has the label `real`.  The cross-entropy is least where
    D is the mean of its labels; with the labels 1 and 0 that is p / (p + q).
    """
    return (real * p + fake * q) / (p + q)


def generator_pays(s):
    """log(1 + exp(-s)) = log(exp(0) + exp(-s)), which logaddexp computes without overflow.

    Through D itself it fails: sigmoid(-1000) is 0 in floating point, and -log 0 is infinite.
    """
    return np.logaddexp(0, -s)


def value_of_missing_modes(K, k):
    """log D* on the k modes that are made, with D* = k / (K + k), and 0 on the others.

    E_data[log D*] = (k / K) log(k / (K + k)) and E_model[log(1 - D*)] = log(K / (K + k)).  For
    k = K that is -log 4; the fewer modes, the larger, and never above 0: missing some is not
    punished much.
    """
    return k / K * math.log(k / (K + k)) + math.log(K / (K + k))
