"""Every op of the table: values, derivatives of two orders, dtypes, layouts, backends.

Reference values of another framework are held against the ops in tests/reference; here is what has
to hold for any op at any shape.
"""
import itertools

import numpy as np
import pytest

import scratchgen as sg
from scratchgen.autodiff import engine, ops
from scratchgen.autodiff.primitive import PRIMITIVES, AtOnce
from tests.autodiff.ops.rows import ROWS
from tests.support.finite_differences import jacobian

DRAWS = 20                  # shapes an op on NumPy; 3 on every other backend
every_op = pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
differentiable = [row for row in ROWS if row.differentiable]
every_gradient = pytest.mark.parametrize("row", differentiable,
                                         ids=[row.name for row in differentiable])


def is_float(x):
    """Is this an array of floats, of any backend?"""
    return sg.backend.namespace(x).isdtype(x.dtype, "real floating")


def leaves(inputs):
    """Tensors that require a gradient where there is one, plain arrays elsewhere."""
    return [sg.Tensor(x, requires_grad=True) if is_float(x) else x for x in inputs]


def gradients(row, inputs, params, seed):
    """dL/dx for every floating input, given dL/dy = seed."""
    tensors = leaves(inputs)
    row(tensors, params).backward(seed)
    return [t.grad for t in tensors if isinstance(t, sg.Tensor)]


def direction(shape, start=1.0):
    """Numbers without pattern, none of them 0, so that no two entries can be mistaken."""
    return np.cos(start + np.arange(np.prod(shape, dtype=int)) ** 2).reshape(shape)


# ---- values and derivatives ----------------------------------------------------------------------

@every_op
def test_value(row):
    for inputs, params in row.cases(DRAWS):
        expected = np.asarray(row.reference(*inputs, **params))
        value = row(inputs, params)
        assert type(value) is np.ndarray and value.shape == expected.shape
        np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-11)


@every_op
def test_a_tensor_gives_a_tensor_with_the_same_values(row):
    for inputs, params in row.cases(DRAWS):
        value = row(inputs, params)
        constants = [sg.Tensor(x) for x in inputs]
        for tensors, graph in ((leaves(inputs), row.name != "stop_gradient"), (constants, False)):
            result = row(tensors, params)
            assert type(result) is sg.Tensor and result.requires_grad == graph
            np.testing.assert_array_equal(result.data, value)
            assert result.data.dtype == value.dtype


@every_gradient
def test_gradient(row):
    """The whole Jacobian, one output at a time, against finite differences."""
    for inputs, params in row.cases(DRAWS):
        tensors = leaves(inputs)
        y = row(tensors, params)
        for i, x in enumerate(tensors):
            if isinstance(x, sg.Tensor):
                numeric = jacobian(lambda *arrays: row(arrays, params), inputs, i)
                analytic = np.zeros(y.shape + x.shape)
                for k in np.ndindex(*y.shape):
                    x.zero_grad()
                    y.backward(one_at(y.shape, k))
                    analytic[k] = x.grad
                np.testing.assert_allclose(analytic, numeric, rtol=1e-7, atol=1e-9,
                                           err_msg=f"input {i}, {params}")


def one_at(shape, k):
    seed = np.zeros(shape)
    seed[k] = 1
    return seed


@pytest.mark.parametrize("row", [row for row in ROWS
                                 if isinstance(getattr(row.op, "vjp", None), AtOnce)],
                         ids=lambda row: row.name)
def test_gradients_in_one_call_are_those_of_the_rules(row):
    for inputs, params in row.cases(DRAWS):
        node = row(leaves(inputs), params)
        g = direction(node.shape)
        given = engine.rule_arguments(node, g)
        by_rule = [rule(*given, **node.params) for rule in row.op.vjp]
        for needed in itertools.product([True, False], repeat=len(node.inputs)):
            needed = [n and x is not None for n, x in zip(needed, node.inputs)]
            found = row.op.vjp.gradients(needed, g, node.data, *node.arrays, **node.params)
            assert [gx is not None for gx in found] == needed
            for x, gx, expected in zip(node.arrays, found, by_rule):
                if gx is not None:
                    np.testing.assert_array_equal(gx, ops.shape.sum_to(expected, x.shape))


