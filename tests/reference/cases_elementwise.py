"""One array in, one of the same shape out; two arrays that broadcast; and every kink. From PyTorch.

softplus(x) is -logsigmoid(-x), since F.softplus is the identity from 20 on; gelu is x Phi(x), not
its approximation by tanh.
"""
import numpy as np
import torch
import torch.nn.functional as F

from tests.reference.torch_cases import case

# op: (torch's function, interval on which it is drawn)
UNARY = {
    "negative":    (torch.neg,         (-3, 3)),
    "square":      (torch.square,      (-3, 3)),
    "abs":         (torch.abs,         (-3, 3)),
    "sign":        (torch.sign,        (-3, 3)),
    "reciprocal":  (torch.reciprocal,  (0.3, 3)),
    "exp":         (torch.exp,         (-3, 3)),
    "expm1":       (torch.expm1,       (-3, 3)),
    "log":         (torch.log,         (0.1, 5)),
    "log2":        (torch.log2,        (0.1, 5)),
    "log1p":       (torch.log1p,       (-0.9, 5)),
    "sqrt":        (torch.sqrt,        (0.1, 5)),
    "sin":         (torch.sin,         (-6, 6)),
    "cos":         (torch.cos,         (-6, 6)),
    "tan":         (torch.tan,         (-1.4, 1.4)),
    "asin":        (torch.asin,        (-0.95, 0.95)),
    "acos":        (torch.acos,        (-0.95, 0.95)),
    "atan":        (torch.atan,        (-6, 6)),
    "sinh":        (torch.sinh,        (-3, 3)),
    "cosh":        (torch.cosh,        (-3, 3)),
    "tanh":        (torch.tanh,        (-3, 3)),
    "atanh":       (torch.atanh,       (-0.95, 0.95)),
    "erf":         (torch.erf,         (-3, 3)),
    "sigmoid":     (torch.sigmoid,     (-6, 6)),
    "log_sigmoid": (F.logsigmoid,      (-6, 6)),
    "softplus":    (lambda x: -F.logsigmoid(-x), (-6, 6)),
    "relu":        (torch.relu,        (-3, 3)),
    "elu":         (F.elu,             (-3, 3)),
    "silu":        (F.silu,            (-6, 6)),
    "gelu":        (F.gelu,            (-4, 4)),
}
UNARY_SHAPES = [(), (5,), (1, 1), (2, 3, 4), (0,), (2, 0, 3)]

# op: (torch's function, interval of the first argument, of the second)
BINARY = {
    "add":      (torch.add,      (-3, 3),  (-3, 3)),
    "subtract": (torch.subtract, (-3, 3),  (-3, 3)),
    "multiply": (torch.multiply, (-3, 3),  (-3, 3)),
    "divide":   (torch.divide,   (-3, 3),  (0.4, 3)),
    "pow":      (torch.pow,      (0.2, 3), (-3, 3)),
    "maximum":  (torch.maximum,  (-3, 3),  (-3, 3)),
    "minimum":  (torch.minimum,  (-3, 3),  (-3, 3)),
}
BINARY_SHAPES = [
    ((), ()), ((), (3,)), ((4,), (4,)), ((3, 4), (4,)), ((3, 1), (1, 4)), ((4,), (2, 3, 4)),
    ((2, 1, 3), (4, 1)), ((1,), ()), ((0, 3), (3,)), ((0,), (1,)), ((2, 3), (1, 1)),
]


def unary(rng):
    for op, (function, interval) in UNARY.items():
        for shape in UNARY_SHAPES:
            yield case(op, function, np.array(rng.uniform(*interval, shape)))
    for shape in UNARY_SHAPES:
        x = np.array(rng.uniform(-3, 3, shape))
        yield case("leaky_relu", lambda x: F.leaky_relu(x, 0.2), x)
        yield case("leaky_relu", lambda x: F.leaky_relu(x, 0.05), x, params={"slope": 0.05})


