"""The table of operations: one row an op, and every test of test_table.py runs on every row.

A row says how to draw inputs, and what NumPy (or a formula) makes of them.  A new op begins with a
row here, and so does the mending of a bug.
"""
import math
from dataclasses import dataclass
from typing import Callable

import numpy as np

from scratchgen.autodiff import ops
from scratchgen.autodiff.primitive import PRIMITIVES
from tests.autodiff.ops import draws
from tests.autodiff.ops import draws_algebra as algebra
from tests.autodiff.ops import draws_convolution as images
from tests.autodiff.ops import draws_moving as moving
from tests.autodiff.ops import naive_convolution as naive
from tests.autodiff.ops.draws import along, away_from_zero, binary, reduced, same_shape, unary


def plain(op, inputs, params):
    return op(*inputs, **params)


def as_list(op, inputs, params):
    return op(list(inputs), **params)


def subscripts_first(op, inputs, params):
    return op(params["subscripts"], *inputs)


@dataclass(frozen=True)
class Row:
    """An op, rng -> (inputs, params), and (*inputs, **params) -> the value by other means.

    Inputs are float64 where the op is differentiated, integers or booleans where not.
    """

    name: str
    draw: Callable
    reference: Callable
    call: Callable = plain
    differentiable: bool = True             # False: its gradient is made up, and tested apart
    makes: str = ""                         # the result's dtype, where it is not that of the inputs

    @property
    def op(self):
        return getattr(ops, self.name, None) or PRIMITIVES[self.name]

    def __call__(self, inputs, params):
        return self.call(self.op, inputs, params)

    def cases(self, n):
        """n drawn (inputs, params), the same in every run."""
        for i in range(n):
            yield self.draw(np.random.default_rng([i, *self.name.encode()]))


def special(function):
    """A function of one number, for arrays."""
    return lambda x: np.array([function(v) for v in x.reshape(-1)]).reshape(x.shape)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x, axis=-1):
    return np.exp(x) / np.exp(x).sum(axis, keepdims=True)


def scatter(x, index, shape):
    y = np.zeros(shape)
    np.add.at(y, index, x)
    return y


def summed_to(x, shape):
    """Every entry of x is added to the one that it would be a copy of."""
    y = np.zeros(shape)
    copied = np.broadcast_to(np.arange(y.size).reshape(shape), x.shape)
    np.add.at(y.reshape(-1), copied, x)
    return y


def cofactors(a):
    return np.linalg.det(a)[..., None, None] * np.linalg.inv(a).swapaxes(-1, -2)


def argmax(x, axis=-1):
    return (x == x.max(axis, keepdims=True)) * 1.0


def gumbel_softmax(x, temperature, axis, rng):
    return softmax((x + np.random.default_rng(rng).gumbel(size=x.shape)) / temperature, axis)


ACTIVATIONS = {None: np.positive, "tanh": np.tanh, "sigmoid": sigmoid,
               "relu": lambda y: y * (y > 0), "leaky_relu": lambda y: np.where(y > 0, y, 0.2 * y)}
SLOPES = {"tanh": lambda y: 1 - y * y, "sigmoid": lambda y: y - y * y,
          "relu": lambda y: 1.0 * (y > 0), "leaky_relu": lambda y: np.where(y > 0, 1, 0.2)}


def linear(x, w, b=0.0, activation=None):
    return ACTIVATIONS[activation](x @ w + b)


def then(function):
    """The function of arrays, with an activation after it."""
    return lambda *inputs, activation, **form: ACTIVATIONS[activation](function(*inputs, **form))


def batch_norm(x, w, b, eps):
    return normalise(x, tuple(range(x.ndim - 1)), eps) * w + b


def normalise(x, axis, eps):
    mean, variance = x.mean(axis, keepdims=True), x.var(axis, keepdims=True)
    return (x - mean) / np.sqrt(variance + eps)


