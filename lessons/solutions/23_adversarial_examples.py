"""Solutions of lesson 23, adversarial examples."""
import numpy as np


def sign_step(x, gradient, epsilon):
    """x + epsilon sign(g), cut off at black and white.

    Where the gradient is exactly 0 nothing is added; how large it is elsewhere makes no difference.
    """
    return np.clip(x + epsilon * np.sign(gradient), 0, 1)


def steepest(w, length):
    """length w / |w|_2: w . delta = |w| |delta| cos(angle) is largest where the angle is 0.

    Under this rule the pixels with large weights change most, and the score rises by length |w|_2.
    """
    return length * w / np.linalg.norm(w)


def least_epsilon(lead, w):
    """lead / |w|_1: changes of epsilon lower w . x by at most epsilon |w|_1, with -sign(w).

    Each pixel contributes epsilon |w_i|, whatever the image is.
    """
    return lead / abs(w).sum()