def binary(rng):
    for op, (function, first, second) in BINARY.items():
        for a, b in BINARY_SHAPES:
            yield case(op, function, np.array(rng.uniform(*first, a)),
                       np.array(rng.uniform(*second, b)))
    for a, b in BINARY_SHAPES:
        x, y = np.array(rng.uniform(-3, 3, a)), np.array(rng.uniform(-3, 3, b))
        mask = np.asarray(rng.random(np.broadcast_shapes(a, b)) < 0.5)
        yield case("where", torch.where, mask, x, y, fixed=(0,))
    rows = np.array([[True], [False], [True]])
    yield case("where", torch.where, rows, rng.normal(size=(3, 4)), rng.normal(size=4), fixed=(0,),
               note="mask broadcasts")


def clip(rng):
    x = rng.uniform(-3, 3, (3, 5))
    for low, high in ((-1.0, 1.0), (None, 0.5), (-0.5, None), (0.0, 0.0)):
        limits = {"min": low, "max": high}
        yield case("clip", lambda x: torch.clamp(x, **limits), x, params=limits)
    edges = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    yield case("clip", lambda x: torch.clamp(x, -1.0, 1.0), edges, params={"min": -1.0, "max": 1.0},
               note="at its edges")


def kinks(rng):
    """Points without a derivative; and log, sqrt and pow where they leave the reals."""
    around = np.array([-1.0, -0.0, 0.0, 1.0])
    for op in ("abs", "sign", "relu", "elu", "softplus", "silu", "gelu"):
        yield case(op, UNARY[op][0], around, note="around 0")
    yield case("leaky_relu", lambda x: F.leaky_relu(x, 0.2), around, note="around 0")

    a, b = np.array([1.0, 2.0, 2.0, -1.0, 0.0]), np.array([1.0, 3.0, 1.0, -1.0, -0.0])
    for op in ("maximum", "minimum"):
        yield case(op, BINARY[op][0], a, b, note="ties share")
        yield case(op, BINARY[op][0], np.array([[1.0], [2.0]]), np.array([1.0, 2.0, 3.0]),
                   note="ties share, broadcast")

    for op in ("log", "log2", "sqrt", "reciprocal"):
        yield case(op, UNARY[op][0], np.array([0.0, 1.0]), marks=["warns"], note="at 0")
    yield case("log", torch.log, np.array([-1.0, 2.0]), marks=["warns"],
               note="of a negative number")
    yield case("sqrt", torch.sqrt, np.array([-1.0, 4.0]), marks=["warns"],
               note="of a negative number")
    yield case("log1p", torch.log1p, np.array([-1.0, 0.0]), marks=["warns"], note="at -1")
    yield case("atanh", torch.atanh, np.array([-1.0, 0.0, 1.0]), marks=["warns"], note="at 1")
    for op in ("asin", "acos"):
        yield case(op, UNARY[op][0], np.array([-1.0, 0.0, 1.0]), marks=["warns"], note="at 1")

    base = np.array([-2.0, -1.0, 0.0, 0.5, 3.0])
    for power in (0.0, 1.0, 2.0, 3.0):
        yield case("pow", lambda x: torch.pow(x, power), base, params={"exponent": power})
    yield case("pow", lambda x: torch.pow(x, -2.0), np.array([-2.0, 0.5, 3.0]),
               params={"exponent": -2.0})
    yield case("pow", lambda x: torch.pow(x, 0.5), np.array([0.25, 2.0, 9.0]),
               params={"exponent": 0.5})
    yield case("pow", torch.pow, np.zeros(4), np.array([0.0, 1.0, 2.0, 0.5]), marks=["warns"],
               note="0 to a power")
    yield case("pow", torch.pow, np.array([-2.0, -1.0]), np.array([2.0, 3.0]), fixed=(1,),
               note="of a negative number")


def conversion(rng):
    x = rng.normal(size=(2, 3))
    yield case("astype", lambda x: x.to(torch.float64), x, params={"dtype": "float64"})
    yield case("astype", lambda x: x.to(torch.float64), x.astype(np.float32),
               params={"dtype": "float64"}, note="from float32")
    yield case("astype", lambda x: x.to(torch.float32), x, params={"dtype": "float32"})


def cases(rng):
    for family in (unary, binary, clip, kinks, conversion):
        yield from family(rng)
