"""scratchgen doctor: what this machine has, what is missing, and what to do about it."""
import importlib.metadata
import importlib.util
import os
import platform

from .. import backend, data
from .._version import __version__

_OPTIONAL = {"matplotlib": "figures", "tqdm": "progress bars", "pooch": "data fetch, extra [data]",
             "jupytext": "lessons as notebooks, extra [lessons]"}


def add_to(commands):
    p = commands.add_parser("doctor", help="what this machine has, what is missing, what to do")
    p.set_defaults(run=run)


def run(arguments):
    _section("scratchgen", [("version", __version__), ("python", platform.python_version()),
                            ("platform", platform.platform()), ("cores", os.cpu_count())])
    _section("backends", [(name, ("ok: " if ok else "no: ") + reason)
                          for name, (ok, reason) in backend.available().items()])
    _section("linear algebra", list(blas()))
    _section("packages", [(name, _version(name) or f"missing ({purpose})")
                          for name, purpose in _OPTIONAL.items()])
    _section("data", [(entry.name, entry.status) for entry in data.listing()])


def blas():
    """(name, value) pairs: which BLAS NumPy was built with, and what its environment tells it."""
    yield "library", backend.blas()
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_CORETYPE",
                 "OPENBLAS_L2_SIZE"):
        if name in os.environ:
            yield name, os.environ[name]
    forced = os.environ.get("OPENBLAS_CORETYPE")
    if forced and forced.lower() != "skylakex" and "avx512f" in _cpu_flags():
        yield "advice", (f"OPENBLAS_CORETYPE={forced} keeps OpenBLAS from this processor's AVX-512 "
                         "kernels: unset it")


def _cpu_flags():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as stream:
            return set(next((line for line in stream if line.startswith("flags")), "").split())
    except OSError:
        return set()


def _version(name):
    if importlib.util.find_spec(name) is None:
        return None
    return importlib.metadata.version(name)


def _section(title, rows):
    print(title)
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"  {name:{width}}  {value}")
