"""The fused operations that training spends its time in, and the losses. From PyTorch."""
import math

import numpy as np
import torch
import torch.nn.functional as F

from tests.reference.torch_cases import case


def layers(rng):
    shapes = [((5, 3), (3, 4)), ((3,), (3, 4)), ((2, 5, 3), (3, 1)), ((0, 3), (3, 4)),
              ((1, 1), (1, 1))]
    for x, w in shapes:
        x, w, b = rng.normal(size=x), rng.normal(size=w), rng.normal(size=w[-1:])
        yield case("linear", lambda x, w, b: x @ w + b, x, w, b)
        yield case("linear", lambda x, w: x @ w, x, w)
    x, w, b = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=4)
    activations = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid,
                   "leaky_relu": lambda y: F.leaky_relu(y, 0.2)}
    for name, function in activations.items():
        yield case("linear", lambda x, w, b: function(x @ w + b), x, w, b,
                   params={"activation": name})
    x = rng.normal(size=(4, 3, 5)) * 2 + 1
    for axis in (-1, 0, 1, (0, 1), (1, 2)):
        for eps in (1e-5, 1e-3):
            yield case("normalise", lambda x: normalise(x, axis, eps), x,
                       params={"axis": axis, "eps": eps})
    yield case("normalise", lambda x: normalise(x, -1, 1e-5), np.full((2, 4), 3.0),
               params={"axis": -1, "eps": 1e-5}, note="of a constant")
    far = 1e8 + rng.normal(size=(50, 2))                # shifted, so that no digit is lost
    yield case("normalise", lambda x: normalise(x - 1e8, 0, 1e-5), far,
               params={"axis": 0, "eps": 1e-5}, note="far from 0")


def normalise(x, axis, eps):
    mean = x.mean(axis, keepdim=True)
    return (x - mean) / torch.sqrt(x.var(axis, correction=0, keepdim=True) + eps)


def probabilities(rng):
    x = rng.normal(size=(2, 3, 4)) * 2
    extreme = np.array([[1e3, 0.0, -1e3], [1e30, -1e30, 1e30], [-745.0, -746.0, -747.0], [5.0] * 3])
    for op, function in (("softmax", torch.softmax), ("log_softmax", torch.log_softmax)):
        for axis in (-1, 0, 1):
            yield case(op, lambda x: function(x, axis), x, params={"axis": axis})
        yield case(op, lambda x: function(x, -1), rng.normal(size=(3, 1)), params={"axis": -1})
        yield case(op, lambda x: function(x, -1), np.zeros((0, 3)), params={"axis": -1})
        yield case(op, lambda x: function(x, -1), extreme, params={"axis": -1}, note="extreme")
        yield case(op, lambda x: function(x, -1), np.array([[-np.inf, 0.0, 1.0]]),
                   params={"axis": -1}, note="of -inf and more")
    yield case("softmax", lambda x: torch.softmax(x, -1), np.full((1, 3), -np.inf),
               params={"axis": -1}, marks=["warns"], note="of -inf alone", value_only=True)


def losses(rng):
    for shape in ((), (5,), (3, 4), (0, 2)):
        logits, targets = np.array(rng.normal(size=shape) * 3), np.array(rng.random(shape))
        yield case("bce_with_logits", bce, logits, targets)
        yield case("bce_with_logits", bce, logits, np.asarray(targets < 0.5, np.float64),
                   fixed=(1,), note="of 0 and 1")
    infinite = np.array([np.inf, -np.inf, np.inf, -np.inf])
    sides = np.array([1.0, 0.0, 0.0, 1.0])
    yield case("bce_with_logits",
               lambda u, t: torch.where(t > 0, -F.logsigmoid(u), -F.logsigmoid(-u)), infinite,
               sides, fixed=(1,), marks=["warns"], note="infinite logits")

    for shape in ((), (5,), (3, 4), (0, 2)):
        x, loc, log_scale = (np.array(rng.normal(size=shape)) for _ in range(3))
        yield case("gaussian_nll", gaussian_nll, x, loc, log_scale)
        yield case("gaussian_nll", gaussian_nll, x, loc, np.array(-0.7), note="one scale")
    yield case("gaussian_nll", gaussian_nll, rng.normal(size=(3, 4)), rng.normal(size=(3, 4)),
               rng.normal(size=4), note="a scale for each column")
    far, scales = np.array([1e6, -1e6, 0.0, 1e-6]), np.array([-10.0, 10.0, 30.0, -15.0])
    yield case("gaussian_nll", gaussian_nll, far, np.zeros(4), scales, note="extreme")

    for rows, classes in ((5, 3), (1, 2), (4, 1), (0, 3)):
        logits, labels = rng.normal(size=(rows, classes)) * 3, rng.integers(0, classes, rows)
        yield case("softmax_cross_entropy", cross_entropy, logits, labels, fixed=(1,))
    extreme = np.array([[1e3, -1e3, 0.0], [1e30, 0.0, -1e30], [-745.0, 745.0, 0.0], [0.0] * 3])
    yield case("softmax_cross_entropy", cross_entropy, extreme, np.array([1, 0, 1, 2]), fixed=(1,),
               note="extreme")


def bce(logits, targets):
    """-log Bernoulli(t | sigmoid(u)), spelled out and held to torch's, which is silent on dt."""
    loss = -F.logsigmoid(-logits) - targets * logits
    authority = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    torch.testing.assert_close(loss, authority, rtol=1e-13, atol=1e-13)
    return loss


def gaussian_nll(x, loc, log_scale):
    z = (x - loc) * torch.exp(-log_scale)
    return z * z / 2 + log_scale + math.log(2 * math.pi) / 2


def cross_entropy(logits, labels):
    return F.cross_entropy(logits, labels, reduction="none")


def cases(rng):
    for family in (layers, probabilities, losses):
        yield from family(rng)
