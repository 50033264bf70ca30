"""Properties of all shapes, broadcasts and dtypes, drawn by hypothesis.

NumPy says what shape and dtype a result has; the engine's part is a gradient of the shape and dtype
of each input, whatever broadcasting did to it.
"""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import scratchgen as sg
from scratchgen import ops

SIZES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
PAIRS = hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=4, min_side=0, max_side=4)
FLOATS = st.sampled_from(["float32", "float64"])
SEEDS = st.integers(0, 2**32 - 1)

UNARY = {
    "negative": np.negative, "exp": np.exp, "tanh": np.tanh, "abs": np.abs, "square": np.square,
    "relu": lambda x: np.maximum(x, 0), "sign": np.sign, "sin": np.sin,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "softplus": lambda x: np.log(1 + np.exp(x)),
}
BINARY = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide,
    "maximum": np.maximum, "minimum": np.minimum, "pow": np.power,
}
REDUCTIONS = {"sum": np.sum, "prod": np.prod, "max": np.max, "min": np.min, "mean": np.mean,
              "var": np.var, "std": np.std}


def draw(seed, shape, dtype):
    """Positive numbers without ties, so that every op is smooth here."""
    return np.asarray(np.random.default_rng(seed).uniform(0.5, 2, shape), dtype)


def tolerance(*dtypes):
    return {"rtol": 1e-5 if "float32" in dtypes else 1e-12, "atol": 1e-6}


@pytest.mark.parametrize("name", UNARY)
@given(shape=SIZES, dtype=FLOATS, seed=SEEDS)
def test_unary(name, shape, dtype, seed):
    x = draw(seed, shape, dtype) - 1.25
    t = sg.Tensor(x, requires_grad=True)
    y = getattr(ops, name)(t)
    expected = np.asarray(UNARY[name](x))
    assert y.shape == expected.shape and y.dtype == expected.dtype == dtype
    np.testing.assert_allclose(y.data, expected, **tolerance(dtype))
    y.sum().backward()
    assert t.grad.shape == shape and t.grad.dtype == dtype


@pytest.mark.parametrize("name", BINARY)
@given(shapes=PAIRS, first=FLOATS, second=FLOATS, seed=SEEDS)
def test_binary(name, shapes, first, second, seed):
    """Gradients of broadcast inputs are those of inputs stretched by hand, summed back by hand."""
    op = getattr(ops, name)
    a, b = (draw(seed + i, shape, dtype)
            for i, (shape, dtype) in enumerate(zip(shapes.input_shapes, (first, second))))
    x, y = sg.Tensor(a, requires_grad=True), sg.Tensor(b, requires_grad=True)
    z = op(x, y)
    expected = np.asarray(BINARY[name](a, b))
    assert z.shape == shapes.result_shape and z.dtype == expected.dtype
    np.testing.assert_allclose(z.data, expected, **tolerance(first, second))
    z.sum().backward()

    wide = [sg.Tensor(np.broadcast_to(v, z.shape), requires_grad=True) for v in (a, b)]
    op(*wide).sum().backward()
    for t, w in zip((x, y), wide):
        assert t.grad.shape == t.shape and t.grad.dtype == t.dtype
        np.testing.assert_allclose(t.grad, summed_back(w.grad, t.shape), **tolerance(first, second))


def summed_back(g, shape):
    """The sum over everything that broadcasting repeated, one axis after the other."""
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis, n in enumerate(shape):
        if n == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


@pytest.mark.parametrize("name", REDUCTIONS)
@given(data=st.data(), shape=SIZES, dtype=FLOATS, keepdims=st.booleans(), seed=SEEDS)
def test_reduction(name, data, shape, dtype, keepdims, seed):
    """Any axes; nothing to reduce is an error for all but sum and product."""
    axis = data.draw(st.none() | st.sets(st.integers(0, len(shape) - 1), min_size=1).map(tuple)
                     if shape else st.none())
    x = draw(seed, shape, dtype)
    t = sg.Tensor(x, requires_grad=True)
    op = getattr(ops, name)
    if name not in ("sum", "prod") and 0 in (shape if axis is None else [shape[a] for a in axis]):
        with pytest.raises(ValueError, match="of nothing"):
            op(t, axis=axis)
        return
    y = op(t, axis=axis, keepdims=keepdims)
    expected = np.asarray(REDUCTIONS[name](x, axis=axis, keepdims=keepdims))
    assert y.shape == expected.shape and y.dtype == dtype
    np.testing.assert_allclose(y.data, expected, **tolerance(dtype))
    y.sum().backward()
    assert t.grad.shape == shape and t.grad.dtype == dtype and np.isfinite(t.grad).all()