@every_gradient
def test_second_derivative(row):
    """<v, dL/dx> is a function of x and of dL/dy: its own gradient, against finite differences."""
    for inputs, params in row.cases(DRAWS):
        seed = direction(np.shape(row(inputs, params)))
        weights = [direction(x.shape, start=2.0 + i) for i, x in enumerate(inputs) if is_float(x)]

        def projected(*arrays):
            found = gradients(row, arrays[:-1], params, arrays[-1])
            return sum(np.sum(v * g) for v, g in zip(weights, found))

        tensors = [*leaves(inputs), sg.Tensor(seed, requires_grad=True)]
        row(tensors[:-1], params).backward(tensors[-1], create_graph=True)
        variables = [t for t in tensors if isinstance(t, sg.Tensor)]
        total = sum(ops.sum(v * t.grad) for v, t in zip(weights, variables))
        for t in variables:
            t.zero_grad()
        total.backward()
        for i, t in enumerate(tensors):
            if isinstance(t, sg.Tensor):
                analytic = np.zeros(t.shape) if t.grad is None else t.grad
                np.testing.assert_allclose(
                    analytic, jacobian(projected, [*inputs, seed], i), rtol=1e-6, atol=1e-8,
                    err_msg=f"input {i} of {len(inputs)}, the last is dL/dy, {params}")


# ---- inputs: untouched, of any dtype, in any layout ----------------------------------------------

@every_op
def test_inputs_are_untouched(row):
    """Read-only inputs are enough, forward and backward, and keep their values."""
    for inputs, params in row.cases(3):
        copies = [x.copy() for x in inputs]
        for x in inputs:
            x.flags.writeable = False
        tensors = leaves(inputs)
        for t in tensors:
            if isinstance(t, sg.Tensor):
                t.data.flags.writeable = False
        y = row(tensors, params)
        if y.requires_grad:
            y.backward(direction(y.shape), create_graph=True)
            for t in tensors:
                if isinstance(t, sg.Tensor):
                    t.zero_grad()
            y.backward(direction(y.shape))
        row(inputs, params)
        for x, copy in zip(inputs, copies):
            np.testing.assert_array_equal(x, copy)


@every_op
def test_float32_is_kept(row, monkeypatch):
    """In the value, in the gradient, and in every rule on the way."""
    fit = engine.fit

    def no_conversion(op, i, x, g):
        assert g.dtype == x.dtype, f"the rule of {op.name} for input {i} makes {g.dtype}"
        return fit(op, i, x, g)

    if not row.makes:
        monkeypatch.setattr(engine, "fit", no_conversion)
    for inputs, params in row.cases(5):
        inputs = [x.astype(np.float32) if is_float(x) else x for x in inputs]
        tensors = leaves(inputs)
        y = row(tensors, params)
        assert y.dtype == (row.makes or np.float32)
        if y.requires_grad:
            y.backward(direction(y.shape).astype(np.float32))
            assert all(t.grad.dtype == np.float32 for t in tensors if isinstance(t, sg.Tensor))


def layouts(x):
    """The same values, other strides: Fortran order, reversed, every second entry of an array."""
    yield np.array(x, order="F")
    if x.ndim:
        backwards = (slice(None, None, -1),) * x.ndim
        yield np.ascontiguousarray(x[backwards])[backwards]
        yield np.repeat(np.repeat(x, 2, axis=-1), 2, axis=0)[..., ::2][::2] if x.ndim > 1 \
            else np.repeat(x, 2)[::2]
    else:
        yield np.broadcast_to(x, (3,))[1:2].reshape(())


