"""What the tests of optimisers share: all of them, a step on a small problem, a comparison."""

import numpy as np

from scratchgen import ops, optim

EVERY = [optim.SGD, optim.Momentum, optim.RMSProp, optim.Adam, optim.AdamW]


def gradient_step(model, *optimisers):
    model.zero_grad()
    dtype = model.parameters()[0].dtype
    ops.sum(ops.square(model(np.ones((5, 3), dtype)))).backward()
    for optimiser in optimisers:
        optimiser.step()


def values(model):
    return {name: p.data.copy() for name, p in model.named_parameters()}


def assert_same(one, two):
    for name in one | two:
        np.testing.assert_array_equal(one[name], two[name])
