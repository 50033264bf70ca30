"""What readers may answer in lesson 20: other ways to be right, and near misses."""
import itertools

import numpy as np


def normalised(h, eps, momentum=0.1, n_inside=0, n_outside=1):
    """n_...: what is subtracted from n for the variance that divides, and for the running one."""
    axes = tuple(range(h.ndim - 1))
    mean = h.mean(axis=axes)
    return ((h - mean) / np.sqrt(h.var(axis=axes, ddof=n_inside) + eps), momentum * mean,
            1 - momentum + momentum * h.var(axis=axes, ddof=n_outside))


def in_rows(h, eps):
    y, mean, variance = normalised(h.reshape(-1, h.shape[-1]), eps)
    return y.reshape(h.shape), mean, variance


def by_sum_of_ranks(a, b):
    """As many pairs as the sum of ranks is above its least (Mann and Whitney)."""
    ranks = np.concatenate([a, b]).argsort().argsort()
    seen = ranks[:len(a)].sum()
    sums = [ranks[list(c)].sum() for c in itertools.combinations(range(len(ranks)), len(a))]
    return np.mean(np.array(sums) >= seen)


def by_means(a, b):
    both = np.concatenate([a, b])
    sums = [both[list(c)].sum() for c in itertools.combinations(range(len(both)), len(a))]
    return np.mean(np.array(sums) >= a.sum() - 1e-9)


RIGHT = {
    "sides": [lambda side, depth: [side >> k for k in range(depth + 1)],
              lambda side, depth: np.array([side // 2 ** k for k in range(depth + 1)])],
    "batch_norm": [in_rows],
    "chance_of_order": [by_sum_of_ranks],
}

WRONG = {
    "sides": [lambda side, depth: [side / 2 ** k for k in range(depth + 1)],
              lambda side, depth: [-(-side // 2 ** k) for k in range(depth + 1)],
              lambda side, depth: [side // 2 ** k for k in range(1, depth + 1)]],
    "batch_norm": [lambda h, eps: normalised(h, eps, n_outside=0),
                   lambda h, eps: normalised(h, eps, n_inside=1),
                   lambda h, eps: normalised(h, eps, momentum=0.9),
                   lambda h, eps: normalised(h, 1e-5)],
    "chance_of_order": [by_means,
                        lambda a, b: 1 - by_sum_of_ranks(a, b),
                        lambda a, b: by_sum_of_ranks(a, b) / 2,
                        lambda a, b: by_sum_of_ranks(b, a)],
}
