"""A formula that was typed, "(y - (w*x + b))**2", as a Tensor: read by Python's parser, computed
here, node by node.  What is not listed here does not exist, so nothing typed is ever run.
"""
import ast
import inspect
import math
import operator
import unicodedata
import warnings
from keyword import iskeyword

from .. import backend, ops
from ..autodiff.tensor import Tensor
from .usage import UsageError, refuse

LENGTH, DEPTH, NUMBERS, EXPONENT = 1000, 60, 200, 1000          # the most of each
WORK = 1_000_000                # for sizes of two arrays that meet, multiplied
FUNCTIONS = """
    abs acos add asin atan atanh bce_with_logits cholesky clip cos cosh cumulative_sum det divide
    elu erf exp expm1 gaussian_nll gelu inv leaky_relu log log1p log2 log_sigmoid log_softmax
    logabsdet logsumexp matmul matrix_transpose max maximum mean min minimum multiply negative norm
    pow prod reciprocal relu sigmoid sign silu sin sinh softmax softplus solve sqrt square std
    subtract sum tan tanh trace var vecdot
""".split()
CONSTANTS = {"pi": math.pi, "e": math.e}
_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
              ast.Div: operator.truediv, ast.MatMult: operator.matmul, ast.Pow: operator.pow,
              ast.USub: operator.neg, ast.UAdd: lambda x: x}
_SETTINGS = ("axis", "keepdims", "correction")


def variables(pairs):
    """["w=2", "x=[1, 2]"] -> {name: a leaf of float64 that requires a gradient}."""
    found = {}
    for pair in pairs:
        name, equals, value = (part.strip() for part in pair.partition("="))
        name = unicodedata.normalize("NFKC", name)      # as the parser does: of two mu it knows one
        if not equals or not name.isidentifier():
            raise UsageError(f"values are given as NAME=VALUE, got {_short(pair)}")
        if iskeyword(name):
            raise UsageError(f"{name} is a word of Python's grammar: take another name")
        if name in found:
            raise UsageError(f"{name} is given twice")
        numbers = _numbers(_parsed(value).body, name)
        found[name] = Tensor(_array(numbers, name), requires_grad=True)
        found[name].name = name
    return found


def evaluate(text, values):
    """The loss that this formula describes, given {name: Tensor}: a Tensor of shape ().

    Raises UsageError, on one line, for whatever is no arithmetic with these names, and for a
    result that is no single number.
    """
    tree = _parsed(text)
    with warnings.catch_warnings():             # log(0) is -inf, and the table says so
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            loss = _value(tree.body, values, DEPTH)
        except OverflowError:
            raise UsageError("the formula has a number too large to be one of 64 bits") from None
        except (ValueError, TypeError, ArithmeticError, IndexError) as error:
            raise refuse(error) from None
    unused = set(values) - {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    if unused:
        raise UsageError(f"{min(unused)} is given, but does not occur in {_short(text)}")
    if not isinstance(loss, Tensor):
        raise UsageError("the formula has no variable: write one, and give it as NAME=VALUE")
    if loss.shape != ():
        raise UsageError(f"the formula gives an array of shape {loss.shape}, and a loss is one "
                         "number: take sum(...) or mean(...) of it")
    return loss


def _parsed(text):
    if len(text) > LENGTH:
        raise UsageError(f"{len(text)} characters are too long: at most {LENGTH}")
    try:
        return ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise UsageError(f"{_short(text)} is no formula that Python's grammar knows") from None


def _value(node, values, depth):
    """Tensors for what contains a variable, else a float or an array of floats."""
    if depth == 0:
        raise UsageError(f"the formula is nested more than {DEPTH} deep")
    match node:
        case ast.Constant() | ast.List():
            numbers = _numbers(node, "the formula")
            return numbers if isinstance(numbers, float) else _array(numbers, "the formula")
        case ast.Name(id=name):
            return _named(name, values)
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(operand, values, depth - 1))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            a, b = _value(left, values, depth - 1), _value(right, values, depth - 1)
            _require_small(a, b)
            return _real(_OPERATORS[type(op)](a, _exponent(b) if isinstance(op, ast.Pow) else b))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords):
            if name not in FUNCTIONS:
                raise UsageError(f"there is no function {_short(name)}; there are "
                                 f"{', '.join(FUNCTIONS)}")
            given = [_value(argument, values, depth - 1) for argument in arguments]
            _require_arrays(name, given)
            _require_small(*given)
            settings = dict(_setting(name, keyword) for keyword in keywords)
            if not any(isinstance(x, Tensor) for x in given):
                given = [Tensor(x) for x in given]
            return getattr(ops, name)(*given, **settings)
    raise UsageError(f"{_typed(node)} is not understood: a formula is made of "
                     "numbers, names, lists, + - * / ** @ and functions such as exp(x)")


