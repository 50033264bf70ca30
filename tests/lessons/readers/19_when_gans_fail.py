"""What readers may answer in lesson 19: other ways to be right, and near misses."""
import numpy as np

import scratchgen as sg
from scratchgen import ops


def by_hits(x, centres, sd, reach=3):
    """A mode is covered by what is near it; nothing is near two."""
    near = np.square(x[:, None] - centres).sum(axis=2) <= (reach * sd) ** 2
    return near.any(axis=0).sum(), near.any(axis=1).mean()


def in_boxes(x, centres, sd):
    near = (np.abs(x[:, None] - centres) <= 3 * sd).all(axis=2)
    return near.any(axis=0).sum(), near.any(axis=1).mean()


def of_any_quality(x, centres, sd):
    nearest = np.square(x[:, None] - centres).sum(axis=2).argmin(axis=1)
    return len(set(nearest.tolist())), by_hits(x, centres, sd)[1]


def in_percent(x, centres, sd):
    modes, quality = by_hits(x, centres, sd)
    return modes, 100 * quality


def by_engine(w, x):
    return sg.grad(lambda w: ops.square(ops.norm(w * x) - 1))(w)


RIGHT = {
    "largest_rate": [lambda c: 2 / (c + 1 / c)],
    "count_modes": [by_hits],
    "penalty_gradient": [by_engine, lambda w, x: 2 * w * x ** 2 * (1 - 1 / np.linalg.norm(w * x))],
}

WRONG = {
    "largest_rate": [lambda c: 2 / c, lambda c: 2 * c, lambda c: c / (1 + c * c)],
    "count_modes": [in_boxes, of_any_quality, in_percent,
                    lambda x, centres, sd: by_hits(x, centres, sd, reach=2)],
    "penalty_gradient": [lambda w, x: by_engine(w, x) / 2,
                         lambda w, x: by_engine(w, x) * (1 + 1e-6),
                         lambda w, x: 2 * (np.linalg.norm(w * x) - 1) * x,
                         lambda w, x: 0 * w],
}
