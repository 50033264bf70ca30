"""The length of the gradient, and a bound on it: a step is short, whatever the loss does."""
from ..autodiff import ops
from ..autodiff.tensor import Tensor
from .base import as_list


def grad_norm(params):
    """|g|, the norm of the gradients of all parameters together: 0 if there are none.

    A 0-d array: float(norm) is a number, and makes a GPU wait.
    """
    gradients = _gradients(as_list("grad_norm", params))
    return ops.sqrt(sum(ops.sum(ops.square(g)) for g in gradients) if gradients else 0.0)


def clip_grad_norm(params, max_norm):
    """g <- g min(1, max_norm / (|g| + 1e-6)), with |g| the norm over all parameters together.

    The direction of the step stays; only its length is bounded (Pascanu et al. 2013, algorithm 1;
    the 1e-6 is PyTorch's).  Gradients are scaled in place; parameters without one are passed over.

    Returns |g| before clipping, a 0-d array: float(norm) is a number, and makes a GPU wait.
    """
    if not max_norm >= 0:
        raise ValueError(f"max_norm must be a number, not negative, got {max_norm!r}")
    params = as_list("clip_grad_norm", params)
    norm = grad_norm(params)
    factor = ops.minimum(max_norm / (norm + 1e-6), 1.0)
    for p, g in zip(_with_gradient(params), _gradients(params)):
        g *= factor
        if not isinstance(p.grad, Tensor):
            p.grad = g              # the same array, unless it was a NumPy scalar: grad = grad / 2
    return norm


def _with_gradient(params):
    return [p for p in params if p.grad is not None]


def _gradients(params):
    gradients = [p.grad for p in _with_gradient(params)]
    return [g.data if isinstance(g, Tensor) else g for g in gradients]
