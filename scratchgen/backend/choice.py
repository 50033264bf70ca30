"""Which backend creates new arrays in this thread, which backends can be used here, and why not."""
import importlib
import importlib.util
import os
import threading

from ..errors import BackendError
from . import numpy as _numpy_kernels
from .namespace import NAMESPACES

BACKENDS = ("numpy", "cupy")
_INSTALL = ("  hint      pip install 'scratchgen[cuda13]'   (for a CUDA 12 driver: [cuda12]),\n"
            "            or stay on the CPU with sg.backend.use(\"numpy\")")


class _PerThread(threading.local):
    """The state of one thread; a new thread starts from the environment, not from its parent."""

    chosen = None           # a Namespace, or None until the first question


_state = _PerThread()


def _load(name):
    """The Namespace called `name`: one of ours, imported at its first use, or one registered."""
    if name == "cupy":
        usable, reason = _cupy_status()
        if not usable:
            raise BackendError(f"the backend 'cupy' cannot be used here: {reason}\n{_INSTALL}")
        return importlib.import_module(f"{__package__}.cupy").SPACE
    registered = {space.name: space for space in NAMESPACES.values()}
    if name not in registered:
        known = ", ".join(dict.fromkeys((*BACKENDS, *registered)))
        raise BackendError(f"there is no backend {name!r}\n  expected  one of {known}")
    return registered[name]


def current():
    """The Namespace that creates new arrays in this thread (`SCRATCHGEN_BACKEND`, else NumPy)."""
    if _state.chosen is None:
        name = os.environ.get("SCRATCHGEN_BACKEND", "numpy")
        try:
            _state.chosen = _load(name)
        except BackendError as error:
            raise BackendError(f"SCRATCHGEN_BACKEND={name} in the environment: {error}") from None
    return _state.chosen


class use:
    """Create new arrays with this backend from now on: `use("cupy")`, or `with use("cupy"):`.

    Per thread.  Arrays that exist already stay where they are, and ops follow them.  Besides
    "numpy" and "cupy" it takes the name of any library that was registered.
    Raises BackendError with the reason and the remedy if the backend cannot be used.
    """

    def __init__(self, name):
        self._before = _state.chosen
        _state.chosen = _load(name)

    def __enter__(self):
        return _state.chosen

    def __exit__(self, *exception):
        _state.chosen = self._before


def available():
    """{name: (usable, reason in a user's words)} for every backend; never raises."""
    return {"numpy": (True, f"NumPy {_numpy_kernels.VERSION}"), "cupy": _cupy_status()}


def _cupy_status():
    """Can CuPy be found, imported and used?  The first failure is the reason."""
    try:
        found = importlib.util.find_spec("cupy")
    except ValueError:              # a module without a spec: half imported, or planted by hand
        found = None
    if found is None:
        return False, "CuPy is not installed"
    try:
        from . import cupy as kernels
    except Exception as error:      # a broken wheel raises anything from ImportError to OSError
        return False, f"CuPy is installed but cannot be imported ({type(error).__name__}: {error})"
    return kernels.status()
