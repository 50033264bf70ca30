"""Scalar functions where floating point is hardest. From mpmath at 60 digits: the exact number.

PyTorch is no authority here: its softplus is the identity from 20 on, and its gelu loses the left
tail. Each function is a formula on the board, with its derivative beside it.
"""
import numpy as np
from mpmath import (atan, atanh, cosh, erf, erfc, exp, expm1, log, log1p, mp, mpf, pi, sinh, sqrt,
                    tanh)

from tests.reference.fixture import Case, direction

mp.dps = 60
SMALL = [1e-300, 1e-200, 1e-20, 1e-9, 1e-4]
LOGITS = [0.0, *SMALL, 0.5, 1.0, 10.0, 19.9, 20.1, 36.0, 37.5, 40.0, 88.0, 300.0, 700.0, 745.0, 1e3,
          1e30]
LOGITS = sorted({s * x for x in LOGITS for s in (-1.0, 1.0)})


def sigmoid(x):
    return 1 / (1 + exp(-x)) if x > 0 else exp(x) / (1 + exp(x))


def softplus(x):
    return x + log1p(exp(-x)) if x > 0 else log1p(exp(x))


def normal_cdf(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def normal_pdf(x):
    return exp(-x * x / 2) / sqrt(2 * pi)


# op: (f, df/dx, arguments).
FUNCTIONS = {
    "log_sigmoid": (lambda x: -softplus(-x), lambda x: sigmoid(-x), LOGITS),
    "softplus":    (softplus, sigmoid, LOGITS),
    "sigmoid":     (sigmoid, lambda x: sigmoid(x) * sigmoid(-x), LOGITS),
    "tanh":        (tanh, lambda x: 1 / cosh(x) ** 2, LOGITS),
    "silu":        (lambda x: x * sigmoid(x), lambda x: sigmoid(x) * (1 + x * sigmoid(-x)), LOGITS),
    "gelu":        (lambda x: x * normal_cdf(x), lambda x: normal_cdf(x) + x * normal_pdf(x),
                    [-40.0, -10.0, -6.0, -3.0, -1.0, -1e-4, -1e-20, 0.0, 1e-20, 1e-4, 1.0, 3.0, 6.0,
                     10.0, 1e30]),
    "elu":         (lambda x: x if x > 0 else expm1(x), lambda x: mpf(1) if x > 0 else exp(x),
                    [-1e30, -1e3, -40.0, -1.0, -1e-4, -1e-9, -1e-20, 1e-20, 1e-4, 1.0, 1e30]),
    "erf":         (erf, lambda x: 2 / sqrt(pi) * exp(-x * x),
                    [-30.0, -6.0, -5.5, -3.0, -1.0, -0.5, -1e-9, -1e-300, 0.0, 1e-300, 1e-20,
                     1e-4, 0.1, 0.84, 0.85, 1.0, 1.24, 1.26, 2.0, 2.8, 2.9, 4.0, 5.5, 5.9, 6.1,
                     26.0, 1e3]),
    "exp":         (exp, exp, [-800.0, -700.0, -40.0, -1e-9, 1e-300, 1e-9, 40.0, 700.0]),
    "expm1":       (expm1, exp,
                    [-800.0, -40.0, -1.0, *(-x for x in SMALL), 0.0, *SMALL, 1.0, 40.0, 700.0]),
    "log":         (log, lambda x: 1 / x,
                    [1e-300, 1e-20, 0.5, 1 - 1e-9, 1 + 1e-9, 2.0, 1e20, 1e300]),
    "log2":        (lambda x: log(x) / log(mpf(2)), lambda x: 1 / (x * log(mpf(2))),
                    [1e-300, 1e-20, 0.5, 1 + 1e-9, 2.0, 1e20, 1e300]),
    "log1p":       (log1p, lambda x: 1 / (1 + x),
                    [-1 + 1e-9, -0.5, *(-x for x in SMALL), 0.0, *SMALL, 0.5, 1e9, 1e300]),
    "sinh":        (sinh, cosh, [-700.0, -1.0, -1e-9, 1e-300, 1e-9, 1e-3, 1.0, 700.0]),
    "atan":        (atan, lambda x: 1 / (1 + x * x),
                    [-1e100, -1e9, -1.0, -1e-9, 1e-300, 1e-9, 1.0, 1e9]),
    "atanh":       (atanh, lambda x: 1 / (1 - x * x),
                    [-1 + 2.0 ** -30, -1e-9, 1e-300, 1e-9, 0.5, 1 - 2.0 ** -40]),
}
# These may be wrong by 1e-15, whatever their value. The others are right to 1e-12 of it.
ABSOLUTE = {"sigmoid", "tanh", "silu", "gelu", "erf"}


def table(function, arguments):
    """function at each argument, rounded once, to float64."""
    return np.array([float(function(mpf(x))) for x in arguments])


def cases(rng):
    for op, (function, derivative, arguments) in FUNCTIONS.items():
        x = np.array(arguments)
        slope = table(derivative, arguments)
        marks = ["special", "absolute"] if op in ABSOLUTE else ["special"]
        yield Case(op, [x], table(function, arguments), [direction(x.shape) * slope], marks=marks,
                   name=f"{op} extreme")

    # -log Bernoulli(t | sigmoid(l)) = softplus(l) - t l, in the form that does not cancel
    logits = np.repeat(LOGITS, 3)
    targets = np.tile([0.0, 0.25, 1.0], len(LOGITS))
    pairs = list(zip(map(mpf, logits), map(mpf, targets)))
    loss = np.array([float((1 - t) * softplus(u) + t * softplus(-u)) for u, t in pairs])
    slope = np.array([float((1 - t) * sigmoid(u) - t * sigmoid(-u)) for u, t in pairs])
    yield Case("bce_with_logits", [logits, targets], loss, [direction(logits.shape) * slope, None],
               marks=["special"], name="bce_with_logits extreme")
