"""What a user's type checker understands. It is never run: `mypy` reads it.

A line with `type: ignore` is one that the checker must refuse; it reports an ignore without need.
"""

from typing import Any, assert_type

import numpy as np

import scratchgen as sg

weight = sg.Tensor([[1.0, 2.0]], requires_grad=True)
loss = ((weight @ weight.mT - 1) ** 2).mean()

assert_type(weight, sg.Tensor)
assert_type(loss, sg.Tensor)
assert_type(2 * weight, sg.Tensor)
assert_type(-weight[0, 1:], sg.Tensor)
assert_type(weight.reshape(2, 1).sum(axis=0, keepdims=True), sg.Tensor)
assert_type(weight.astype("float32").detach(), sg.Tensor)
assert_type(weight.shape, tuple[int, ...])
assert_type(weight.numpy(), np.ndarray[Any, Any])
assert_type(sg.__version__, str)

loss.backward(create_graph=True)
loss.backwards()                    # type: ignore[attr-defined]
loss.shape = (1,)                   # type: ignore[misc]
weight.sum(axes=0)                  # type: ignore[call-arg]


@sg.no_grad()
def rounded(digits: int) -> float:
    with sg.no_grad():
        return round(float(loss), digits)


assert_type(rounded(2), float)
rounded("2")                        # type: ignore[arg-type]

try:
    sg.ops.add(1, 2)
except (sg.ShapeError, sg.errors.BackendError):
    raise
