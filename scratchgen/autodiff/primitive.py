"""primitive(): arrays in, array out; any Tensor in, Tensor out.

A primitive is a forward kernel and one rule per input.  The rule for input i is a line of calculus,

    vjp[i](g, y, *inputs, **params) = dL/dinput_i,    given g = dL/dy,

written with operators and other primitives only.  That is what makes every order of derivative
work: `backward` feeds the rules raw arrays (fast), and with `create_graph=True` Tensors, so that
the gradient is itself a graph.  Rules never un-broadcast, never ask who needs a gradient, never
build zeros: the engine does, once.

Three optional declarations save work without touching that contract:

* `op.shared = f(g, y, *inputs, **params)` is computed once a node and takes the place of g in every
  rule (for `linear` with an activation it is the gradient before the activation).
* `op.vjp = AtOnce(rules, f)` with f(needed, g, y, *inputs, **params) giving what all rules give for
  raw arrays, summed to the shapes of the inputs, in one call; None for input i unless needed[i].
  The rules stay what `create_graph=True` follows.
* a forward with `saves=True` returns `(y, saved)`, and its rules take `(g, y, saved, *inputs,
  **params)`.  `op.recompute = f(y, *inputs, **params)` gives the same value in primitives, and is
  what the rules get under `create_graph=True`: whatever is saved can speed up a first derivative,
  never change a second.
"""
import functools
import inspect
import sys
from collections import defaultdict

from .. import backend
from ..backend import NAMESPACES
from . import shapes
from .tensor import Tensor, node, thread, wrap

PRIMITIVES = {}         # name -> op, in order of definition


def primitive(signature, *, formula=None, saves=False):
    """Decorate `forward(xp, *inputs, **params)`; the groups of `signature` are the inputs.

    A group `(O)?` may be None; a last group `(...)*` takes any number of inputs.
    """
    def decorate(forward):
        arguments = list(inspect.signature(forward).parameters.values())[1:]
        op = _build(forward.__name__, signature, forward, arguments, saves)
        op.formula = formula or f"y = {op.name}({', '.join(op.names)})"
        op.__doc__, op.__module__ = forward.__doc__, forward.__module__
        return op
    return decorate


class AtOnce(tuple):
    """Rules with a function that does the work of all of them for first derivatives.

    It goes with these rules: a plain tuple put in their place is followed rule by rule.
    """

    def __new__(cls, rules, gradients):
        self = super().__new__(cls, rules)
        self.gradients = gradients
        return self


def elementwise(name, *vjp, formula, doc=None):
    """The backend's function of that name as a primitive, with one rule per argument."""
    names = ("x",) if len(vjp) == 1 else ("a", "b")
    arguments = [inspect.Parameter(n, inspect.Parameter.POSITIONAL_ONLY) for n in names]
    op = _build(name, ",".join(["(...)"] * len(names)) + "->(...)", name, arguments, saves=False)
    op.formula, op.vjp, op.elementwise = formula, vjp, True
    op.__module__ = sys._getframe(1).f_globals["__name__"]      # where its row of the table stands
    op.__doc__ = f"{formula}, elementwise." + (f"  {doc}" if doc else "")
    return op


class _Kernels(dict):
    """type of an array -> the forward kernel of one op, with that array's namespace bound to it."""

    def __init__(self, forward):
        super().__init__()
        self.forward = forward

    def __missing__(self, kind):
        try:
            space = NAMESPACES[kind]
        except KeyError:
            raise _NotAnArray(kind) from None
        by_name = isinstance(self.forward, str)
        kernel = getattr(space, self.forward) if by_name else functools.partial(self.forward, space)
        self[kind] = kernel
        return kernel


class _NotAnArray(TypeError):
    """An input is a number, a list or a stranger: take the slow road."""


def _build(name, signature, forward, arguments, saves):
    axes, optional = shapes.parse(signature)
    variadic = signature.split("->")[0].endswith("*")
    names = tuple(p.name for p in arguments[:len(axes)])
    kernels, looped = _Kernels(forward), saves or variadic or any(optional)
    if len(axes) == 1 and not looped:
        op = _unary(kernels)
    elif len(axes) == 2 == len(arguments) and not looped:
        op = _binary(kernels)
    else:
        op = _n_ary(kernels, None if variadic else len(axes), saves)
    op.__name__ = op.__qualname__ = op.name = name
    op.__signature__ = inspect.Signature(arguments)
    op.signature, op.names, op.optional, op.variadic = signature, names, optional, variadic
    op.others = tuple(p.name for p in arguments[len(axes):])
    op.vjp, op.shared, op.recompute, op.saves = (), None, None, saves
    op.elementwise = False
    PRIMITIVES[name] = op
    return op


# Three wrappers, and two of them only to be fast: arithmetic runs a thousand times in a training
# step of a small network, so ops of one input, or of two without parameters, do without a loop.

def _unary(kernels):
    def op(x=None, /, *rest, **params):
        if x is None:
            x, = _gather(op, (), params)
        if rest:
            _bind(op, rest, params)
        is_tensor = isinstance(x, Tensor)
        a = x.data if is_tensor else x
        try:
            y = kernels[type(a)](a, **params) if params else kernels[type(a)](a)
        except Exception as error:
            y, (a,) = _second_try(op, kernels, (a,), params, error)
        if type(y) is not type(a):
            y = NAMESPACES[type(y)].asarray(y)      # NumPy reduces to scalars, Tensors hold arrays
        if not is_tensor:
            return y if y.dtype in _NUMERIC[type(y)] else _numbers(op, y)
        if x.requires_grad and thread.recording:
            return node(y, op, (x,), (a,), params or _NO_PARAMETERS)
        return wrap(y)
    return op