@given(shape=SIZES, dtype=FLOATS, seed=SEEDS, data=st.data())
def test_indexing(shape, dtype, seed, data):
    """Any basic index: NumPy's view, and a gradient of one wherever it looks."""
    index = data.draw(hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    x = draw(seed, shape, dtype)
    t = sg.Tensor(x, requires_grad=True)
    y = t[index]
    np.testing.assert_array_equal(y.data, x[index])
    y.sum().backward()
    expected = np.zeros(shape, dtype)
    expected[index] = 1
    np.testing.assert_array_equal(t.grad, expected)


@given(data=st.data(), dtype=FLOATS, seed=SEEDS)
def test_advanced_indexing(data, dtype, seed):
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=4))
    index = data.draw(hnp.integer_array_indices(shape) | hnp.arrays(bool, shape))
    x = draw(seed, shape, dtype)
    t = sg.Tensor(x, requires_grad=True)
    y = t[index]
    np.testing.assert_array_equal(y.data, x[index])
    y.sum().backward()
    expected = np.zeros(shape, dtype)
    np.add.at(expected, index, 1)
    np.testing.assert_array_equal(t.grad, expected)


@given(dtype=FLOATS, seed=SEEDS, sizes=st.tuples(*[st.integers(0, 3)] * 3),
       lead=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=2, min_side=0, max_side=3))
def test_matmul(dtype, seed, sizes, lead):
    i, j, k = sizes
    a, b = (draw(seed + n, s, dtype) for n, s in enumerate((lead.input_shapes[0] + (i, j),
                                                            lead.input_shapes[1] + (j, k))))
    x, y = sg.Tensor(a, requires_grad=True), sg.Tensor(b, requires_grad=True)
    z = x @ y
    np.testing.assert_allclose(z.data, a @ b, **tolerance(dtype))
    z.sum().backward()
    by_einsum = [sg.Tensor(v, requires_grad=True) for v in (a, b)]
    ops.einsum("...ij,...jk->...ik", *by_einsum).sum().backward()
    for t, w in zip((x, y), by_einsum):
        assert t.grad.shape == t.shape and t.grad.dtype == dtype
        np.testing.assert_allclose(t.grad, w.grad, **tolerance(dtype))


@given(shape=hnp.array_shapes(min_dims=1, max_dims=3, max_side=4), dtype=FLOATS, seed=SEEDS,
       scale=st.sampled_from([1e-3, 1.0, 1e3]), data=st.data())
def test_softmax_is_a_distribution(shape, dtype, seed, scale, data):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = (draw(seed, shape, dtype) * scale).astype(dtype)
    p = ops.softmax(x, axis=axis)
    assert (p >= 0).all() and p.dtype == dtype
    np.testing.assert_allclose(p.sum(axis), 1, **tolerance(dtype))
    np.testing.assert_allclose(ops.exp(ops.log_softmax(x, axis=axis)), p, **tolerance(dtype))
    np.testing.assert_allclose(ops.log_softmax(x, axis=axis),
                               x - ops.logsumexp(x, axis=axis, keepdims=True),
                               rtol=1e-4 if dtype == "float32" else 1e-9, atol=1e-3 * scale ** .5
                               if dtype == "float32" else 1e-9)
    t = sg.Tensor(x, requires_grad=True)
    ops.softmax(t, axis=axis).sum().backward()              # a constant, so its gradient is 0
    np.testing.assert_allclose(t.grad, 0, atol=1e-5 if dtype == "float32" else 1e-14)


@given(data=st.data(), dtype=FLOATS, seed=SEEDS)
def test_moving_entries_loses_none(data, dtype, seed):
    """Flip, roll, permute, transpose, reshape and back: each is undone by another."""
    shape = data.draw(hnp.array_shapes(min_dims=2, max_dims=4, min_side=0, max_side=3))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    shift = data.draw(st.integers(-5, 5))
    order = data.draw(st.permutations(range(len(shape))))
    x = draw(seed, shape, dtype)
    for there, back in (
            (lambda x: ops.flip(x, axis=axis), lambda y: ops.flip(y, axis=axis)),
            (lambda x: ops.roll(x, shift, axis=axis), lambda y: ops.roll(y, -shift, axis=axis)),
            (lambda x: ops.permute_dims(x, order),
             lambda y: ops.permute_dims(y, np.argsort(order))),
            (ops.matrix_transpose, ops.matrix_transpose),
            (lambda x: ops.reshape(x, (x.size,)), lambda y: ops.reshape(y, shape)),
            (lambda x: ops.expand_dims(x, axis), lambda y: ops.squeeze(y, axis)),
            (lambda x: ops.pad(x, 2), lambda y: y[(slice(2, -2),) * len(shape)]),
            (lambda x: ops.concat([x, x], axis=axis),
             lambda y: ops.take(y, np.arange(shape[axis]), axis=axis)),
            (lambda x: ops.tril(x) + ops.triu(x, k=1), lambda y: y)):
        t = sg.Tensor(x, requires_grad=True)
        y = back(there(t))
        np.testing.assert_array_equal(y.data, x)
        y.sum().backward()
        np.testing.assert_array_equal(t.grad, np.ones(shape, dtype))
