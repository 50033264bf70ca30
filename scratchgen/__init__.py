"""scratchgen: generative modelling from nothing but an array library."""
import importlib

from ._version import __version__
from .errors import BackendError, CheckpointError, DataError, GradientError, ShapeError
from . import backend, errors
from .autodiff import ops
from .autodiff.tensor import Tensor, no_grad
from .autodiff import engine  # noqa: F401  (gives Tensor its backward)
from .autodiff.explain import explain
from .autodiff.gradcheck import gradcheck
from .autodiff.transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

__all__ = ["BackendError", "CheckpointError", "DataError", "GradientError", "ShapeError", "Tensor",
           "__version__", "backend", "errors", "explain", "grad", "gradcheck", "hessian", "hvp",
           "jacobian", "jvp", "no_grad", "ops", "value_and_grad", "vjp"]

# Submodules that are imported when they are first asked for: sg.models, sg.viz, ...
_LATER = ("cli", "data", "distributions", "elbo", "lesson", "models", "nn", "optim", "runs", "viz")


def __getattr__(name):
    if name in _LATER:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
