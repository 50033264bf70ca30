"""BatchNorm follows PyTorch's: outputs, gradients of two orders, running statistics, both modes."""
from pathlib import Path

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import nn, ops
from tests.reference.fixture import direction, read_arrays

ARRAYS, FACTS = read_arrays(Path(__file__).with_name("batch_norm.npz"))


@pytest.mark.parametrize("setting", FACTS["settings"])
@pytest.mark.parametrize("name", FACTS["shapes"])
def test_two_batches_in_training_and_one_in_use(name, setting):
    at = f"{name}/{setting}"
    layer = nn.BatchNorm(FACTS["shapes"][name][-1], dtype="float64", **FACTS["settings"][setting])
    layer.weight.data, layer.bias.data = ARRAYS[f"{at}/weight"], ARRAYS[f"{at}/bias"]
    for step in range(3):
        expected = {what: ARRAYS[f"{at}/{step}/{what}"]
                    for what in ("y", "gx", "gw", "gb", "second", "mean", "var")}
        x = sg.Tensor(ARRAYS[f"{at}/{step}/x"], requires_grad=True)
        c = direction(x.shape)
        layer.zero_grad()
        y = layer.train(step < 2)(x)
        y.backward(c, create_graph=True)
        gx = x.grad
        found = {"y": y, "gx": gx, "gw": layer.weight.grad, "gb": layer.bias.grad,
                 "mean": layer.running_mean, "var": layer.running_var}
        x.zero_grad()
        total = ops.sum(c * gx)
        total.backward()
        found["second"] = np.zeros(x.shape) if x.grad is None else x.grad
        for what, value in expected.items():
            array = found[what].data if isinstance(found[what], sg.Tensor) else found[what]
            np.testing.assert_allclose(array, value, rtol=1e-10, atol=1e-11,
                                       err_msg=f"{what} of batch {step}")
