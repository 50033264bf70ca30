"""The little of C++ that elementwise GPU kernels are written in, evaluated with NumPy.

    run("T e = exp(-fabs(x)); y = x >= 0 ? 1 / (1 + e) : e / (1 + e)", {"x": x}, np.float32)

So the formulas themselves are tested where there is no GPU.  Statements are `T name = expression`,
`name = expression`, `name += expression` and `name -= expression`; T is the dtype of the arrays.
Both branches of `c ? a : b` are computed.
"""

import math
import re

import numpy as np

_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:e-?\d+)?)|(\w+)|(>=|<=|==|!=|&&|\|\||[-+*/()?:,<>!]))")
_LEVELS = (                                             # what binds loosest comes first
    {"||": np.logical_or},
    {"&&": np.logical_and},
    {"==": np.equal, "!=": np.not_equal},
    {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal},
    {"+": np.add, "-": np.subtract},
    {"*": np.multiply, "/": np.divide},
)
_FUNCTIONS = {"exp": np.exp, "log": np.log, "log1p": np.log1p, "tanh": np.tanh, "sqrt": np.sqrt,
              "fabs": np.abs, "erf": np.vectorize(math.erf, otypes=[float])}


def run(source, variables, dtype):
    """Execute the statements on `variables`, a dictionary of arrays that they read and assign."""
    for statement in filter(None, map(str.strip, source.split(";"))):
        name, operator, expression = re.fullmatch(
            r"(?:T )?(\w+) ([-+]?)= (.*)", statement).groups()
        value = _Expression(expression, variables, dtype).value
        if operator:
            value = _LEVELS[4][operator](variables[name], value)
        variables[name] = np.asarray(value, dtype=dtype)
    return variables


class _Expression:
    """A recursive-descent parser that computes as it reads."""

    def __init__(self, text, variables, dtype):
        self.tokens = [number or name or symbol for number, name, symbol in _TOKEN.findall(text)]
        assert "".join(self.tokens) == re.sub(r"\s", "", text), f"cannot read {text!r}"
        self.variables, self.dtype = variables, dtype
        self.value = self._choice()
        assert not self.tokens, f"left over in {text!r}: {self.tokens}"

    def _accept(self, *symbols):
        return self.tokens.pop(0) if self.tokens and self.tokens[0] in symbols else None

    def _expect(self, symbol):
        assert self._accept(symbol), f"expected {symbol} before {self.tokens}"

    def _choice(self):
        condition = self._binary(0)
        if not self._accept("?"):
            return condition
        chosen = self._choice()
        self._expect(":")
        return np.where(condition, chosen, self._choice())

    def _binary(self, level):
        if level == len(_LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        while symbol := self._accept(*_LEVELS[level]):
            left = _LEVELS[level][symbol](left, self._binary(level + 1))
        return left

    def _unary(self):
        if self._accept("-"):
            return np.negative(self._unary())
        if self._accept("!"):
            return np.logical_not(self._unary())
        if self._accept("("):
            value = self._choice()
            self._expect(")")
            return value
        word = self.tokens.pop(0)
        if word[0].isdigit():
            return int(word) if word.isdigit() else float(word)
        if not self._accept("("):
            return self.variables[word]
        value = self._choice()
        self._expect(")")
        return self.dtype.type(value) if word == "T" else _FUNCTIONS[word](value)


class ElementwiseKernel:
    """cupy.ElementwiseKernel, evaluated by NumPy.  It does not promote: one T for all arrays."""

    def __init__(self, fake, in_params, out_params, operation, name="kernel"):
        self.fake, self.operation, self.name = fake, operation, name
        self.inputs, self.outputs = ([p.split()[1] for p in params.split(", ")]
                                     for params in (in_params, out_params))

    def __call__(self, *args):
        names = self.inputs + self.outputs
        assert len(args) in (len(self.inputs), len(names)), f"{self.name} takes {names}"
        values = [self.fake.unwrap(x) for x in args]
        arrays = [x for x in values if isinstance(x, np.ndarray)]
        dtypes = {x.dtype for x in arrays}
        if len(dtypes) != 1:
            raise TypeError(f"Type is mismatched. T {dtypes}")
        shape = np.broadcast_shapes(*(x.shape for x in arrays))
        outputs = values[len(self.inputs):] or [np.empty(shape, *dtypes) for _ in self.outputs]
        if any(y.shape != shape for y in outputs):
            raise ValueError("Out shape is mismatched")
        variables = {name: x if isinstance(x, np.ndarray) else np.asarray(x, *dtypes)
                     for name, x in zip(names, values)}
        with np.errstate(all="ignore"):
            run(self.operation, variables, *dtypes)
        for name, y in zip(self.outputs, outputs):
            y[...] = variables[name]
        results = tuple(args[len(self.inputs):]) or tuple(map(self.fake.wrap, outputs))
        return results[0] if len(results) == 1 else results
