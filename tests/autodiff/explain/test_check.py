"""check(): what is right passes, and of what is wrong the place is named."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen import ops
from tests.autodiff.explain.graphs import X, leaf


def test_check_accepts_what_is_right(network, parabola):
    assert sg.explain(network[0]).check() is True
    assert sg.explain(parabola[-1]).check() is True


@pytest.mark.parametrize("wrong", [lambda right: -right, lambda right: right * 1.001,
                                   lambda right: right * 0])
def test_check_names_the_wrong_rule_and_the_worst_index(network, monkeypatch, wrong):
    right = ops.tanh.vjp[0]

    def rule(g, y, x):
        h = right(g, y, x)
        mask = np.zeros(h.shape)
        mask[1, 2] = 1
        return h + mask * (wrong(h) - h)
    monkeypatch.setattr(ops.tanh, "vjp", (rule,))
    with pytest.raises(sg.GradientError) as caught:
        sg.explain(network[0]).check()
    assert "the rule of tanh for its input x" in str(caught.value)
    assert "[1, 2]" in str(caught.value) and "numeric" in str(caught.value)


def test_check_sees_a_leaf_whose_contributions_are_lost(network, monkeypatch):
    e = sg.explain(network[0])
    loss, w, b, v = network
    position = next(k for k, r in enumerate(e.records) if r.parent is b)
    r = e.records[position]
    object.__setattr__(r, "contribution", r.contribution * 0)
    with pytest.raises(sg.GradientError, match=f"step {r.step}"):
        e.check()


def test_check_sees_a_sum_that_was_overwritten(parabola):
    w, *_, loss = parabola
    e = sg.explain(loss)
    object.__setattr__([r for r in e if r.parent is w][1], "first", True)      # = instead of +=
    with pytest.raises(sg.GradientError, match="dloss/dw is wrong"):
        e.check()


def test_check_works_in_float32_against_its_float64_twin(rng):
    x, w = (leaf(rng.normal(size=shape).astype("float32")) for shape in ((4, 3), (3, 2)))
    scale = rng.normal(size=2).astype("float32")
    loss = ops.sum(ops.sigmoid(x @ w) * scale) + ops.sum(x.astype("float64"))
    e = sg.explain(loss)
    assert e.check()
    r = next(r for r in e if r.parent is w)
    object.__setattr__(r, "contribution", r.contribution * np.float32(1.01))
    with pytest.raises(sg.GradientError, match="gives to w"):
        e.check()


def test_check_finds_one_wrong_entry_of_a_large_array(monkeypatch):
    right = ops.exp.vjp[0]

    def rule(g, y, x):
        h = right(g, y, x)
        mask = np.zeros(h.shape)
        mask[17, 35] = 1
        return h * (1 + 1e-3 * mask)
    monkeypatch.setattr(ops.exp, "vjp", (rule,))
    with pytest.raises(sg.GradientError, match=r"\[17, 35\]"):
        sg.explain(ops.sum(ops.exp(leaf(np.linspace(-1, 1, 2000).reshape(40, 50))))).check()


def test_check_notices_that_the_values_have_changed():
    x = leaf(X)
    loss = ops.sum(x * x)
    e = sg.explain(loss)
    x.data[...] = 7
    with pytest.raises(sg.GradientError, match="have changed since"):
        e.check()


def test_a_graph_from_before_the_optimisers_step_is_called_so():
    """An explanation of old values and new weights would add up to nothing: it warns by itself."""
    net = sg.nn.mlp(3, 4, 1, activation="tanh", rng=0)
    adam = sg.optim.Adam(net.parameters(), lr=1e-3)
    loss = ops.mean(ops.square(net(X.astype("float32"))))
    loss.backward()
    sg.explain(loss)
    adam.step()
    with pytest.warns(UserWarning, match="changed since") as caught:
        sg.explain(loss)
    assert "v1 = tanh(" in str(caught[0].message) and caught[0].filename == __file__


def test_what_an_op_took_then_and_refuses_now_has_changed():
    """It is said so, and the explanation of the values that are kept is still given."""
    logits, targets = leaf(np.array([1.0, -1.0])), np.array([0.2, 0.7])
    loss = ops.sum(ops.bce_with_logits(logits, targets))
    targets[0] = 3
    with pytest.warns(UserWarning, match="changed since"):
        assert len(sg.explain(loss)) == 2


def test_values_that_are_not_finite_have_not_changed():
    """inf - inf is no difference, and an explanation of such a loss is asked for most of all."""
    x = leaf(np.array([1.0, np.inf, np.nan]))
    loss = ops.sum(2.0 * x)
    assert len(sg.explain(loss)) == 2


def test_integer_inputs_stay_integers():
    table = leaf(np.linspace(0, 1, 8).reshape(4, 2))
    loss = ops.sum(ops.take(table, np.array([0, 3, 3]), axis=0) ** 2)
    assert sg.explain(loss).check()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("values, first", [([1, -2.0], "v1 = log(x)"), ([1, 0.0], "v1 = log(x)"),
                                           ([1, np.nan], "x"), ([np.inf, 1], "x")])
def test_a_loss_that_is_not_finite_is_called_so_and_traced(values, first):
    x = leaf(np.array(values))
    loss = ops.sum(ops.log(x) * 2.0)
    with pytest.raises(sg.GradientError, match="loss is not finite") as caught:
        sg.explain(loss).check()
    assert str(caught.value).endswith(f"first     {first}")


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_where_there_is_no_slope_on_both_sides_it_says_so():
    x = leaf(0.0)
    with pytest.raises(sg.GradientError, match="cannot be evaluated on both sides"):
        sg.explain(ops.sqrt(x)).check()


def test_at_a_kink_both_slopes_are_given():
    x = leaf(np.array([1.0, 0.0]))
    with pytest.raises(sg.GradientError, match="a kink: slope 0 from the left, 1 from the right"):
        sg.explain(ops.sum(ops.relu(x))).check()


def test_of_a_leaf_there_is_nothing_to_check():
    assert sg.explain(leaf(2.0)).check() is True


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_batch_statistics_move_with_the_batch(rng, dtype):
    """The layer has them before its op runs; a batch that is moved has others."""
    x = leaf(rng.normal(size=(6, 3)).astype(dtype))
    norm = sg.nn.BatchNorm(3, activation="tanh").astype(dtype)
    loss = ops.sum(norm(x) ** 2 * rng.normal(size=(6, 3)).astype(dtype))
    assert sg.explain(loss).check()


def batch(rng):
    return rng.normal(size=(6, 3)).astype("float32")


def bias_before_batch_normalisation(x):
    net = sg.nn.Sequential(sg.nn.Linear(3, 4, rng=0), sg.nn.BatchNorm(4), sg.nn.Linear(4, 1, rng=1))
    return ops.mean(ops.tanh(net(x)) ** 2)


@pytest.mark.parametrize("make", [
    bias_before_batch_normalisation, lambda x: ops.sum(x - x.mean(0)),
    lambda x: ops.mean(sg.nn.BatchNorm(3)(x * 3.0))])
def test_what_cancels_to_nothing_is_right_in_float32(rng, make):
    """A gradient, or a loss, that is 0 in float64 is its terms' rounding in float32."""
    assert sg.explain(make(leaf(batch(rng)))).check()


