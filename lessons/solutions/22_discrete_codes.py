"""Solutions of lesson 22, discrete codes."""
import numpy as np

from scratchgen import ops


def gumbel_max(logits, u):
    """argmax of l + g, g = -log(-log u): the first alarm clock to ring.

    -log u is exponentially distributed, clock k rings at time -log(u_k) exp(-l_k), and the largest
    -log of that time is the smallest time.  Only differences of logits matter.
    """
    return (logits - np.log(-np.log(u))).argmax(axis=-1)


def straight_through_bits(u):
    """The choice forwards, its smooth stand-in backwards.

    `u > 0` is a plain array of booleans without a gradient; it takes the dtype of the sigmoid.
    """
    return ops.straight_through(u > 0, ops.sigmoid(u))


def mean_straight_through(P, s):
    """P (1 - P) (P s0 - (1 - P) s1).

    With probability P the draw is (1, 0), the slope s0 and the estimate s0 P (1 - P); otherwise it
    is (0, 1), the slope s1, and y_2 = 1 - y_1 falls with l_1: -s1 P (1 - P).
    """
    return P * (1 - P) * (P * s[0] - (1 - P) * s[1])