@every_op
def test_any_layout(row):
    """Strides never matter, neither in the value nor in the gradient."""
    for inputs, params in row.cases(4):
        value = row(inputs, params)
        seed = direction(value.shape)
        expected = gradients(row, inputs, params, seed) if row.differentiable else []
        for strided in zip(*map(layouts, inputs)):
            for x, original in zip(strided, inputs):
                np.testing.assert_array_equal(x, original)
            np.testing.assert_allclose(row(strided, params), value, rtol=1e-12, atol=1e-13)
            if row.differentiable:
                tensors = [wrap(x) if is_float(x) else x for x in strided]
                row(tensors, params).backward(np.array(seed, order="F"))
                found = [t.grad for t in tensors if isinstance(t, sg.Tensor)]
                for g, h in zip(found, expected):
                    np.testing.assert_allclose(g, h, rtol=1e-12, atol=1e-13)


def wrap(x):
    """A leaf around this very array, strides and all (the constructor would copy it)."""
    tensor = sg.autodiff.tensor.wrap(np.asarray(x))
    tensor.requires_grad = True
    return tensor


# ---- backends ------------------------------------------------------------------------------------

def moved(value, backend):
    """Arrays among the parameters on this backend: those inside an index."""
    if isinstance(value, tuple):
        return tuple(moved(part, backend) for part in value)
    return backend.asarray(value) if isinstance(value, np.ndarray) else value


@every_op
def test_every_backend_agrees_with_numpy(row, xp_backend):
    """In the value and in the gradient, made of arrays and made of Tensors."""
    if row.makes == "float64" and "float64" not in xp_backend.dtypes:
        pytest.skip("makes float64, which this device does not have")
    tolerance = {"rtol": 1e-9, "atol": 1e-11} if xp_backend.dtype == "float64" \
        else {"rtol": 2e-4, "atol": 2e-4}
    for inputs, params in row.cases(3):
        arrays = [xp_backend.asarray(x) for x in inputs]
        there = {name: moved(value, xp_backend) for name, value in params.items()}
        value = row(inputs, params)
        np.testing.assert_allclose(xp_backend.to_numpy(row(arrays, there)), value, **tolerance)
        tensors = leaves(arrays)
        y = row(tensors, there)
        np.testing.assert_allclose(xp_backend.to_numpy(y), value, **tolerance)
        if row.differentiable:
            seed = direction(value.shape)
            expected = gradients(row, inputs, params, seed)
            for second_order in (False, True):
                y.backward(xp_backend.asarray(seed), create_graph=second_order)
                variables = [t for t in tensors if isinstance(t, sg.Tensor)]
                for t, g in zip(variables, expected):
                    np.testing.assert_allclose(xp_backend.to_numpy(t.grad), g, **tolerance)
                    t.zero_grad()


# ---- the table is complete -----------------------------------------------------------------------

CONTRACT = set("""
    add subtract multiply divide pow negative reciprocal exp log log2 log1p expm1 sqrt square abs
    sign sin cos tan asin acos atan sinh cosh tanh atanh maximum minimum clip where astype
    sum mean var std max min prod cumulative_sum logsumexp norm
    reshape permute_dims matrix_transpose broadcast_to expand_dims squeeze concat stack flip roll
    tile repeat pad tril triu take take_along_axis matmul tensordot vecdot einsum
    cholesky solve solve_triangular inv det logabsdet diagonal trace
    relu leaky_relu elu silu gelu sigmoid log_sigmoid softplus softmax log_softmax erf
    linear normalise bce_with_logits gaussian_nll softmax_cross_entropy
    conv2d conv_transpose2d max_pool2d avg_pool2d stop_gradient straight_through
""".split())


def test_every_op_of_the_contract_exists():
    assert CONTRACT <= set(ops.__all__)
    assert all(callable(getattr(sg.ops, name)) for name in ops.__all__)


def test_every_op_and_every_primitive_has_exactly_one_row():
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))
    assert set(names) == set(ops.__all__) | set(PRIMITIVES)


def test_every_primitive_has_one_rule_for_each_input():
    for op in PRIMITIVES.values():
        if not op.variadic:
            assert len(op.vjp) == len(op.names), op.name
        assert op.formula.startswith("y") and "->" in op.signature and op.__doc__, op.name
