"""The array-API shim: the same code runs on NumPy (CPU) and CuPy (GPU).

Ops follow the data: `namespace(x)` is the library that `x` lives in.  Only *creation* (parameters,
lists of numbers, noise) asks which backend is in use, and that is chosen per thread by `use`.
"""
from .checks import checked, values_are_checked
from .choice import available, current, use
from .creation import (asarray, from_host, peak_memory, rng, standard_normal, synchronize, to_numpy,
                       uniform)
from .numpy import blas
from .namespace import NAMESPACES, Namespace, is_array, is_floating, namespace, register
from .threads import limit_threads

__all__ = ["NAMESPACES", "Namespace", "asarray", "available", "blas", "checked", "current",
           "from_host", "is_array", "is_floating", "limit_threads", "namespace", "peak_memory",
           "register", "rng", "standard_normal", "synchronize", "to_numpy", "uniform", "use",
           "values_are_checked"]
