"""The machine and the software that a result belongs to."""
import os
import pathlib
import platform
import sys

from .contenders import UNSET


def describe():
    """What a reader of the numbers needs to know, as {name: text or number}."""
    import numpy
    from scratchgen import backend
    return {
        "processor": processor(), "cores": os.cpu_count(), "memory_gib": _memory_gib(),
        "platform": platform.platform(), "python": platform.python_version(),
        "numpy": numpy.__version__, "blas": backend.blas(),
        "gpu": backend.available()["cupy"][1],
        "load_average": [round(x, 2) for x in os.getloadavg()] if hasattr(os, "getloadavg")
        else None,
        "unset": [f"{name}={os.environ[name]}" for name in UNSET if name in os.environ],
    }


def processor():
    """The name that the processor gives itself."""
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in text.splitlines()
             if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory_gib():
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, ValueError, OSError):           # Windows
        return None


def blas_in_use(library):
    """The linear algebra that a loaded library computes with: "openblas 0.3.31 SkylakeX, 1 thread"

    PyTorch and JAX bring their own.
    """
    if library == "jax":
        return "XLA"
    if library == "torch":
        torch = sys.modules["torch"]
        name = "MKL" if torch.backends.mkl.is_available() else "OpenBLAS"
        dnn = " and oneDNN" if torch.backends.mkldnn.is_available() else ""
        return f"{name}{dnn}, {_threads(torch.get_num_threads())}"
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return "unknown: threadpoolctl is not installed"
    found = [f"{pool['internal_api']} {pool['version']} {pool.get('architecture', '')}".strip()
             + f", {_threads(pool['num_threads'])}"
             for pool in threadpool_info() if pool["user_api"] == "blas"]
    return "; ".join(dict.fromkeys(found)) or "none"


def _threads(n):
    return f"{n} thread{'s' * (n != 1)}"


def command_line():
    """The command that makes these numbers again."""
    return " ".join(["scratchgen", *sys.argv[1:]])
