"""Operations on one number: what is left is the time of the engine."""
import torch

from benchmarks.workloads import start

from .common import DEVICES


def build(batch, device="cpu", tuned=False):
    """`batch` times multiply, add, tanh, add, each with the input again."""
    x = torch.tensor(start.parameters("chain")[0], device=DEVICES[device], requires_grad=True)

    def step():
        y = x
        for _ in range(batch):
            y = torch.tanh(y * x + x) + x
        x.grad = None
        y.backward()
        return y.detach(), x.grad

    return step
