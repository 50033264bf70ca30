"""Runs: train a model, keep everything that produced it, look at the result."""
from . import explorer
from .folder import create, require_run
from .nonfinite import NonFiniteLoss
from .objectives import OBJECTIVES
from .report import write_report
from .sampling import NothingToSample, sample, save_samples
from .settings import Settings
from .train import Training, prepare, resume, use_device

__all__ = ["NonFiniteLoss", "NothingToSample", "OBJECTIVES", "Settings", "Training", "create",
           "explorer", "prepare", "require_run", "resume", "sample", "save_samples", "use_device",
           "write_report"]
