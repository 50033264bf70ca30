"""A checker is worth what it rejects: wrong gradients are planted in real rules, one at a time."""
import contextlib

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import ops

SQUARE = np.array([[0.5, -1.2, 0.3], [0.8, 0.4, -0.7], [1.1, -0.2, 0.9]])
WIDE = np.linspace(-1.0, 1.3, 12).reshape(3, 4)
POSITIVE = np.array([0.4, 1.3, 2.2])
THOUSAND = np.linspace(-1.5, 1.5, 1000)
TARGETS = np.array([0.1, 0.3, 0.9])

# op, the input whose rule is made wrong, the arguments
PLACES = {
    "multiply a": (ops.multiply, 0, (SQUARE, POSITIVE)),
    "multiply b": (ops.multiply, 1, (SQUARE, POSITIVE)),
    "divide b": (ops.divide, 1, (SQUARE, POSITIVE)),
    "pow a": (ops.pow, 0, (POSITIVE, TARGETS + 1)),
    "pow b": (ops.pow, 1, (POSITIVE, TARGETS + 1)),
    "tanh x": (ops.tanh, 0, (SQUARE,)),
    "exp x, a scalar": (ops.exp, 0, (0.3,)),
    "sqrt x": (ops.sqrt, 0, (POSITIVE,)),
    "sin x, a thousand": (ops.sin, 0, (THOUSAND,)),
    "matmul a": (ops.matmul, 0, (SQUARE, WIDE)),
    "matmul b": (ops.matmul, 1, (SQUARE, WIDE)),
    "linear w": (ops.linear, 1, (SQUARE, WIDE, np.ones(4))),
    "linear b": (ops.linear, 2, (SQUARE, WIDE, np.ones(4))),
    "bce_with_logits logits": (ops.bce_with_logits, 0, (POSITIVE, TARGETS)),
}


def first_entry(like):
    mask = np.zeros(like.shape)
    mask.reshape(-1)[min(357, mask.size - 1)] = 1.0
    return mask


# right gradient -> wrong gradient
MISTAKES = {
    "sign": lambda right: -right,
    "factor 2": lambda right: right * 2,
    "0.1 % off": lambda right: right * 1.001,
    "a millionth off": lambda right: right * (1 + 1e-6),
    "one entry has the wrong sign": lambda right: right * (1 - 2 * first_entry(right)),
    "one entry is 0.1 % off": lambda right: right * (1 + 1e-3 * first_entry(right)),
    "one entry is forgotten": lambda right: right * (1 - first_entry(right)),
    "no gradient": lambda right: right * 0,
    "a constant too much": lambda right: right + 1e-4,
}


@contextlib.contextmanager
def planted(op, i, wrong):
    """Inside, the rule of op for input i is `wrong(rule)`."""
    right = op.vjp
    op.vjp = right[:i] + (wrong(right[i]),) + right[i + 1:]
    try:
        yield
    finally:
        op.vjp = right


def rejected(f, *inputs, order=1, match="is wrong"):
    with pytest.raises(sg.errors.GradientError, match=match) as caught:
        sg.gradcheck(f, *inputs, order=order)
    return str(caught.value)


@pytest.mark.parametrize("place", PLACES)
def test_accepts_what_is_right(place):
    op, _, inputs = PLACES[place]
    assert sg.gradcheck(op, *inputs, order=2) is True


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("place", PLACES)
def test_rejects_a_wrong_rule(place, mistake):
    op, i, inputs = PLACES[place]

    def wrong(rule):
        return lambda *args, **params: MISTAKES[mistake](rule(*args, **params))
    with planted(op, i, wrong):
        message = rejected(op, *inputs)
    assert op.name in message and f"with respect to {op.names[i]}" in message
    assert sg.gradcheck(op, *inputs)


# Mistakes of linear algebra and of broadcasting keep the shape and so look innocent.
STRUCTURAL = {
    "transposed": (
        ops.matmul, 0, (SQUARE, SQUARE + 1), lambda g, y, a, b: ops.matrix_transpose(g @ b.T)),
    "b for its transpose": (ops.matmul, 0, (SQUARE, SQUARE), lambda g, y, a, b: g @ b),
    "factors swapped": (ops.matmul, 1, (SQUARE, SQUARE), lambda g, y, a, b: g @ a.T),
    "averaged, not summed, over the batch": (
        ops.linear, 2, (SQUARE, WIDE, np.ones(4)), lambda g, y, x, w, b: ops.mean(g, axis=0)),
    "only the first example": (
        ops.linear, 2, (SQUARE, WIDE, np.ones(4)), lambda g, y, x, w, b: g[0]),
    "only the first row of a broadcast": (
        ops.add, 1, (SQUARE, POSITIVE), lambda g, y, a, b: g[0]),
    "averaged over a broadcast": (
        ops.add, 1, (SQUARE, POSITIVE[:, None]),
        lambda g, y, a, b: ops.mean(g, axis=1, keepdims=True)),
    "forgets the seed": (ops.tanh, 0, (SQUARE,), lambda g, y, x: 1 - y * y),
    "takes x for y": (ops.tanh, 0, (SQUARE,), lambda g, y, x: g * (1 - x * x)),
    "rolled by one": (ops.exp, 0, (POSITIVE,), lambda g, y, x: ops.roll(g * y, 1)),
    "reversed": (ops.sum, 0, (SQUARE,), lambda g, y, x, **_: ops.flip(g * x * 0 + SQUARE)),
    "the quotient rule without its square": (
        ops.divide, 1, (SQUARE, POSITIVE), lambda g, y, a, b: -g * y),
    "b for b - 1 in the exponent": (
        ops.pow, 0, (POSITIVE, TARGETS + 1), lambda g, y, a, b: g * b * y),
    "relu for tanh": (ops.tanh, 0, (SQUARE,), lambda g, y, x: g * (y > 0)),
}


