"""Batch normalisation in PyTorch: outputs, gradients of two orders and running statistics.

Two batches in training, then one in use. c is the fixed direction of a fixture; from
L = <c, y> come dL/dx, dL/dw, dL/db, and from M = <c, dL/dx> the second derivative dM/dx.
"""
import torch

from tests.reference.fixture import direction

SHAPES = {"rows": (6, 3), "images": (4, 3, 2, 3), "two rows": (2, 3)}
SETTINGS = {"usual": {}, "other": {"momentum": 0.3, "eps": 1e-2}}


def record(rng):
    """({name: array}, facts): names are "shape/setting/what" and "shape/setting/step/what"."""
    arrays = {}
    for name, shape in SHAPES.items():
        for setting, options in SETTINGS.items():
            at = f"{name}/{setting}"
            layer = torch.nn.BatchNorm1d(shape[-1], **options)
            weight, bias = rng.normal(size=shape[-1]), rng.normal(size=shape[-1])
            layer.load_state_dict({"weight": torch.tensor(weight), "bias": torch.tensor(bias)},
                                  strict=False)
            arrays |= {f"{at}/weight": weight, f"{at}/bias": bias}
            for step in range(3):
                x = rng.normal(1.0, 2.0, size=shape)
                found = one_step(layer.train(step < 2), torch.tensor(x, requires_grad=True))
                arrays[f"{at}/{step}/x"] = x
                arrays |= {f"{at}/{step}/{what}": a.numpy().copy() for what, a in found.items()}
    return arrays, {"shapes": SHAPES, "settings": SETTINGS}


def one_step(layer, x):
    c = torch.tensor(direction(tuple(x.shape)))
    y = layer(x.reshape(-1, x.shape[-1])).reshape(x.shape)
    variables = x, layer.weight, layer.bias
    gx, gw, gb = torch.autograd.grad(torch.sum(c * y), variables, create_graph=True)
    second, = torch.autograd.grad(torch.sum(c * gx), [x], allow_unused=True,
                                  materialize_grads=True)
    return {key: value.detach() for key, value in {
        "y": y, "gx": gx, "gw": gw, "gb": gb, "second": second,
        "mean": layer.running_mean, "var": layer.running_var}.items()}
