"""Which array library?  The one the data already lives in.

A `Namespace` answers `xp.name` from three layers, the first that has it: the backend's own fast
kernels; the `standard*` modules, where every extra kernel is written once in functions of the
array-API standard alone; and its array module (NumPy, CuPy, ...).  So a new backend works as soon
as it is registered, and is fast as soon as somebody writes a kernel.  The array module comes last
because a name may mean something else there: `positive` is a mask here and a plus sign in NumPy.
"""
import functools
import importlib

from . import (standard, standard_convolution, standard_indexing, standard_linalg,
               standard_normalise, standard_special)

STANDARD = (standard, standard_convolution, standard_indexing, standard_linalg, standard_normalise,
            standard_special)


class Namespace:
    """xp: the functions of one array library, with the kernels that the standard lacks."""

    def __init__(self, name, array_module, kernels=None):
        self.name = name
        self._kernels, self._module = kernels, array_module

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        value = self._find(name)
        setattr(self, name, value)              # the next look-up is an ordinary attribute
        return value

    def _find(self, name):
        if hasattr(self._kernels, name):
            return getattr(self._kernels, name)
        for layer in STANDARD:
            if hasattr(layer, name):
                kernel = getattr(layer, name)
                return functools.partial(kernel, self) if callable(kernel) else kernel
        if hasattr(self._module, name):
            return getattr(self._module, name)
        raise AttributeError(f"the {self.name} backend has no function {name!r}")

    def __repr__(self):
        return f"<{self.name} backend>"


class _Registry(dict):
    """type of an array -> Namespace; a subclass is found through its bases and then remembered."""

    def __missing__(self, kind):
        if kind.__module__.partition(".")[0] == "cupy":
            importlib.import_module(f"{__package__}.cupy")      # it registers itself, once
        for base in kind.__mro__:
            if base in self:
                self[kind] = self[base]
                return self[base]
        raise Stranger(kind)


class Stranger(KeyError, TypeError):
    """Something that is no array of a registered library."""

    def __str__(self):
        return f"expected an array of numbers, got {self.args[0].__name__}"


NAMESPACES = _Registry()


def register(array_type, module, name=None, kernels=None):
    """Let arrays of `array_type` (a class or a tuple of classes) flow through every op.

    `module` must follow the array-API standard; `kernels` is an optional module of faster versions
    of the functions in `scratchgen.backend.standard`, under the same names.  Returns the Namespace.
    """
    space = Namespace(name or module.__name__, module, kernels)
    for kind in array_type if isinstance(array_type, tuple) else (array_type,):
        NAMESPACES[kind] = space
    return space


def is_array(x):
    """True for an array (or array scalar) of a registered library; False for numbers and lists."""
    try:
        NAMESPACES[type(x)]
    except KeyError:
        return False
    return True


_FLOATING = {}          # (type of array, dtype) -> answer: asking the library takes microseconds


def is_floating(array):
    """Does this array hold real floating-point numbers, as every gradient does?"""
    kind = type(array), array.dtype
    if kind not in _FLOATING:
        _FLOATING[kind] = NAMESPACES[kind[0]].isdtype(array.dtype, "real floating")
    return _FLOATING[kind]


def namespace(*arrays):
    """The one Namespace of all arrays given (Python numbers and None do not count).

    Raises TypeError where arrays of two libraries meet, and where there is no array at all.
    """
    found = {}
    for x in arrays:
        if is_array(x):
            found.setdefault(NAMESPACES[type(x)], x)
    if len(found) == 1:
        return next(iter(found))
    if not found:
        kinds = ", ".join(type(x).__name__ for x in arrays) or "nothing"
        raise TypeError(f"expected an array or a Tensor, got {kinds}")
    names = " and ".join(space.name for space in found)
    raise TypeError(f"arrays of different backends meet: {names}\n"
                    "  hint      move one of them: sg.backend.asarray(x) or sg.backend.to_numpy(x)")