@pytest.mark.parametrize("case", STRUCTURAL)
def test_rejects_a_mistake_that_keeps_the_shape(case):
    op, i, inputs, rule = STRUCTURAL[case]
    with planted(op, i, lambda right: rule):
        rejected(op, *inputs)


# Right to first order: the derivative of the rule itself is cut or wrong.
TO_SECOND_ORDER = {
    "divide a": (ops.divide, 0, (SQUARE, POSITIVE)),
    "log x": (ops.log, 0, (POSITIVE,)),
    "sigmoid x": (ops.sigmoid, 0, (SQUARE,)),
    "square x": (ops.square, 0, (SQUARE,)),
    **{place: PLACES[place] for place in ("multiply a", "multiply b", "divide b", "pow a", "tanh x",
                                          "exp x, a scalar", "sqrt x", "matmul a", "linear w")},
}


@pytest.mark.parametrize("cut", ["the inputs and the output", "the seed"])
@pytest.mark.parametrize("place", TO_SECOND_ORDER)
def test_rejects_a_second_derivative_cut_short(place, cut):
    """A rule that treats what it multiplies with as constants is right once and wrong twice."""
    op, i, inputs = TO_SECOND_ORDER[place]

    def wrong(rule):
        if cut == "the seed":
            return lambda g, *args, **params: rule(ops.stop_gradient(g), *args, **params)
        return lambda g, *args, **params: rule(g, *map(ops.stop_gradient, args), **params)
    with planted(op, i, wrong):
        assert sg.gradcheck(op, *inputs, order=1)
        rejected(op, *inputs, order=2, match="second derivative .* is wrong")


def test_rejects_what_is_recomputed_wrongly(monkeypatch):
    """What a forward saved and what a second derivative computes again must be the same."""
    monkeypatch.setattr(ops.bce_with_logits, "recompute", lambda y, logits, t: logits * 0 + 0.5)
    assert sg.gradcheck(ops.bce_with_logits, POSITIVE, TARGETS)
    rejected(ops.bce_with_logits, POSITIVE, TARGETS, order=2, match="gradient of .* records")


def test_rejects_a_recomputed_value_with_the_right_derivative(monkeypatch):
    """The gradient with a graph is off by a constant: only a comparison of both sees it."""
    right = ops.bce_with_logits.recompute
    monkeypatch.setattr(ops.bce_with_logits, "recompute", lambda *args: right(*args) + 1e-3)
    rejected(ops.bce_with_logits, POSITIVE, TARGETS, order=2, match="gradient of .* records")


# ---- what it says -------------------------------------------------------------------------------

def test_names_function_argument_entry_values_and_step():
    def area(width, height):
        return width * height

    def wrong(rule):
        return lambda g, y, a, b: rule(g, y, a, b) * (1 + first_entry(b))
    with planted(ops.multiply, 1, wrong):
        message = rejected(area, POSITIVE, POSITIVE + 1)
    assert "gradient of area with respect to height" in message
    assert "dy[2] / dheight[2]" in message
    assert "analytic  4.4" in message and "numeric   2.2" in message and "step" in message


def test_names_the_worst_entry_of_several():
    off = np.array([1e-3, 0.5, 0.1])            # neither the first nor the last
    with planted(ops.sin, 0, lambda rule: lambda g, y, x: rule(g, y, x) * (1 + off)):
        assert "dy[1] / dx[1]" in rejected(ops.sin, np.ones(3))


def test_names_the_rule_that_is_to_blame():
    def wrong(rule):
        return lambda g, y, x: rule(g, y, x) * 1.01
    with planted(ops.sin, 0, wrong):
        message = rejected(lambda x: ops.sum(ops.exp(ops.sin(x * 2)) * 3), POSITIVE)
    assert "the rule of sin for its input x does not fit its forward" in message
    assert "exp" not in message.split("hint")[1]


