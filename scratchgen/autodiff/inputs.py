"""What an op does with inputs that are not all arrays of one library, or are given by name.

Tensors and arrays take the short road, in `primitive`.  Here are the others: numbers and lists
beside arrays, parameters by position, inputs by name; and the errors that a user can act on.
"""
from collections import defaultdict

from .. import backend
from ..backend import NAMESPACES
from . import shapes
from .tensor import Tensor

NUMBERS = {bool, int, float, type(None)}
NUMERIC = defaultdict(set)      # type of an array -> the dtypes of numbers seen so far


class NotAnArray(TypeError):
    """An input is a number, a list or a stranger: take the slow road."""


def common_type(*arrays):
    """The array type an op runs on; Python numbers and None follow the arrays beside them."""
    kinds = {type(x) for x in arrays} - NUMBERS         # by type: numpy.float64 is a kind of float
    if len(kinds) == 1:
        return kinds.pop()
    try:
        spaces = {NAMESPACES[kind] for kind in kinds}
    except KeyError as stranger:
        raise NotAnArray(stranger.args[0]) from None
    if len(spaces) != 1:
        raise NotAnArray                                # none at all, or two libraries
    return kinds.pop()


def numbers(op, y):
    """y, which was not made of Tensors alone, if it holds numbers; else TypeError.

    Texts can be added and objects can do anything, but they have no derivatives.
    """
    if y.dtype not in NUMERIC[type(y)]:
        if not backend.namespace(y).isdtype(y.dtype, ("bool", "integral", "real floating")):
            raise TypeError(f"{op.name}: expected floats, integers or booleans, "
                            f"got dtype {y.dtype}")
        NUMERIC[type(y)].add(y.dtype)
    return y


def bind(op, rest, params):
    """Move positional parameters into params: reshape(x, (2, 3)) -> reshape(x, shape=(2, 3))."""
    if len(rest) > len(op.others):
        raise TypeError(f"{op.name}{op.__signature__}: too many positional arguments")
    for name, value in zip(op.others, rest):
        if name in params:
            raise TypeError(f"{op.name}: {name!r} is given twice")
        params[name] = value


def gather(op, inputs, params):
    """All inputs of the op: those given by position, then by keyword, then None where allowed."""
    if len(inputs) > len(op.names):
        bind(op, inputs[len(op.names):], params)
        return inputs[:len(op.names)]
    found = list(inputs)
    for name, may_be_none in list(zip(op.names, op.optional))[len(inputs):]:
        if name not in params and not may_be_none:
            raise TypeError(f"{op.name}{op.__signature__}: missing argument {name!r}")
        found.append(params.pop(name, None))
    for name in params:
        if name not in op.others:
            raise TypeError(f"{op.name}{op.__signature__}: there is no parameter {name!r}")
    return tuple(found)


def second_try(op, kernels, arrays, params, error):
    """(y, the arrays) with numbers and lists made into arrays; else the error a user can act on."""
    if isinstance(error, NotAnArray):
        given = tuple(x if x is None or backend.is_array(x) else _coerce(op, x, arrays)
                      for x in arrays)
        backend.namespace(*given)           # arrays of two libraries: a TypeError that names both
        try:
            return kernels[common_type(*given)](*given, **params), given
        except Exception as second:
            arrays, error = given, second
    raise _better(op, arrays, params, error) from error


def as_arrays(inputs, arrays):
    """The inputs that the node remembers: its rules meet arrays and numbers, never lists."""
    return tuple(x if isinstance(x, Tensor) else array for x, array in zip(inputs, arrays))


def _coerce(op, x, arrays):
    """A number stays a (weakly typed) number beside an array; anything else becomes an array."""
    if isinstance(x, (bool, int, float)) and any(backend.is_array(a) for a in arrays):
        return x
    try:
        return backend.asarray(x)
    except TypeError as error:
        raise TypeError(f"{op.name}: {error}") from None


def _better(op, arrays, params, error):
    """A ShapeError in the signature's names where shapes are to blame; else the error itself."""
    if isinstance(error, shapes.ShapeError):
        return error
    sizes = [getattr(x, "shape", () if isinstance(x, (bool, int, float)) else None) for x in arrays]
    wrong = shapes.mismatch(op.name, op.names, op.signature, sizes)
    return wrong or _mixed(arrays) or error


def _mixed(arrays):
    try:
        backend.namespace(*arrays)
    except TypeError as error:
        return error
    return None
