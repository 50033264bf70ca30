"""What readers may answer in lesson 22: other ways to be right, and near misses."""
import numpy as np

from scratchgen import ops


def inverted(logits, u):
    """Draws by the cumulative probabilities: right ones, without any Gumbel noise."""
    P = np.exp(logits - logits.max())
    return np.searchsorted(np.cumsum(P / P.sum())[:-1], u[:, 0])


RIGHT = {
    "gumbel_max": [lambda logits, u: (-np.log(u) * np.exp(-logits)).argmin(axis=1)],
    "straight_through_bits": [lambda u: ops.straight_through(u.data > 0, ops.sigmoid(u))],
    "mean_straight_through": [lambda P, s: P * P * (1 - P) * s[0] - (1 - P) * P * (1 - P) * s[1]],
}

WRONG = {
    "gumbel_max": [inverted,
                   lambda logits, u: (logits + np.log(-np.log(u))).argmax(axis=1),
                   lambda logits, u: (logits - np.log(u)).argmax(axis=1),
                   lambda logits, u: (logits + u).argmax(axis=1),
                   lambda logits, u: (logits - np.log(-np.log(u))).argmax(axis=1) + 1],
    "straight_through_bits": [lambda u: ops.straight_through(u >= 0, ops.sigmoid(u)),
                              lambda u: ops.straight_through(u > 0, u),
                              lambda u: ops.sigmoid(u)],
    "mean_straight_through": [lambda P, s: P * (1 - P) * (P * s[0] + (1 - P) * s[1]),
                              lambda P, s: P * (1 - P) * ((1 - P) * s[0] - P * s[1]),
                              lambda P, s: P * s[0] - (1 - P) * s[1]],
}
