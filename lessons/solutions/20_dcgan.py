"""Solutions of lesson 20, DCGAN."""
import itertools

import numpy as np


def sides(side, depth):
    """floor((H + 2 - 4) / 2) + 1 = floor(H / 2), again and again: an odd side loses a half.

    The generator cannot know from floor(H / 2) whether H was odd, so it is told, as in lesson 16.
    """
    found = [side]
    for _ in range(depth):
        found.append((found[-1] + 2 * 1 - 4) // 2 + 1)
    return found


def batch_norm(h, eps):
    """One mean and one variance for each channel, over examples and places alike.

    The batch is divided by the root of its own mean square, n in the denominator.  What is
    remembered for later is to be an estimate for other examples, so there it is n - 1.
    """
    axes = tuple(range(h.ndim - 1))
    mean, variance = h.mean(axis=axes), h.var(axis=axes)
    return ((h - mean) / np.sqrt(variance + eps), 0.1 * mean,
            0.9 + 0.1 * h.var(axis=axes, ddof=1))


def chance_of_order(a, b):
    """The one-sided permutation test whose statistic is the number of pairs (Mann and Whitney).

    Only the order of the numbers counts, so no distribution has to be assumed; with five and five
    the chance is never below 1 / 252, whatever the numbers are.
    """
    values = np.concatenate([a, b])
    places = range(len(values))

    def pairs_above(chosen):
        rest = [i for i in places if i not in chosen]
        return (values[list(chosen)][:, None] > values[rest]).sum()

    seen = pairs_above(tuple(range(len(a))))
    counts = [pairs_above(chosen) for chosen in itertools.combinations(places, len(a))]
    return float(np.mean([count >= seen for count in counts]))
