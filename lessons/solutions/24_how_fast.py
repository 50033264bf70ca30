"""Solutions of lesson 24, how fast?"""
import math

import numpy as np


def crossover(cpu, gpu, move):
    """a_c + b_c n = a_g + (b_g + move) n, solved for n.

    If the GPU's line is not flatter there is no size from which it wins: it never catches up or,
    where it starts lower, it wins up to some size only.
    """
    head_start, gain = gpu[0] - cpu[0], cpu[1] - gpu[1] - move
    if head_start <= 0 and gain >= 0:
        return 0
    return head_start / gain if gain > 0 else math.inf


def least_seconds(operations, size, peak, bandwidth):
    """The roofline as a time: operations and bytes overlap, so the slower of the two counts.

    Divide operations by it and you have min(peak, intensity * bandwidth).
    """
    return max(operations / peak, size / bandwidth)


def times_as_long(a, b):
    """The median of the ratios of neighbours in time, which share the state of the machine.

    An interruption spoils one ratio, and the median does not care for a few spoilt ones.  The ratio
    of the two medians is nearly as good, until a drift in the middle puts one median before it and
    the other behind.
    """
    return np.median(np.asarray(b) / np.asarray(a))
