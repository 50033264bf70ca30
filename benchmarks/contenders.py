"""Who takes part, what each needs, and the environment that its process starts in."""
import importlib
import importlib.metadata
import importlib.util
import os
import pathlib
import sys
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).parents[1]

# Settings of OpenBLAS that tie it to one kind of processor: some machines come with them, and then
# NumPy runs a third slower than it does elsewhere.
UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS",
            "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS")

# Recent GPUs can multiply float32 with 10 of its 23 bits (TF32), several times faster.  JAX does so
# unless told not to; here all compute with all bits.
_ALL_BITS = {"NVIDIA_TF32_OVERRIDE": "0", "JAX_DEFAULT_MATMUL_PRECISION": "highest"}


@dataclass(frozen=True)
class Contender:
    """A library, or a way to use one."""

    name: str
    library: str                # the module that it needs; its folder or file in every suite
    about: str
    tuned: bool = False

    def missing(self):
        """Why it cannot take part, or None."""
        if importlib.util.find_spec(self.library) is None:
            return f"{self.library} is not installed"
        return None

    def load(self):
        """Import the library; its version."""
        if self.library == "dezero":
            import numpy as np
            # Version 0.0.13 names np.int, which NumPy removed in 1.24, in a class that is not used
            # here.  It gets the name back so that it can be imported.
            if not hasattr(np, "int"):
                np.int = int
        importlib.import_module(self.library)
        return self.version()

    def version(self):
        try:
            return importlib.metadata.version(self.library)
        except importlib.metadata.PackageNotFoundError:         # run from a clone
            return getattr(sys.modules.get(self.library), "__version__", "unknown")


CONTENDERS = {c.name: c for c in (
    Contender("scratchgen", "scratchgen", "this package"),
    Contender("numpy", "numpy", "the operation itself, without gradients"),
    Contender("torch", "torch", "PyTorch, eager, as its tutorials write it"),
    Contender("torch-tuned", "torch", "PyTorch, eager: fused Adam, warmed malloc, channels-last "
              "where that is faster, no gradients that nobody uses", tuned=True),
    Contender("jax", "jax", "JAX, each step compiled as a whole"),
    Contender("autograd", "autograd", "HIPS/autograd"),
    Contender("dezero", "dezero", "DeZero"),
)}
PEERS = ("torch", "torch-tuned", "jax", "autograd", "dezero")


def choose(text):
    """"torch,jax" -> ["torch", "jax"]; "all" for every peer; ValueError for an unknown one."""
    if text == "all":
        return list(PEERS)
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in PEERS:
            raise ValueError(f"there is no peer {name!r}: choose among {', '.join(PEERS)}, or all")
    return list(dict.fromkeys(names))


def environment(threads):
    """The variables that a contender's process starts with."""
    variables = {name: value for name, value in os.environ.items() if name not in UNSET}
    variables |= {name: str(threads) for name in _THREADS} | _ALL_BITS
    variables["PYTHONPATH"] = os.pathsep.join(
        [str(ROOT)] + [p for p in (variables.get("PYTHONPATH"),) if p])
    variables["PYTHONWARNINGS"] = "ignore"
    return variables


def cores():
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def pin(threads):
    """Keep this process on its first `threads` cores; how many it then has, None if unknown.

    It is the only limit that every library heeds.
    """
    if not hasattr(os, "sched_setaffinity"):
        return None
    kept = sorted(os.sched_getaffinity(0))[:threads]
    os.sched_setaffinity(0, kept)
    return len(kept)


def synchroniser(contender, device):
    """finish(result): wait until the result of a call is there.  No clock is read before it."""
    if contender.library == "jax":
        import jax
        return jax.block_until_ready
    if device == "gpu" and contender.library == "torch":
        import torch
        return lambda result: torch.cuda.synchronize()
    if device == "gpu" and contender.library == "scratchgen":
        import scratchgen
        return lambda result: scratchgen.backend.synchronize()
    return lambda result: None