def test_batch_normalisation_is_not_blamed_for_others():
    norm = sg.nn.BatchNorm(3).astype("float64")
    weights = np.arange(12.0).reshape(4, 3)
    with planted(ops.sin, 0, lambda rule: lambda g, y, x: rule(g, y, x) * 1.01):
        message = rejected(lambda x: ops.sum(ops.sin(norm(x)) * weights), weights ** 0.5)
    assert "the rule of sin" in message and "the rule of batch_norm" not in message


def test_finds_one_wrong_entry_among_a_thousand():
    def wrong(rule):
        return lambda g, y, x: rule(g, y, x) * (1 + first_entry(x))
    with planted(ops.sin, 0, wrong):
        assert "d<u, y> / dx[357], u random" in rejected(ops.sin, THOUSAND)
        assert "dy[99] / dx[99]" in rejected(ops.sin, THOUSAND[:100])       # 10,000 entries: all


@pytest.mark.parametrize("f, left, right", [
    (ops.relu, 0, 1),
    (lambda x: 2 * ops.relu(x) - x, -1, 1),
    (lambda x: ops.leaky_relu(x, slope=0.5), 0.5, 1),
])
def test_says_where_a_kink_is(f, left, right):
    message = rejected(f, np.array([1.0, 0.0, -1.0]))
    assert "dy[1] / dx[1]" in message
    assert f"a kink: slope {left} from the left, {right} from the right" in message


def test_says_that_a_point_is_at_the_edge_of_the_domain():
    message = rejected(lambda t: ops.bce_with_logits(POSITIVE, t), np.array([0.5, 1.0, 0.5]))
    assert "/ dt[1]" in message and "cannot be evaluated on both sides" in message
    assert "hint" not in message


def test_says_that_a_function_is_noisy():
    rng = np.random.default_rng(0)
    message = rejected(lambda x: x * rng.normal(), POSITIVE, match="other values when it is called")
    assert "y[0]" in message


def test_sees_a_graph_that_is_cut():
    message = rejected(lambda x: ops.exp(x).data * 2, POSITIVE)
    assert "analytic  0" in message


def test_each_output_of_a_tuple_is_checked():
    def wrong(rule):
        return lambda g, y, x: rule(g, y, x) * 1.01
    with planted(ops.sin, 0, wrong):
        def two(x):
            return ops.exp(x), ops.sin(x)
        assert "gradient of two[1]" in rejected(two, POSITIVE)


@pytest.mark.parametrize("x, y", [(np.ones(3, "float32"), "float32"), (np.arange(3), "int64"),
                                  (1, "int64")])
def test_needs_float64(x, y):
    with pytest.raises(TypeError, match=rf"float64(.|\n)*argument x(.|\n)*{y}(.|\n)*hint"):
        sg.gradcheck(ops.sin, x)


def test_needs_a_float64_output():
    with pytest.raises(TypeError, match="output y is float32"):
        sg.gradcheck(lambda x: x.astype("float32"), POSITIVE)


def test_refuses_other_orders_and_other_results():
    with pytest.raises(ValueError, match="order is 1 or 2, got 3"):
        sg.gradcheck(ops.sin, POSITIVE, order=3)
    with pytest.raises(TypeError, match="got list"):
        sg.gradcheck(lambda x: [x], POSITIVE)


def test_is_deterministic_and_leaves_inputs_alone():
    x = sg.Tensor(THOUSAND, requires_grad=True)
    state = np.random.get_state()[1].copy()
    assert sg.gradcheck(ops.sin, x) and x.grad is None
    np.testing.assert_array_equal(np.random.get_state()[1], state)
    np.testing.assert_array_equal(x.data, THOUSAND)


# ---- correct functions near the edge of what differences can see --------------------------------

@pytest.mark.parametrize("f, x", [
    (ops.log, np.array([1e-2, 1.0, 1e4])),                      # bends fast near 0
    (ops.exp, np.array([-30.0, 0.0, 15.0])),                    # small and large values
    (ops.relu, np.array([1e-3, 5e-4, -2e-3])),                  # a kink within the first step
    (lambda x: ops.sin(x) + 3e6, np.linspace(0.1, 1.3, 9)),     # a large constant: rounding noise
    (lambda x: x * x, np.array([3.1e9, 1.0])),                  # a step lost in a large number
    (lambda x: ops.sum(x * 0), np.array([1.0, 2.0])),           # a gradient of exactly 0
    (ops.reciprocal, np.array([1e-2, -1e-2])),
])
def test_accepts_correct_functions_that_are_hard_to_difference(f, x):
    assert sg.gradcheck(f, x)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 0), (2, 1, 3)])
def test_every_shape(shape):
    assert sg.gradcheck(ops.tanh, np.full(shape, 0.3), order=2)
    assert sg.gradcheck(lambda x: ops.sum(x * x), np.full(shape, 0.3), order=2)
