"""The loss is not a number: which op made the first one?"""
from .. import backend
from ..autodiff.engine import ancestors
from ..autodiff.tensor import Tensor


class NonFiniteLoss(ArithmeticError):
    """Training met a loss that is NaN or infinite."""

    def __init__(self, step, culprit):
        self.step, self.culprit = step, culprit
        super().__init__(f"the loss is not finite at step {step}: {culprit}")


def first_nonfinite(loss, model, x):
    """The first place where a number is not finite: the batch, a parameter, or the oldest such op.

    Walks the graph of the loss in the order it was made, so what it names is the cause and not a
    consequence further on.
    """
    if not _finite(x):
        return "the batch itself contains NaN or infinity"
    for name, parameter in model.named_parameters():
        if not _finite(parameter.data):
            return f"the parameter {name} was already not finite (the step before broke it)\n" \
                   "  hint      a smaller learning rate, or optim.clip_grad_norm"
    for node in reversed(ancestors(loss)):
        if node.op is not None and not _finite(node.data):
            shapes = ", ".join(str(getattr(i, "shape", i)) for i in node.inputs)
            return f"the first op that made it is {node.op.name}({shapes}):  {node.op.formula}"
    return "no single op of the graph made it"


def _finite(x):
    xp = backend.namespace(x.data if isinstance(x, Tensor) else x)
    return bool(xp.all(xp.isfinite(x)))
