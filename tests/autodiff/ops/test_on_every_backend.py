"""Second derivatives on every backend, and no op that waits for the GPU behind one's back.

Values and first derivatives on every backend are in test_table.py.
"""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen.autodiff import ops
from tests.autodiff.ops.test_table import (differentiable, direction, every_gradient, every_op,
                                           leaves, moved)
from tests.support import fake_cupy
from tests.support.backends import backend


def second_derivatives(row, inputs, params, seed, asarray):
    """d/dx of <v, dL/dx> for fixed directions v, by backpropagation through backpropagation."""
    tensors = leaves(inputs)
    row(tensors, params).backward(asarray(seed), create_graph=True)
    variables = [t for t in tensors if isinstance(t, sg.Tensor)]
    total = sum(ops.sum(sg.Tensor(asarray(direction(t.shape, start=2.0 + i))) * t.grad)
                for i, t in enumerate(variables))
    for t in variables:
        t.zero_grad()
    if total.requires_grad:
        total.backward()
    return [t.grad for t in variables]


@every_gradient
def test_second_derivatives_agree_with_numpy(row, xp_backend):
    if row.makes == "float64" and "float64" not in xp_backend.dtypes:
        pytest.skip("makes float64, which this device does not have")
    tolerance = {"rtol": 1e-9, "atol": 1e-10} if xp_backend.dtype == "float64" \
        else {"rtol": 5e-4, "atol": 5e-4}
    for inputs, params in row.cases(3):
        seed = direction(np.shape(row(inputs, params)))
        expected = second_derivatives(row, inputs, params, seed, np.asarray)
        found = second_derivatives(
            row, [xp_backend.asarray(x) for x in inputs],
            {name: moved(value, xp_backend) for name, value in params.items()},
            seed, xp_backend.asarray)
        for g, h in zip(found, expected, strict=True):
            assert (g is None) == (h is None)
            if g is not None:
                np.testing.assert_allclose(xp_backend.to_numpy(g), h, **tolerance)


def has_a_mask(value):
    if isinstance(value, tuple):
        return any(map(has_a_mask, value))
    return isinstance(value, np.ndarray) and value.dtype == bool


@every_op
def test_nothing_waits_for_the_gpu(row):
    """Forward and backward queue kernels.  Only a mask as an index waits: it decides the shape."""
    for inputs, params in row.cases(3):
        if has_a_mask(params.get("index")):
            continue
        with backend("fakecupy") as here:
            tensors = leaves([here.asarray(x) for x in inputs])
            there = {name: moved(value, here) for name, value in params.items()}
            seed = here.asarray(direction(np.shape(row.reference(*inputs, **params))))
            before = fake_cupy.SHARED.syncs
            y = row(tensors, there)
            if row in differentiable:
                y.backward(seed)
            assert fake_cupy.SHARED.syncs == before
