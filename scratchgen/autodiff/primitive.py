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

from ..backend import NAMESPACES
from . import shapes
from .inputs import NUMBERS, NUMERIC, NotAnArray, as_arrays, bind, common_type, gather, numbers, \
    second_try
from .tensor import Tensor, node, thread, wrap

PRIMITIVES = {}         # name -> op, in order of definition
_NO_PARAMETERS = {}
_MIXED = object()       # in the place of a type: arrays of several are among the inputs


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
            raise NotAnArray(kind) from None
        by_name = isinstance(self.forward, str)
        kernel = getattr(space, self.forward) if by_name else functools.partial(self.forward, space)
        self[kind] = kernel
        return kernel


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
    op.elementwise, op.derived = False, ()      # derived: parameters that follow from the inputs
    PRIMITIVES[name] = op
    return op


# Three wrappers, and two of them only to be fast: arithmetic runs a thousand times in a training
# step of a small network, so ops of one input, or of two without parameters, do without a loop.

def _unary(kernels):
    def op(x=None, /, *rest, **params):
        if x is None:
            x, = gather(op, (), params)
        if rest:
            bind(op, rest, params)
        is_tensor = isinstance(x, Tensor)
        a = x.data if is_tensor else x
        try:
            y = kernels[type(a)](a, **params) if params else kernels[type(a)](a)
        except Exception as error:
            y, (a,) = second_try(op, kernels, (a,), params, error)
        if type(y) is not type(a):
            y = NAMESPACES[type(y)].asarray(y)      # NumPy reduces to scalars, Tensors hold arrays
        if not is_tensor:
            return y if y.dtype in NUMERIC[type(y)] else numbers(op, y)
        if x.requires_grad and thread.recording:
            return node(y, op, (x,), (a,), params or _NO_PARAMETERS)
        return wrap(y)
    return op


def _binary(kernels):
    def op(x1=None, x2=None, /, **named):
        if x2 is None or named:
            x1, x2 = gather(op, tuple(x for x in (x1, x2) if x is not None), named)
        a = x1.data if isinstance(x1, Tensor) else x1
        b = x2.data if isinstance(x2, Tensor) else x2
        kind, other = type(a), type(b)
        if kind is not other and other not in NUMBERS:
            kind = other if kind in NUMBERS else None
        try:
            y = kernels[kind or common_type(a, b)](a, b)
        except Exception as error:
            y, (a, b) = second_try(op, kernels, (a, b), {}, error)
            x1, x2 = as_arrays((x1, x2), (a, b))
        if type(y) is not kind:
            y = NAMESPACES[type(y)].asarray(y)
        if a is x1 or b is x2:
            if y.dtype not in NUMERIC[type(y)]:
                numbers(op, y)
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
            inputs = gather(op, inputs, params)
        arrays, tensors, remembered, kind = [], 0, False, None
        for x in inputs:
            if isinstance(x, Tensor):
                tensors += 1
                remembered = remembered or x.requires_grad
                x = x.data
            arrays.append(x)
            if type(x) is not kind and type(x) not in NUMBERS:
                kind = type(x) if kind is None else _MIXED
        saved = None
        try:
            if kind is None or kind is _MIXED:
                kind = common_type(*arrays)
            y = kernels[kind](*arrays, **params)
        except Exception as error:
            y, arrays = second_try(op, kernels, arrays, params, error)
            inputs = as_arrays(inputs, arrays)
        if saves:
            y, saved = y
        if type(y) is not kind:
            y = NAMESPACES[type(y)].asarray(y)
        if tensors < len(inputs) and y.dtype not in NUMERIC[type(y)]:
            numbers(op, y)
        if not tensors:
            return y
        if remembered and thread.recording:
            return node(y, op, inputs, arrays, params, saved)
        return wrap(y)
    return op
