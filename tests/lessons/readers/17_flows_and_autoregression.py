"""What readers may answer in lesson 17: other ways to be right, and near misses."""
import math

import numpy as np

from scratchgen.distributions import Normal


def completed(probabilities, known, d, n, rng, draw, behind=0.0):
    """One pixel after the other; behind the known ones stands what is given at first."""
    x = np.full((n, d), behind)
    x[:, :len(known)] = known
    for i in range(len(known), d):
        x[:, i] = draw(probabilities(x)[:, i], rng)
    return x


def coin(p, rng):
    return rng.random(p.shape) < p


def at_once(probabilities, known, d, n, rng):
    x = np.zeros((n, d))
    x[:, :len(known)] = known
    x[:, len(known):] = coin(probabilities(x), rng)[:, len(known):]
    return x


def layer_by_layer(kernel, dilations):
    r = 1
    for d in dilations:
        r += (kernel - 1) * d
    return r


def as_gaussians(scale_and_shift, x):
    s, t = scale_and_shift(x)
    return Normal(t, np.exp(s)).log_prob(x).sum(axis=1)


RIGHT = {
    "complete": [lambda *given: completed(*given, draw=coin),
                 lambda *given: completed(*given, draw=coin, behind=1.0),
                 lambda *given: completed(*given, draw=lambda p, rng: rng.binomial(1, p))],
    "receptive_field": [layer_by_layer],
    "log_prob_of_flow": [as_gaussians],
}

WRONG = {
    "complete": [at_once, lambda *given: completed(*given, draw=lambda p, rng: p > 0.5),
                 lambda *given: completed(*given, draw=lambda p, rng: p),
                 lambda *given: completed(*given, draw=lambda p, rng: ~coin(p, rng))],
    "receptive_field": [lambda kernel, dilations: 1 + sum(dilations),
                        lambda kernel, dilations: kernel * sum(dilations),
                        lambda kernel, dilations: (kernel - 1) * sum(dilations),
                        lambda kernel, dilations: kernel ** len(dilations)],
    "log_prob_of_flow": [
        lambda f, x: as_gaussians(f, x) + 2 * f(x)[0].sum(axis=1),
        lambda f, x: as_gaussians(f, x) + f(x)[0].sum(axis=1),
        lambda f, x: as_gaussians(f, x) + x.shape[1] * math.log(2 * math.pi) / 2,
        lambda f, x: as_gaussians(lambda x: f(x)[::-1], x)],
}