def test_what_is_left_where_terms_cancel_is_still_held_to_them(rng):
    x = leaf(batch(rng))
    e = sg.explain(ops.sum(x - x.mean(0)))
    r = e.records[-1]
    object.__setattr__(r, "contribution", r.contribution * np.float32(1.01))
    with pytest.raises(sg.GradientError, match=f"step {r.step}"):
        e.check()


def test_a_kink_close_by_and_a_large_loss_are_no_mistake():
    """Close to a kink steps are short, and with them the rounding of a loss of 50,000 is large."""
    x = leaf(np.zeros(3))
    loss = ops.sum(ops.relu(x * 3 + 2e-6)) + ops.sum(x * 0.5) + 5e4
    e = sg.explain(loss)
    assert e.check()
    object.__setattr__(e.records[-1], "first", True)                # = instead of +=
    with pytest.raises(sg.GradientError, match="dloss/dx is wrong"):
        e.check()


def test_a_network_of_many_relus_is_right():
    """A direction of 65,536 weights moves some of 25,600 ReLUs over their kink with each step."""
    rng = np.random.default_rng(2)
    net = sg.nn.mlp(64, 256, 256, 10, rng=2)
    x, labels = rng.random((100, 64)).astype("float32"), rng.integers(0, 10, 100)
    hidden = leaf(np.asarray(net[0](x).data))
    for parameter in net.parameters():
        parameter.requires_grad = False
    assert sg.explain(ops.mean(ops.softmax_cross_entropy(net[2](net[1](hidden)), labels))).check()


def test_a_gradient_by_declaration_is_said_to_be_one(rng):
    x = leaf(rng.normal(size=3))
    loss = ops.sum(ops.straight_through(ops.sign(x), x) * X[0])
    with pytest.raises(sg.GradientError, match="so declared: y = hard, dy/dsoft = 1"):
        sg.explain(loss).check()
