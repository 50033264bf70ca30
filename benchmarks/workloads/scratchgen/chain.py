"""Operations on one number: what is left is the time of the engine."""
import scratchgen as sg
from scratchgen import ops

from benchmarks.workloads import start


def build(batch, device="cpu"):
    """`batch` times multiply, add, tanh, add, each with the input again."""
    if device == "gpu":
        sg.backend.use("cupy")
    x = sg.Tensor(sg.backend.asarray(start.parameters("chain")[0]), requires_grad=True)

    def step():
        y = x
        for _ in range(batch):
            y = ops.tanh(y * x + x) + x
        x.grad = None
        y.backward()
        return y, x.grad

    return step
