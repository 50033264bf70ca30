"""Every operation against PyTorch and mpmath: values and gradients, moderate and extreme arguments.

An operation that the package lacks fails here; nothing is skipped.
"""
from pathlib import Path

import numpy as np
import pytest

import scratchgen as sg
from tests.reference.fixture import direction, read

CASES = read(Path(__file__).with_name("ops.npz"))


def call(case, inputs):
    """The operation of the case on arrays or tensors, written as a user would write it."""
    params = {name: from_json(value) for name, value in case.params.items()}
    if case.op == "getitem" and isinstance(inputs[0], sg.Tensor):
        return inputs[0][params["index"]]
    op = getattr(sg.ops, case.op)
    if case.op == "einsum":
        return op(params["subscripts"], *inputs)
    if case.op in ("pow", "pad"):
        return op(*inputs, *params.values())
    if "list" in case.marks:
        return op(inputs, **params)
    return op(*inputs, **params)


def from_json(value):
    """Undo what JSON cannot say: tuples, slices, ellipsis and arrays."""
    if isinstance(value, list):
        return tuple(from_json(item) for item in value)
    if isinstance(value, dict):
        return slice(*value["slice"]) if "slice" in value else np.array(value["array"])
    return ... if value == "..." else value


def tolerances(case):
    """((rtol, atol) of the value, (rtol, atol) of the gradients).

    float64 throughout. Scalar special functions are right to 1e-12 of their value, or where marked
    "absolute" to 1e-15; 1e-300 forgives the rounding of subnormal numbers.
    """
    if "float32" in case.params.values():
        return (0, 0), (0, 1e-15)
    if "special" in case.marks:
        tiny = 1e-15 if "absolute" in case.marks else 1e-300
        return (1e-12, tiny), (1e-12, 1e-15)
    return (1e-11, 1e-13), (1e-11, 1e-13)


@pytest.fixture(autouse=True)
def poles_are_meant(request):
    """Cases at a pole divide by zero on purpose; in others a floating-point warning is an error."""
    case = request.node.callspec.params.get("case") if hasattr(request.node, "callspec") else None
    with np.errstate(all="ignore" if case and "warns" in case.marks else None):
        yield


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_value(case):
    (rtol, atol), _ = tolerances(case)
    value = call(case, [x.copy() for x in case.inputs])
    assert isinstance(value, np.ndarray)                            # arrays in, array out
    assert value.shape == case.output.shape and value.dtype == case.output.dtype
    np.testing.assert_allclose(value, case.output, rtol, atol)


DIFFERENTIABLE = [case for case in CASES if any(g is not None for g in case.gradients)]


@pytest.mark.parametrize("case", DIFFERENTIABLE, ids=[case.name for case in DIFFERENTIABLE])
def test_gradient(case):
    _, (rtol, atol) = tolerances(case)
    inputs = [x if g is None else sg.Tensor(x, requires_grad=True)
              for x, g in zip(case.inputs, case.gradients)]
    output = call(case, inputs)
    np.testing.assert_array_equal(output.data, call(case, case.inputs))
    output.backward(direction(output.shape).astype(output.dtype))
    for i, (x, expected) in enumerate(zip(inputs, case.gradients)):
        if expected is None:
            continue
        found = x.grad
        if "symmetric" in case.marks:       # of a symmetric matrix, only this part is defined
            found, expected = (g + g.swapaxes(-1, -2) for g in (found, expected))
        assert found.shape == expected.shape and found.dtype == x.dtype
        np.testing.assert_allclose(found, expected, rtol, atol, err_msg=f"gradient of input {i}")


def test_every_operation_of_the_contract_has_a_case():
    """The row of operations that users rely on."""
    contract = set("""
        add subtract multiply divide pow negative reciprocal exp log log2 log1p expm1 sqrt square
        abs sign sin cos tan asin acos atan sinh cosh tanh atanh maximum minimum clip where astype
        sum mean var std max min prod cumulative_sum logsumexp norm
        reshape permute_dims matrix_transpose broadcast_to expand_dims squeeze concat stack flip
        roll tile repeat pad tril triu take take_along_axis getitem
        matmul tensordot vecdot einsum
        cholesky solve solve_triangular inv det logabsdet diagonal trace
        relu leaky_relu elu silu gelu sigmoid log_sigmoid softplus softmax log_softmax erf
        linear normalise bce_with_logits gaussian_nll softmax_cross_entropy
        conv2d conv_transpose2d batch_norm max_pool2d avg_pool2d""".split())
    assert {case.op for case in CASES} == contract