ELEMENTWISE = [
    Row("negative",     unary(-3, 3),           np.negative),
    Row("square",       unary(-3, 3),           np.square),
    Row("abs",          away_from_zero,         np.abs),
    Row("sign",         away_from_zero,         np.sign),
    Row("reciprocal",   unary(0.3, 3),          np.reciprocal),
    Row("exp",          unary(-3, 3),           np.exp),
    Row("expm1",        unary(-3, 3),           np.expm1),
    Row("log",          unary(0.1, 5),          np.log),
    Row("log2",         unary(0.1, 5),          np.log2),
    Row("log1p",        unary(-0.9, 5),         np.log1p),
    Row("sqrt",         unary(0.1, 5),          np.sqrt),
    Row("sin",          unary(-6, 6),           np.sin),
    Row("cos",          unary(-6, 6),           np.cos),
    Row("tan",          unary(-1, 1),           np.tan),
    Row("asin",         unary(-0.9, 0.9),       np.arcsin),
    Row("acos",         unary(-0.9, 0.9),       np.arccos),
    Row("atan",         unary(-6, 6),           np.arctan),
    Row("sinh",         unary(-3, 3),           np.sinh),
    Row("cosh",         unary(-3, 3),           np.cosh),
    Row("tanh",         unary(-3, 3),           np.tanh),
    Row("atanh",        unary(-0.9, 0.9),       np.arctanh),
    Row("erf",          unary(-3, 3),           special(math.erf)),
    Row("relu",         away_from_zero,         lambda x: x * (x > 0)),
    Row("sigmoid",      unary(-6, 6),           sigmoid),
    Row("log_sigmoid",  unary(-6, 6),           lambda x: np.log(sigmoid(x))),
    Row("softplus",     unary(-6, 6),           lambda x: np.log(1 + np.exp(x))),
    Row("silu",         unary(-6, 6),           lambda x: x * sigmoid(x)),
    Row("gelu",         unary(-4, 4),           lambda x: x * special(math.erfc)(-x / 2 ** .5) / 2),
    Row("leaky_relu",   draws.hinge(slope=(0, 1)),
        lambda x, slope: np.where(x > 0, x, slope * x)),
    Row("elu",          draws.hinge(alpha=(0.5, 2)),
        lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(x))),
    Row("clip",         draws.interval("min", "max"),
        lambda x, min, max: np.minimum(np.maximum(x, min), np.inf if max is None else max)),
    Row("within",       draws.interval("low", "high"),
        lambda x, low, high: 1.0 * (x >= low) * (x <= (np.inf if high is None else high))),
    Row("positive",     away_from_zero,         lambda x: (x > 0) * 1.0),
    Row("step",         draws.without_ties,     lambda a, b: (a > b) * 1.0),
    Row("equal_mask",   draws.without_ties,     lambda a, b: (a == b) * 1.0),
    Row("add",          binary((-3, 3), (-3, 3)),   np.add),
    Row("subtract",     binary((-3, 3), (-3, 3)),   np.subtract),
    Row("multiply",     binary((-3, 3), (-3, 3)),   np.multiply),
    Row("divide",       binary((-3, 3), (0.4, 3)),  np.divide),
    Row("pow",          binary((0.2, 3), (-3, 3)),  np.power),
    Row("maximum",      draws.without_ties,     np.maximum),
    Row("minimum",      draws.without_ties,     np.minimum),
    Row("where",        draws.choice,           np.where),
    Row("astype",       draws.with_params(unary(-3, 3), dtype="float64"),
        lambda x, dtype: x.astype(dtype), makes="float64"),
    Row("cast",         draws.with_params(unary(-3, 3), dtype="float64"),
        lambda x, dtype: x.astype(dtype), makes="float64"),
]

MOVING = [
    Row("identity",         unary(-3, 3),         np.copy),
    Row("reshape",          moving.reshaped,      np.reshape),
    Row("expand_dims",      moving.new_axis,      np.expand_dims),
    Row("squeeze",          moving.thin,          np.squeeze),
    Row("broadcast_to",     moving.stretching,    np.broadcast_to),
    Row("sum_to",           moving.stretched_before, summed_to),
    Row("matrix_transpose", moving.matrices,      lambda x: x.swapaxes(-1, -2)),
    Row("permute_dims",     moving.permuted,      np.transpose),
    Row("flip",             draws.along_some,     np.flip),
    Row("roll",             moving.rolled,        np.roll),
    Row("tril",             moving.triangle,      np.tril),
    Row("triu",             moving.triangle,      np.triu),
    Row("tile",             moving.tiled,         lambda x, repetitions: np.tile(x, repetitions)),
    Row("repeat",           moving.repeated,      np.repeat),
    Row("pad",              moving.padded,        np.pad),
    Row("join",             moving.parts,         lambda *x, axis: np.concatenate(x, axis)),
    Row("concat",           moving.parts,
        lambda *x, axis: np.concatenate(x, axis), as_list),
    Row("stack",            moving.equals,        lambda *x, axis: np.stack(x, axis), as_list),
    Row("getitem",          moving.index,         lambda x, index: x[index]),
    Row("scatter",          moving.scattered,     scatter),
    Row("take",             moving.taken,         np.take),
    Row("take_along_axis",  moving.taken_along,   np.take_along_axis),
    Row("diagonal",         moving.a_diagonal,    lambda x, offset: np.diagonal(x, offset, -2, -1)),
    Row("straight_through", same_shape((-3, 3), (-3, 3)), lambda hard, soft: hard,
        differentiable=False),
    Row("stop_gradient",    unary(-3, 3),         np.copy, differentiable=False),
]

