"""What readers may answer in lesson 04: other ways to be right, and near misses."""
import math

import numpy as np


def relu(x):
    return np.maximum(x, 0)


def small(x):
    """log(1 + exp(-|x|))"""
    return np.log1p(np.exp(-np.abs(x)))


def adamw(p, g, t, m, v, lr, decay, gradient=0.0, before=0.0, with_step=0.0, after=0.0):
    """Adam, with a decay in the gradient, before the step, with it, or after it."""
    g = g + gradient * decay * p
    p = (1 - before * decay) * p
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g ** 2
    step = m / (1 - 0.9 ** t) / (np.sqrt(v / (1 - 0.999 ** t)) + 1e-8)
    return (1 - after * decay) * (p - lr * (step + with_step * decay * p)), m, v


def adamw_in_place(p, g, t, m, v, lr, decay):
    m *= 0.9
    m += 0.1 * g
    v *= 0.999
    v += 0.001 * g ** 2
    p *= 1 - lr * decay
    p -= lr * m / (1 - 0.9 ** t) / (np.sqrt(v / (1 - 0.999 ** t)) + 1e-8)
    return p, m, v


RIGHT = {
    "logistic_loss": [
        lambda x, t: t * np.logaddexp(0, -x) + (1 - t) * np.logaddexp(0, x),
        lambda x, t: t * relu(-x) + (1 - t) * relu(x) + small(x)],
    "leaky_spread": [lambda inputs, slope: math.sqrt(2 / inputs / (1 + slope * slope))],
    "adamw": [lambda *args: adamw(*args, with_step=1), adamw_in_place],
    "blind_logits": [lambda labels, K: np.log(np.bincount(labels)),
                     lambda labels, K: list(np.log(np.bincount(labels) / len(labels)))],
}

WRONG = {
    "logistic_loss": [
        lambda x, t: -t * np.log(1 / (1 + np.exp(-x))) - (1 - t) * np.log(1 / (1 + np.exp(x))),
        lambda x, t: np.log1p(np.exp(x)) - t * x,               # overflows
        lambda x, t: np.logaddexp(0, x) - t * x,                # loses digits where t = 1
        lambda x, t: np.logaddexp(0, -x) + (1 - t) * x,         # loses them where t = 0
        lambda x, t: relu(x) - t * x + np.log(1 + np.exp(-np.abs(x)))],
    "leaky_spread": [lambda inputs, slope: math.sqrt(2 / inputs),
                     lambda inputs, slope: math.sqrt(2 / inputs / (1 + slope)),
                     lambda inputs, slope: 2 / inputs / (1 + slope * slope)],
    "adamw": [adamw,                                            # no decay
              lambda *args: adamw(*args, gradient=1),           # Adam with weight decay
              lambda *args: adamw(*args, before=1),             # lr forgotten
              lambda *args: adamw(*args, after=0.1)],           # after the step (lr is 0.1)
    "blind_logits": [lambda labels, K: np.zeros(K),
                     lambda labels, K: np.bincount(labels) / len(labels),
                     lambda labels, K: -np.log(np.bincount(labels) / len(labels))],
}