def _named(name, values):
    if name in values:
        return values[name]
    if name in CONSTANTS:
        return CONSTANTS[name]
    if name in FUNCTIONS:
        raise UsageError(f"{name} is a function: {name}(...)")
    raise UsageError(f"{name[:60]} has no value: add {name[:60]}=... after the formula")


def _require_arrays(name, given):
    """What stands without a name is differentiated, but for the slope of leaky_relu, the alpha of
    elu and the ends of clip; an axis says that it is one.
    """
    for parameter, x in zip(inspect.signature(getattr(ops, name)).parameters.values(), given):
        if parameter.default is parameter.empty:
            continue
        if parameter.name not in ("slope", "alpha", "min", "max"):
            hint = f"; of two it is {name}imum(a, b)" if name in ("max", "min") else ""
            raise UsageError(f"{name}(x) of one array, and its axis goes by name: "
                             f"{name}(x, axis=0){hint}")
        if not isinstance(x, float):
            raise UsageError(f"{parameter.name} of {name} is a number, and no variable")


def _require_small(*given):
    """Broadcasting and products can make a large array of two small ones."""
    if math.prod(getattr(x, "size", 1) for x in given) > WORK:
        raise UsageError("the arrays that meet in the formula are too large together")


def _real(y):
    if isinstance(y, complex):
        raise UsageError("a negative number has no root among the real numbers")
    return y


def _exponent(b):
    """A whole number as an int, so that x**2 is a square."""
    if not isinstance(b, float):
        return b
    if not abs(b) <= EXPONENT:
        raise UsageError(f"an exponent of {b:g} is too large: at most {EXPONENT}")
    return int(b) if b.is_integer() else b


def _setting(function, keyword):
    """axis=0, axis=(0, 1), keepdims=True: what is not differentiated."""
    try:
        value = ast.literal_eval(keyword.value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        value = None
    kind = bool if keyword.arg == "keepdims" else int
    known = all(type(k) is kind for k in (value if isinstance(value, tuple) else (value,)))
    if keyword.arg not in _SETTINGS or not known:
        raise UsageError(f"{function} takes axis= and correction= in whole numbers, and "
                         f"keepdims=True, got {_typed(keyword)}")
    return keyword.arg, value


def _numbers(node, where, depth=4):
    """A number, or nested lists of numbers, as floats."""
    sign = 1.0
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        sign, node = (-sign if isinstance(node.op, ast.USub) else sign), node.operand
    if isinstance(node, ast.List) and sign == 1 and depth:
        return [_numbers(part, where, depth - 1) for part in node.elts]
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        try:
            if math.isfinite(node.value):
                return sign * float(node.value)
        except OverflowError:
            pass
        raise UsageError(f"{where} has a number too large to be one of 64 bits")
    raise UsageError(f"{where} is a number or a list of numbers, such as [1, 2, 3] or "
                     f"[[1, 2], [3, 4]], got {_typed(node)}")


def _array(numbers, where):
    try:
        array = backend.asarray(numbers)
    except (ValueError, TypeError):
        raise UsageError(f"{where} has rows of different lengths") from None
    if not 0 < array.size <= NUMBERS:
        raise UsageError(f"{where} has {array.size} numbers: at least 1, at most {NUMBERS}")
    return array


def _typed(node):
    """A part of a formula as it may have been typed, to be quoted in a complaint."""
    try:
        return _short(ast.unparse(node))
    except RecursionError:                      # ~~~~~~~~ and the like, a thousand deep
        return "what is nested so deep"


def _short(text):
    return repr(text if len(text) <= 60 else text[:57] + "...")