REDUCING = [
    Row("sum",              reduced(empty=True),  np.sum),
    Row("mean",             reduced(),            np.mean),
    Row("var",              draws.spread,
        lambda x, correction, **over: np.var(x, ddof=correction, **over)),
    Row("std",              draws.spread,
        lambda x, correction, **over: np.std(x, ddof=correction, **over)),
    Row("max",              reduced("distinct"),  np.max),
    Row("min",              reduced("distinct"),  np.min),
    Row("prod",             reduced((-2, 2),      empty=True), np.prod),
    Row("norm",             reduced((0.2, 3)),    lambda x, **over: np.sqrt(np.sum(x * x, **over))),
    Row("cumulative_sum",   along,                np.cumsum),
    Row("trace",            moving.a_diagonal,    lambda x, offset: np.trace(x, offset, -2, -1)),
    Row("logsumexp",        reduced(),
        lambda x, **over: np.log(np.sum(np.exp(x), **over))),
    Row("softmax",          along,                softmax),
    Row("log_softmax",      along,                lambda x, axis: np.log(softmax(x, axis))),
    Row("one_hot_argmax",   draws.ranked,         argmax),
    Row("straight_through_argmax", draws.ranked,  argmax, differentiable=False),
    Row("gumbel_softmax",   draws.relaxed,        gumbel_softmax),
]

ALGEBRA = [
    Row("matmul",           algebra.factors,      np.matmul),
    Row("vecdot",           algebra.dotted,       np.vecdot),
    Row("tensordot",        algebra.contracted,   np.tensordot),
    Row("einsum",           algebra.summed,       lambda *x, subscripts: np.einsum(subscripts, *x),
        subscripts_first),
    Row("solve",            algebra.system,       np.linalg.solve),
    Row("solve_triangular", algebra.triangular_system,
        lambda a, b, lower: np.linalg.solve(np.tril(a) if lower else np.triu(a), b)),
    Row("inv",              algebra.square,       np.linalg.inv),
    Row("det",              algebra.square,       np.linalg.det),
    Row("cofactors",        algebra.square,       cofactors),
    Row("logabsdet",        algebra.square,       lambda a: np.log(np.abs(np.linalg.det(a)))),
    Row("cholesky",         algebra.positive_definite, np.linalg.cholesky),
]

NETWORKS = [
    Row("linear",           algebra.layer,        linear),
    Row("normalise",        algebra.normalised,   normalise),
    Row("bce_with_logits",  same_shape((-4, 4), (0.1, 0.9)),
        lambda u, t: -t * np.log(sigmoid(u)) - (1 - t) * np.log(sigmoid(-u))),
    Row("gaussian_nll",     algebra.gaussian,
        lambda x, m, s: (x - m) ** 2 / np.exp(2 * s) / 2 + s + math.log(2 * math.pi) / 2),
    Row("kl_standard_normal", same_shape((-3, 3), (-2, 1)),
        lambda m, s: (np.exp(2 * s) + m * m - 1) / 2 - s),
    Row("tilted_log_mass",  unary(-6, 6),         lambda u: np.log((np.exp(u) - 1) / u)),
    Row("tilted_mean",      unary(-6, 6),         lambda u: 1 / (1 - np.exp(-u)) - 1 / u),
    Row("continuous_bernoulli_nll", same_shape((-4, 4), (0.1, 0.9)),
        lambda u, x: np.log((np.exp(u) - 1) / u) - u * x),
    Row("softmax_cross_entropy", algebra.classes,
        lambda u, k: -np.log(softmax(u)[np.arange(len(k)), k])),
]

IMAGES = [
    Row("conv2d",           images.convolved,     then(naive.conv2d)),
    Row("conv_transpose2d", images.transposed,    then(naive.conv_transpose2d)),
    Row("conv2d_weight",    images.weighed,       naive.conv2d_weight),
    Row("batch_norm",       images.batch,         then(batch_norm)),
    Row("activation_gradient", images.passed_back,
        lambda g, v, activation: g * SLOPES[activation](v)),
    Row("max_pool2d",       images.pooled,        naive.max_pool2d),
    Row("avg_pool2d",       images.pooled,        naive.avg_pool2d),
]

ROWS = ELEMENTWISE + MOVING + REDUCING + ALGEBRA + NETWORKS + IMAGES