def _binary(kernels):
    def op(x1=None, x2=None, /, **named):
        if x2 is None or named:
            x1, x2 = _gather(op, tuple(x for x in (x1, x2) if x is not None), named)
        a = x1.data if isinstance(x1, Tensor) else x1
        b = x2.data if isinstance(x2, Tensor) else x2
        kind, other = type(a), type(b)
        if kind is not other and other not in _NUMBERS:
            kind = other if kind in _NUMBERS else None
        try:
            y = kernels[kind or _common_type(a, b)](a, b)
        except Exception as error:
            y, (a, b) = _second_try(op, kernels, (a, b), {}, error)
            x1, x2 = _as_arrays((x1, x2), (a, b))
        if type(y) is not kind:
            y = NAMESPACES[type(y)].asarray(y)
        if a is x1 or b is x2:
            if y.dtype not in _NUMERIC[type(y)]:
                _numbers(op, y)
            if a is x1 and b is x2:
                return y
        if thread.recording and ((a is not x1 and x1.requires_grad)
                                 or (b is not x2 and x2.requires_grad)):
            return node(y, op, (x1, x2), (a, b), _NO_PARAMETERS)
        return wrap(y)
    return op


def _n_ary(kernels, arity, saves):
    def op(*inputs, **params):
        if len(inputs) != arity and arity is not None:
            inputs = _gather(op, inputs, params)
        arrays, tensors, remembered, kind = [], 0, False, None
        for x in inputs:
            if isinstance(x, Tensor):
                tensors += 1
                remembered = remembered or x.requires_grad
                x = x.data
            arrays.append(x)
            if type(x) is not kind and type(x) not in _NUMBERS:
                kind = type(x) if kind is None else _MIXED
        saved = None
        try:
            if kind is None or kind is _MIXED:
                kind = _common_type(*arrays)
            y = kernels[kind](*arrays, **params)
        except Exception as error:
            y, arrays = _second_try(op, kernels, arrays, params, error)
            inputs = _as_arrays(inputs, arrays)
        if saves:
            y, saved = y
        if type(y) is not kind:
            y = NAMESPACES[type(y)].asarray(y)
        if tensors < len(inputs) and y.dtype not in _NUMERIC[type(y)]:
            _numbers(op, y)
        if not tensors:
            return y
        if remembered and thread.recording:
            return node(y, op, inputs, arrays, params, saved)
        return wrap(y)
    return op


_NO_PARAMETERS = {}
_MIXED = object()               # in the place of a type: arrays of several are among the inputs
_NUMBERS = {bool, int, float, type(None)}
_NUMERIC = defaultdict(set)     # type of an array -> the dtypes of numbers seen so far


def _common_type(*arrays):
    """The array type an op runs on; Python numbers and None follow the arrays beside them."""
    kinds = {type(x) for x in arrays} - _NUMBERS        # by type: numpy.float64 is a kind of float
    if len(kinds) == 1:
        return kinds.pop()
    try:
        spaces = {NAMESPACES[kind] for kind in kinds}
    except KeyError as stranger:
        raise _NotAnArray(stranger.args[0]) from None
    if len(spaces) != 1:
        raise _NotAnArray                               # none at all, or two libraries
    return kinds.pop()


# ---- the slow road: positional parameters, lists and numbers, errors -----------------------------

def _numbers(op, y):
    """y, which was not made of Tensors alone, if it holds numbers; else TypeError.

    Texts can be added and objects can do anything, but they have no derivatives.
    """
    if y.dtype not in _NUMERIC[type(y)]:
        if not backend.namespace(y).isdtype(y.dtype, ("bool", "integral", "real floating")):
            raise TypeError(f"{op.name}: expected floats, integers or booleans, "
                            f"got dtype {y.dtype}")
        _NUMERIC[type(y)].add(y.dtype)
    return y


def _bind(op, rest, params):
    """Move positional parameters into params: reshape(x, (2, 3)) -> reshape(x, shape=(2, 3))."""
    if len(rest) > len(op.others):
        raise TypeError(f"{op.name}{op.__signature__}: too many positional arguments")
    for name, value in zip(op.others, rest):
        if name in params:
            raise TypeError(f"{op.name}: {name!r} is given twice")
        params[name] = value


def _gather(op, inputs, params):
    """All inputs of the op: those given by position, then by keyword, then None where allowed."""
    if len(inputs) > len(op.names):
        _bind(op, inputs[len(op.names):], params)
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


def _second_try(op, kernels, arrays, params, error):
    """(y, the arrays) with numbers and lists made into arrays; else the error a user can act on."""
    if isinstance(error, _NotAnArray):
        given = tuple(x if x is None or backend.is_array(x) else _coerce(op, x, arrays)
                      for x in arrays)
        backend.namespace(*given)           # arrays of two libraries: a TypeError that names both
        try:
            return kernels[_common_type(*given)](*given, **params), given
        except Exception as second:
            arrays, error = given, second
    raise _better(op, arrays, params, error) from error


def _as_arrays(inputs, arrays):
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
