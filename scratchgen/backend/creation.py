"""Making arrays: from numbers, from the host, from noise."""
import operator

from . import numpy as _host
from .choice import current
from .namespace import NAMESPACES, is_array


def asarray(data, dtype=None):
    """An array on the backend in use, of floats, integers or booleans.

    Arrays of the backend in use pass through uncopied unless `dtype` differs; arrays of another one
    move.  Anything else NumPy can read (numbers, nested lists) becomes a new array.
    Raises TypeError for text, objects and ragged lists.
    """
    space = current()
    if is_array(data) and NAMESPACES[type(data)] is space is not _host.SPACE:
        return space.asarray(data, dtype=dtype)
    return space.asarray(_host.host_array(to_numpy(data) if is_array(data) else data, dtype))


def to_numpy(x):
    """The values as a NumPy array on the host (uncopied if it is one already)."""
    return NAMESPACES[type(x)].to_numpy(x) if is_array(x) else _host.host_array(x)


def from_host(array, like):
    """The host array with the dtype of `like`, on the device of `like`."""
    return NAMESPACES[type(like)].from_host(array, like)


def rng(seed):
    """A `numpy.random.Generator`: the one given, or a fresh one seeded by an int.

    Noise is drawn on the host, so that a CPU run and a GPU run see the same noise.
    """
    if hasattr(seed, "integers"):           # the old RandomState and the global state have none
        return seed
    try:
        return _host.generator(operator.index(seed))
    except TypeError:
        raise TypeError("rng must be a numpy.random.Generator, or an int that seeds one\n"
                        f"  got       {type(seed).__name__}\n"
                        "  hint      rng = sg.backend.rng(0)") from None


def standard_normal(generator, shape, like):
    """eps ~ N(0, I) of this shape, with the dtype and device of the array `like`.

    Drawn in float64 and rounded, so that float32 and float64 runs see the same noise.
    """
    return from_host(rng(generator).standard_normal(shape), like)


def uniform(generator, shape, like):
    """u ~ U[0, 1) of this shape, with the dtype and device of the array `like`."""
    return from_host(rng(generator).random(shape), like)


def synchronize():
    """Wait until the backend in use has done its work (nothing to wait for on a CPU).

    A GPU works behind the program's back: read no clock before this.
    """
    current().synchronize()


def peak_memory():
    """The most bytes this process ever held where the backend in use keeps its arrays.

    Main memory on a CPU, CuPy's pool on a GPU; None where the system does not say.
    """
    return current().peak_memory()
