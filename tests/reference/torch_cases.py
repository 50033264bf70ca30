"""How one case is measured: run the torch function, pull the fixed direction back through it."""
import numpy as np
import torch

from tests.reference.fixture import Case, direction


def case(op, function, *inputs, params=None, fixed=(), marks=(), note="", value_only=False):
    """The case `op` on NumPy `inputs`; `function`, given them as torch tensors, is the authority.

    `fixed` lists the positions that are data rather than variables (indices, masks, labels).
    """
    tensors = [torch.tensor(x) for x in inputs]
    free = [i for i, t in enumerate(tensors) if i not in fixed and t.is_floating_point()]
    gradients = [None] * len(tensors)
    if not value_only:
        for i in free:
            tensors[i].requires_grad_()
    output = function(*tensors)
    if not value_only:
        seed = torch.tensor(direction(tuple(output.shape))).to(output.dtype)
        found = torch.autograd.grad(output, [tensors[i] for i in free], seed, allow_unused=True,
                                    materialize_grads=True)
        for i, g in zip(free, found):
            gradients[i] = g.numpy().copy()
    shapes = " ".join("x".join(map(str, np.shape(x))) or "scalar" for x in inputs)
    settings = " ".join(f"{k}={v}" for k, v in (params or {}).items())
    name = " ".join(part for part in (op, shapes, settings, note) if part)
    return Case(op, [np.asarray(x) for x in inputs], output.detach().numpy().copy(), gradients,
                dict(params or {}), list(marks), name)
