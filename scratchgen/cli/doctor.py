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
    """(name, value) pairs: which linear algebra NumPy uses, on how many threads, for which
    processor, and what to set where it could be faster.
    """
    yield "library", backend.blas()
    architecture = None
    for pool in _pools():
        architecture = pool.get("architecture")
        yield "threads", (f"{pool['num_threads']} of {os.cpu_count()} cores; training takes one "
                          "unless --set threads=N")
        if architecture:
            yield "kernels", f"for {architecture}"
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_CORETYPE",
                 "OPENBLAS_L2_SIZE"):
        if name in os.environ:
            yield name, os.environ[name]
    for text in advice(architecture, _cpu_flags(), os.environ):
        yield "advice", text


# What OpenBLAS calls its kernels for x86, and the generation of instructions that they use.
_GENERATIONS = {"prescott": 1, "core2": 1, "penryn": 1, "nehalem": 1, "barcelona": 1,
                "sandybridge": 2, "bulldozer": 2, "piledriver": 2, "steamroller": 2,
                "haswell": 3, "excavator": 3, "zen": 3,
                "skylakex": 4, "cooperlake": 4, "sapphirerapids": 4}
_BEST = (("SkylakeX", {"avx512f", "avx512dq", "avx512bw", "avx512vl"}),
         ("Haswell", {"avx2", "fma"}), ("Sandybridge", {"avx"}))


def advice(architecture, flags, environment):
    """What to set so that OpenBLAS uses the newest instructions of this processor, in sentences.

    `architecture` is the kind of kernels in use (None if unknown), `flags` are the processor's, as
    in /proc/cpuinfo.
    """
    forced = environment.get("OPENBLAS_CORETYPE")
    using = _GENERATIONS.get((architecture or forced or "").lower())
    best = next((name for name, needed in _BEST if needed <= flags), None)
    if using and best and using < _GENERATIONS[best.lower()]:
        change = f"unset OPENBLAS_CORETYPE (it is {forced})" if forced \
            else f"export OPENBLAS_CORETYPE={best}"
        yield (f"this processor can run OpenBLAS's faster {best} kernels, and those for "
               f"{architecture or forced} are in use: {change}")
    if "OPENBLAS_L2_SIZE" in environment:
        yield ("OPENBLAS_L2_SIZE overrides the size of the cache that OpenBLAS finds by itself: "
               "unset it")


def _pools():
    """What threadpoolctl knows about the linear algebra that is loaded, if it is installed."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return []
    return [pool for pool in threadpool_info() if pool["user_api"] == "blas"]


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
