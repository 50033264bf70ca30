"""What cannot work says so, in the user's words: which op, which input, expected and got."""
import numpy as np
import pytest
from numpy.linalg import LinAlgError

import scratchgen as sg
from scratchgen import ops

x = np.arange(6.0).reshape(2, 3)
square = np.array([[2.0, 1.0], [1.0, 3.0]])
ones = np.ones


SHAPES = {
    "add":          (lambda: ops.add(x, ones((2, 4))), "add: axis -1 is 3 in a but 4 in b"),
    "where":        (lambda: ops.where(x > 0, x, ones(4)), "where: axis -1 is 3"),
    "matmul":       (lambda: ops.matmul(x, ones((2, 4))), "matmul: J is 3 in a but 2 in b"),
    "matmul, vector": (lambda: ops.matmul(x, ones(2)), r"J is 3 in a but 2 in b\n.*b \(J\)"),
    "matmul, number": (lambda: ops.matmul(x, 2.0), "matmul: b needs at least 2 axes"),
    "linear":       (lambda: ops.linear(x, ones((2, 3))), "linear: I is 3 in x but 2 in w"),
    "linear, bias": (lambda: ops.linear(x, ones((3, 2)), ones(3)), "O is 2 in w but 3 in b"),
    "linear, a row of biases": (lambda: ops.linear(x, ones((3, 2)), ones((1, 2))),
                                "linear: b needs 1 axis"),
    "linear, one bias": (lambda: ops.linear(x, ones((3, 2)), ones(1)), "O is 2 in w but 1 in b"),
    "linear, vector": (lambda: ops.linear(x, ones(3)), "linear: w needs 2 axes"),
    "vecdot":       (lambda: ops.vecdot(x, ones(1)), "vecdot: J is 3 in a but 1 in b"),
    "tensordot":    (lambda: ops.tensordot(x, x, 1), r"sizes \[3\] in a but \[2\] in b"),
    "tensordot, number": (lambda: ops.tensordot(x, x, 3), "no 3 axes to sum over"),
    "einsum":       (lambda: ops.einsum("ij,jk->ik", x, x), "j is 3 in operand 0 but 2 in operand"),
    "einsum, ellipsis": (lambda: ops.einsum("...,...", x, ones(2)), "axis -1 of '...' is 3"),
    "einsum, axes": (lambda: ops.einsum("ijk->k", x), "names 3 axes, its operand has 2"),
    "sum":          (lambda: ops.sum(x, axis=2), "sum: axis 2 is out of range for an array with 2"),
    "sum, number":  (lambda: ops.sum(x[0, 0], axis=0), "sum: axis 0 is out of range .* 0 axes"),
    "norm":         (lambda: ops.norm(x, axis=(0, 2)), "norm: axis 2 is out of range"),
    "norm, number": (lambda: ops.norm(x[0, 0], axis=-1), "norm: axis -1 is out of range"),
    "max":          (lambda: ops.max(x, axis=(0, 0)), "max: an axis is named twice"),
    "mean":         (lambda: ops.mean(x, axis=-3), "axis -3 is out of range"),
    "cumulative_sum": (lambda: ops.cumulative_sum(x), "cumulative_sum: along which axis"),
    "cumulative_sum, number": (lambda: ops.cumulative_sum(1.0, axis=0), "axis 0 is out of range"),
    "reshape":      (lambda: ops.reshape(x, 4), r"reshape: 6 numbers .*\n.*\n.*got +\(4,\)"),
    "broadcast_to": (lambda: ops.broadcast_to(x, (2, 4)), r"\(2, 3\) broadcasts to\n.*\(2, 4\)"),
    "broadcast_to, no -1": (lambda: ops.broadcast_to(ones(1), -1), "an axis stretches only if"),
    "squeeze":      (lambda: ops.squeeze(x, 0), r"only axes of size 1 can go\n.*\(2, 3\)"),
    "expand_dims":  (lambda: ops.expand_dims(x, 3), "expand_dims: axis 3 is out of range"),
    "permute_dims": (lambda: ops.permute_dims(x, (0, 0)), "an axis is named twice"),
    "permute_dims, few": (lambda: ops.permute_dims(x, (0,)), "every axis has to be named once"),
    "matrix_transpose": (lambda: ops.matrix_transpose(x[0]), r"at least 2 axes \(..., M, N\)"),
    "concat":       (lambda: ops.concat([x, ones((3, 3, 1))]), "differ only along axis 0"),
    "concat, other axis": (lambda: ops.concat([x, x[:1]], axis=1), r"expected +\(2, 3\), but for"),
    "stack":        (lambda: ops.stack([x, x[:1]]), "stack: all shapes must be equal"),
    "repeat":       (lambda: ops.repeat(x, [1, 2], axis=1), "one for each of the 3"),
    "pad":          (lambda: ops.pad(x, ((1, 1),)), "pad: a pair .*\n.*2 pairs"),
    "take":         (lambda: ops.take(x, [0]), "take: along which axis"),
    "take_along_axis": (lambda: ops.take_along_axis(x, np.array([0])), "as many axes as x"),
    "diagonal":     (lambda: ops.diagonal(x[0]), "diagonal: x needs at least 2 axes"),
    "tril":         (lambda: ops.tril(x[0]), "tril: x needs at least 2 axes"),
    "triu":         (lambda: ops.triu(x[0]), "triu: x needs at least 2 axes"),
    "inv":          (lambda: ops.inv(x), "inv: M is 3 in a but 2 in a"),
    "cholesky":     (lambda: ops.cholesky(x), "cholesky: M is 3 in a but 2 in a"),
    "solve":        (lambda: ops.solve(square, ones(3)), "solve: M is 2 in a but 3 in b"),
    "solve_triangular": (lambda: ops.solve_triangular(square, ones((3, 1))), "M is 2 in a but 3"),
    "straight_through": (lambda: ops.straight_through(x[0], x), "shapes must be equal"),
    "bce_with_logits": (lambda: ops.bce_with_logits(ones(3), ones((3, 1))), "losses never broadca"),
    "bce, number":  (lambda: ops.bce_with_logits(ones(3), 1.0), "losses never broadcast"),
    "gaussian_nll": (lambda: ops.gaussian_nll(ones((3, 1)), ones(3), 0.0), "never broadcast"),
    "gaussian_nll, number": (lambda: ops.gaussian_nll(ones(3), 0.0, 0.0), "losses never broadcast"),
    "gaussian_nll, scale": (lambda: ops.gaussian_nll(x, x, ones((2, 1))), r"\n.*got +\(2, 1\)"),
    "kl_standard_normal": (lambda: ops.kl_standard_normal(x, ones(3)), "losses never broadcast"),
    "cross entropy": (lambda: ops.softmax_cross_entropy(x, np.zeros(3, int)), "N is 2 in logits"),
    "cross entropy, column": (lambda: ops.softmax_cross_entropy(x, np.zeros((2, 1), int)),
                              r"labels needs 1 axis \(N\), got shape \(2, 1\)"),
    "cross entropy, one row": (lambda: ops.softmax_cross_entropy(x[0], np.array(1)),
                               "logits needs 2 axes"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_that_do_not_fit(name):
    call, message = SHAPES[name]
    with pytest.raises(sg.ShapeError, match=message):
        call()


OTHERS = {
    "mean of nothing":  (lambda: ops.mean(ones((0, 3))), ValueError, r"of nothing: shape \(0, 3"),
    "var of nothing":   (lambda: ops.var(ones((0, 3)), axis=0), ValueError, "var of nothing"),
    "std of nothing":   (lambda: ops.std(ones(0)), ValueError, "std of nothing"),
    "max of nothing":   (lambda: ops.max(ones((3, 0)), axis=1), ValueError, "max of nothing"),
    "min of nothing":   (lambda: ops.min(ones(0)), ValueError, "min of nothing"),
    "logsumexp of nothing": (lambda: ops.logsumexp(ones(0)), ValueError, "logsumexp of nothing"),
    "normalise nothing": (lambda: ops.normalise(ones((0, 3)), axis=0), ValueError, "normalise of"),
    "var of one":       (lambda: ops.var(ones(1), correction=1), ValueError, "more than 1, for"),
    "target above 1":   (lambda: ops.bce_with_logits(ones(2), np.array([0, 1.5])), ValueError,
                         r"values in \[0, 1\]\n.*0 ... 1.5"),
    "target below 0":   (lambda: ops.bce_with_logits(ones(2), np.array([0, -1])), ValueError, "-1"),
    "float labels":     (lambda: ops.softmax_cross_entropy(x, ones(2)), TypeError, "dtype float64"),
    "boolean labels":   (lambda: ops.softmax_cross_entropy(x, ones(2) > 0), TypeError, "bool"),
    "label too large":  (lambda: ops.softmax_cross_entropy(x, np.array([0, 3])), IndexError,
                         r"labels\[1\] = 3 names no class\n  expected  0 ... 2, for 3 classes"),
    "negative label":   (lambda: ops.softmax_cross_entropy(x, np.array([-1, 3])), IndexError,
                         r"labels\[0\] = -1"),
    "index":            (lambda: sg.Tensor(x)[2], IndexError, "index 2 is out of bounds"),
    "index array":      (lambda: sg.Tensor(x)[[0, -3]], IndexError, "index -3 is out of bounds"),
    "float index":      (lambda: sg.Tensor(x)[0.5], IndexError, "slices, integers.*\n.*got +float"),
    "array of floats":  (lambda: sg.Tensor(x)[ones(1)], IndexError, "integer"),
    "too many indices": (lambda: sg.Tensor(x)[0, 0, 0], IndexError, "too many indices"),
    "take":             (lambda: ops.take(x, [0, 3], axis=1), IndexError, "index 3 is out"),
    "take_along_axis":  (lambda: ops.take_along_axis(x, [[0], [-4]], axis=1), IndexError, "-4"),
    "not definite":     (lambda: ops.cholesky(-square), LinAlgError, "not positive definite"),
    "singular solve":   (lambda: ops.solve(0 * square, ones(2)), LinAlgError, "(?i)singular"),
    "singular triangle": (lambda: ops.solve_triangular(0 * square, ones(2)), LinAlgError, "singul"),
    "singular inv":     (lambda: ops.inv(0 * square), LinAlgError, "(?i)singular"),
    "einsum, output":   (lambda: ops.einsum("ij->k", x), ValueError, "name axes of the operands"),
    "einsum, twice":    (lambda: ops.einsum("ij->ii", x), ValueError, "each once"),
    "einsum, digits":   (lambda: ops.einsum("i1", x), ValueError, "cannot read 'i1'"),
    "einsum, operands": (lambda: ops.einsum("ij,jk", x), ValueError, "names 2 operands, got 1"),
    "einsum, no dots":  (lambda: ops.einsum("i...->i", x), ValueError, "its output needs it too"),
    "concat of none":   (lambda: ops.concat([]), ValueError, "concat: the list of arrays is empty"),
    "concat of one":    (lambda: ops.concat(x), TypeError, "expected a list of arrays"),
    "stack of one":     (lambda: ops.stack(sg.Tensor(x)), TypeError, "expected a list of arrays"),
    "clip by Tensors":  (lambda: ops.clip(x, sg.Tensor(ones(3)), 2.0), TypeError,
                         "hint +ops.minimum"),
    "repeat by floats": (lambda: ops.repeat(x[0], [1.0, 2.0, 0.5]), TypeError, "float"),
    "repeat less than 0 times": (lambda: ops.repeat(x, [1, -1, 2], axis=1), ValueError, "0, 1, 2"),
    "all less than 0 times": (lambda: ops.repeat(x, -1, axis=1), ValueError, "repeats = -1"),
    "no such dtype":    (lambda: ops.astype(x, "float3"), TypeError, "no dtype 'float3'"),
    "no such activation": (lambda: ops.linear(x, x.T, activation="a"), ValueError, "one of None"),
    "text":             (lambda: ops.exp("x"), TypeError, "expected numbers"),
    "text in a list":   (lambda: ops.mean(["x"]), TypeError, "expected numbers"),
    "objects":          (lambda: ops.add(x, None), TypeError, "missing argument 'b'"),
    "an argument missing": (lambda: ops.multiply(x), TypeError, "missing argument 'b'"),
    "an argument too many": (lambda: ops.exp(x, 2), TypeError, "exp.* too many positional"),
    "T of a stack":     (lambda: sg.Tensor(ones((2, 2, 2))).T, ValueError, "hint +.mT"),
    "floor division":   (lambda: sg.Tensor(x) // 2, TypeError, "unsupported operand"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_values_and_types_that_do_not_fit(name):
    call, kind, message = OTHERS[name]
    with pytest.raises(kind, match=message):
        call()


def test_the_gradient_of_logabsdet_at_a_singular_matrix_raises():
    a = sg.Tensor(np.zeros((2, 2)), requires_grad=True)
    y = ops.logabsdet(a)
    assert y.item() == -np.inf
    with pytest.raises(LinAlgError):
        y.backward()


def test_empty_axes_that_are_not_reduced_are_no_error():
    """The mean of each of no rows is no mean."""
    nothing = ones((0, 3))
    for op in (ops.mean, ops.max, ops.var, ops.logsumexp, ops.std):
        assert op(nothing, axis=1).shape == (0,)
    assert ops.sum(nothing) == 0 and ops.prod(nothing) == 1
    assert ops.softmax_cross_entropy(nothing, np.zeros(0, int)).shape == (0,)


def test_an_error_leaves_the_graph_usable():
    t = sg.Tensor(x, requires_grad=True)
    with pytest.raises(sg.ShapeError):
        ops.matmul(t, t)
    (t * t).sum().backward()
    np.testing.assert_array_equal(t.grad, 2 * x)
