"""Log-densities, entropies and divergences.

Moderate parameters from torch.distributions, with gradients. Extreme ones from mpmath at 60 digits,
since PyTorch's Bernoulli loses the small probability beyond a logit of 37.
"""
import numpy as np
import torch
from mpmath import log, mpf, pi, sqrt
from torch.distributions import Bernoulli, Normal, kl_divergence

from tests.reference.cases_special import LOGITS, sigmoid, softplus
from tests.reference.fixture import Case
from tests.reference.torch_cases import case

SHAPES = [((), (), ()), ((5,), (5,), (5,)), ((4, 3), (3,), ()), ((2, 1, 3), (4, 1), (1,)),
          ((0, 2), (2,), (2,))]


def moderate(rng):
    for shapes in SHAPES:
        x, loc, scale = (np.array(rng.normal(size=shape)) for shape in shapes)
        scale = np.exp(scale)
        yield case("normal.log_prob", lambda x, m, s: Normal(m, s, False).log_prob(x), x, loc,
                   scale)
        yield case("normal.entropy", lambda m, s: Normal(m, s, False).entropy(), loc, scale)
        other, width = np.array(rng.normal(size=shapes[0])), np.exp(rng.normal(size=shapes[1]))
        yield case("normal.kl",
                   lambda m, s, n, t: kl_divergence(Normal(m, s, False), Normal(n, t, False)), loc,
                   scale, other, width)
        p, q = (np.array(rng.normal(size=shape) * 3) for shape in shapes[:2])
        bits = np.asarray(rng.random(shapes[0]) < 0.5, np.float64)
        yield case("bernoulli.log_prob",
                   lambda x, p: Bernoulli(logits=p, validate_args=False).log_prob(x), bits, p,
                   fixed=(0,))
        yield case("bernoulli.entropy",
                   lambda p: Bernoulli(logits=p, validate_args=False).entropy(), p)
        yield case("bernoulli.kl", bernoulli_kl, p, q)


def bernoulli_kl(p, q):
    p, q = (Bernoulli(logits=u, validate_args=False) for u in torch.broadcast_tensors(p, q))
    return kl_divergence(p, q)


def exactly(op, function, columns, note="extreme"):
    """The case op(*columns): function of mpmath numbers, entry by entry, rounded once."""
    columns = [np.array(column, np.float64) for column in columns]
    output = [float(function(*map(mpf, row))) for row in zip(*columns)]
    return Case(op, columns, np.array(output), [None] * len(columns), marks=["special"],
                name=f"{op} {note}")


def normal_log_prob(x, m, s):
    return -((x - m) / s) ** 2 / 2 - log(s) - log(2 * pi) / 2


def normal_entropy(m, s):
    return log(s * sqrt(2 * pi)) + mpf(1) / 2


def normal_kl(m, s, n, t):
    return log(t / s) + (s * s + (m - n) ** 2) / (2 * t * t) - mpf(1) / 2


def log_sigmoid(u):
    return -softplus(-u)


def extreme():
    sizes = [1e-100, 1e-8, 1e-3, 1.0, 1e3, 1e8, 1e100]
    points = [-1e8, -30.0, -1e-8, 0.0, 0.5, 8.0, 1e8]
    grid = [(x * s + m, m, s) for x in points for s in sizes for m in (0.0, 1.0)
            if s > 1e-9 or m == 0]
    yield exactly("normal.log_prob", normal_log_prob, zip(*grid))
    yield exactly("normal.entropy", normal_entropy, ([0.0] * len(sizes), sizes))
    pairs = [(m, s, 0.0, t) for m in (0.0, 1e-6, 3.0, 1e6)
             for s in sizes[1:-1] for t in sizes[1:-1]]
    yield exactly("normal.kl", normal_kl, zip(*pairs))
    close = [(0.0, 1.0, d, 1.0 + d) for d in (0.0, 1e-9, 1e-6, 1e-3)]
    yield exactly("normal.kl", normal_kl, zip(*close), "almost equal")

    yield exactly("bernoulli.log_prob", lambda x, u: log_sigmoid(u) if x else log_sigmoid(-u),
                  ([1.0] * len(LOGITS) + [0.0] * len(LOGITS), LOGITS * 2))
    yield exactly("bernoulli.entropy",
                  lambda u: sigmoid(u) * softplus(-u) + sigmoid(-u) * softplus(u), (LOGITS,))
    some = [-1e3, -300.0, -40.0, -20.0, -1.0, 0.0, 1e-6, 1.0, 20.0, 40.0, 300.0, 1e3]
    pairs = [(u, v) for u in some for v in some]
    yield exactly("bernoulli.kl", lambda u, v: sigmoid(u) * (log_sigmoid(u) - log_sigmoid(v))
                  + sigmoid(-u) * (log_sigmoid(-u) - log_sigmoid(-v)), zip(*pairs))


def cases(rng):
    yield from moderate(rng)
    yield from extreme()
