"""explain: the record is the backward pass, the table speaks the user's names, paths add up."""
import re

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import Tensor, ops
from tests.autodiff.explain.graphs import X, leaf


# ---- the record ---------------------------------------------------------------------------------

def test_records_are_the_applications_of_rules_in_order(parabola):
    w, x, b, loss = parabola
    e = sg.explain(loss)
    assert len(e) == len(e.records) == 9 and [r.step for r in e] == list(range(1, 10))
    orders = [r.node.order for r in e]
    assert orders == sorted(orders, reverse=True)
    assert [r.node.op.name for r in e] == ["add", "add", "square", "square", "subtract", "add",
                                           "add", "multiply", "multiply"]
    first, second = [r for r in e if r.parent is w]
    assert first.first and not second.first
    assert (first.local, first.upstream, first.contribution) == (4, 1, 4)
    assert (second.local, second.upstream, second.contribution) == (3, 2, 6)


def test_contributions_add_up_to_the_gradients_of_backward(network):
    loss, *leaves = network
    e = sg.explain(loss)
    assert all(x.grad is None for x in leaves)
    explained = [e.gradient(x) for x in leaves]
    loss.backward()
    for x, g in zip(leaves, explained):
        np.testing.assert_array_equal(g, x.grad)
        np.testing.assert_allclose(sum(r.contribution for r in e if r.parent is x), g, rtol=1e-12)


def test_nothing_changes_in_any_grad(network):
    loss, *leaves = network
    loss.backward()
    before = [x.grad.copy() for x in leaves]
    e = sg.explain(loss)
    str(e), e.why(leaves[0]), e.check()
    for x, g in zip(leaves, before):
        np.testing.assert_array_equal(x.grad, g)
    assert loss.grad is None


def test_axes_that_broadcasting_stretched_are_named(network):
    loss, w, b, v = network
    record, = [r for r in sg.explain(loss) if r.parent is b]
    assert record.summed == (0,) and record.contribution.shape == (4,)
    c, row = leaf(np.ones((2, 1))), leaf(np.ones(3))
    summed = {r.parent.order: r.summed for r in sg.explain(ops.sum(c * row + leaf(1.0)))}
    assert summed[c.order] == (1,) and summed[row.order] == (0,) and (0, 1) in summed.values()


def test_an_axis_of_length_one_is_no_sum():
    """x @ x of vectors: their rules make a row of them, and nothing is broadcast."""
    x, y = leaf([1.0, 2.0]), leaf([[3.0, 4.0]])
    assert [r.summed for r in sg.explain(x @ x)] == [(), ()]
    assert "broadcast" not in str(sg.explain(x @ x))
    assert [r.summed for r in sg.explain(ops.sum(x * y))][1:] == [(), ()]


def test_a_rule_is_linear_and_can_be_asked_again(network):
    for r in sg.explain(network[0]):
        np.testing.assert_array_equal(r.rule(r.upstream), r.contribution)
        np.testing.assert_allclose(r.rule(2 * r.upstream), 2 * r.contribution, rtol=1e-14)


def test_the_jacobian_of_a_step_times_upstream_is_its_contribution(network):
    e = sg.explain(network[0])
    for r in e:
        j = e.jacobian(r)
        assert j.shape == r.node.shape + r.parent.shape
        np.testing.assert_allclose(np.tensordot(r.upstream, j, r.upstream.ndim), r.contribution,
                                   rtol=1e-12, atol=1e-15)
        if r.local is not None and not r.summed:
            np.testing.assert_allclose(r.local * r.upstream, r.contribution, rtol=1e-12)
    np.testing.assert_array_equal(e.jacobian(1), e.jacobian(e.records[0]))


def test_a_jacobian_too_large_to_form_is_refused():
    e = sg.explain(ops.sum(leaf(np.ones((1500, 1000))) * 2))
    with pytest.raises(ValueError, match="more than a million"):
        e.jacobian(2)


def test_a_seed_for_a_loss_that_is_not_a_scalar():
    x = leaf(X)
    e = sg.explain(x * 2, seed=X)
    np.testing.assert_array_equal(e.gradient(x), 2 * X)
    assert "seed" in str(e) and e.check()
    with pytest.raises(sg.ShapeError, match="seed"):
        sg.explain(x * 2)


def test_what_needs_no_gradient_cannot_be_explained():
    for y in (Tensor(1.0), 1.0, X):
        with pytest.raises(ValueError, match="requires a gradient"):
            sg.explain(y)
    e = sg.explain(leaf(1.0) * 2)
    with pytest.raises(ValueError, match="does not depend on"):
        e.gradient(leaf(1.0))


def test_gradients_of_gradients_are_explained_too():
    x = leaf(0.7)
    g = sg.grad(lambda x: ops.sin(x) * x * x)(x)
    e = sg.explain(g)
    s, c = np.sin(0.7), np.cos(0.7)
    np.testing.assert_allclose(e.gradient(x), -s * 0.49 + 4 * 0.7 * c + 2 * s, rtol=1e-12)
    assert e.check() and "dg/dx = " in str(e)


# ---- names --------------------------------------------------------------------------------------

def test_tensors_are_called_what_the_user_calls_them():
    weight, layers, table = leaf(2.0), [leaf(3.0), leaf(4.0)], {"bias": leaf(5.0)}
    hidden = weight * layers[0]
    loss = hidden * layers[1] + table["bias"]
    e = sg.explain(loss)
    names = {r.parent.order: e.name(r.parent) for r in e}
    assert names[weight.order] == "weight" and names[hidden.order] == "hidden"
    assert names[layers[1].order] == "layers[1]" and names[table["bias"].order] == "table['bias']"
    assert "v1" in names.values()


def test_parameters_of_modules_are_called_by_their_path():
    class Net:
        def __init__(self):
            self.w = leaf(2.0)

        def named_parameters(self):
            return [("layer.weight", self.w)]
    net, x = Net(), leaf(3.0)
    loss = net.w * x
    assert sg.explain(loss).name(net.w) == "net.layer.weight"
    assert "loss = net.layer.weight x" in str(sg.explain(loss))


def test_a_variable_goes_before_a_path_and_underscores_are_not_names():
    _hidden, shown = leaf(1.0), leaf(2.0)
    everything = [_hidden, shown]
    e = sg.explain(_hidden * shown)
    assert e.name(shown) == "shown" and e.name(everything[0]) == "everything[0]"


def test_constants_show_their_value_or_their_name():
    x, factors = leaf(X), np.ones(3)
    text = str(sg.explain(ops.sum(x * factors * 2.5 + np.ones(3) * -1)))
    assert "x factors" in text and "2.5" in text and "const" in text
    y = leaf(1.0)
    assert "(-2) y" in str(sg.explain(y * -2.0))


hidden = leaf(3.0)


def test_what_a_local_variable_hides_does_not_lend_its_name():
    hidden, other = leaf(2.0), [globals()["hidden"]]
    loss = hidden * other[0]
    assert "loss = hidden other[0] " in str(sg.explain(loss))


def test_no_two_tensors_share_a_name():
    v1, a, b, c = (leaf(k) for k in (2.0, 3.0, 5.0, 7.0))
    a.name = b.name = c.name = "p"
    p_2 = leaf(11.0)
    loss = v1 * v1 + a * b * c * p_2
    e = sg.explain(loss)
    assert [e.name(x) for x in (v1, a, b, c, p_2)] == ["v1", "p", "p_3", "p_4", "p_2"]
    names = [e.name(x) for x in e.nodes]
    assert len(set(names)) == len(names) and "v2 = v1 v1 " in str(e)


# ---- the table ----------------------------------------------------------------------------------

def test_the_table_of_a_parabola(parabola):
    w, x, b, loss = parabola
    assert str(sg.explain(loss)) == """\
L = loss = 5, 9 rules applied, each gives dL/dy dy/dx to dL/dx

step  y               x   shapes  dy/dx  dL/dy  to dL/dx
   1  loss = v4 + v5  v4  ()          1      1         1  first
   2  loss = v4 + v5  v5  ()          1      1         1  first
   3  v5 = w^2        w   ()          4      1         4  first
   4  v4 = v3^2       v3  ()          2      1         2  first
   5  v3 = v2 - 4     v2  ()          1      2         2  first
   6  v2 = v1 + b     v1  ()          1      2         2  first
   7  v2 = v1 + b     b   ()          1      2         2  first
   8  v1 = w x        w   ()          3      2         6  +=
   9  v1 = w x        x   ()          2      2         4  first

dloss/dw = 10
dloss/dx = 4
dloss/db = 2"""


def test_arrays_are_summarised(network):
    loss, w, b, v = network
    text = str(sg.explain(loss))
    norm = np.linalg.norm(sg.explain(loss).gradient(w))
    assert f"dloss/dw = |{norm:.3g}|" in text
    assert "first, sum 0" in text and "sum 0: axis 0 was broadcast" in text
    assert "|1|: the Euclidean norm of an array" in text and "\nJ: a Jacobian" in text


def test_no_line_is_wider_than_a_terminal(rng):
    a_tensor_with_a_long_name = leaf(rng.normal(size=(11, 12, 13)))
    another_tensor_of_the_same_kind = leaf(rng.normal(size=(12, 13)))
    the_loss_that_is_to_be_explained = ops.sum(ops.normalise(
        a_tensor_with_a_long_name * another_tensor_of_the_same_kind, (0, 1), 1e-5) ** 3)
    small = leaf([1e-5, -2e-5, 3e-5])
    y = ops.sum(ops.linear(small.reshape(1, 3), np.ones((3, 3)), small, activation="tanh") * small)
    for e in (sg.explain(the_loss_that_is_to_be_explained), sg.explain(y)):
        assert max(map(len, str(e).splitlines())) <= 100


def test_a_long_record_shows_its_beginning_and_its_end():
    x = leaf(1.0)
    y = x
    for _ in range(500):
        y = y * 0.99
    lines = str(sg.explain(y)).splitlines()
    assert len(lines) < 80 and any("(440 rules)" in line for line in lines)
    assert "y = 0.99 v499" in lines[3]


def test_ops_of_several_arguments_come_with_their_formula():
    logits = leaf(X)
    text = str(sg.explain(ops.sum(ops.softmax_cross_entropy(logits, np.array([0, 2])))))
    assert re.search(r"softmax_cross_entropy\(logits, .*\)", text)
    assert "softmax_cross_entropy(logits, labels): y = log sum_k exp(l_k) - l_label" in text


def test_an_input_left_out_is_left_out_of_the_formula():
    x, w = leaf(X), leaf(np.ones((3, 1)))
    text = str(sg.explain(ops.sum(ops.linear(x, w, activation="tanh"))))
    assert "= tanh(x w)" in text and "None" not in text


# ---- why ----------------------------------------------------------------------------------------

def test_a_gradient_is_the_sum_over_paths(parabola):
    w, x, b, loss = parabola
    why = sg.explain(loss).why(w)
    assert sorted(float(term.value) for term in why.terms) == [4, 6] and why.total == 10
    text = str(why)
    assert text.startswith("dloss/dw = 10, the sum over 2 paths")
    assert "loss -> v4 -> v3 -> v2 -> v1 -> w  (1)(2)(1)(1)(3)  6" in text
    assert "1 path\n" in str(sg.explain(loss).why(b))


def test_paths_add_up_for_arrays(network):
    loss, *leaves = network
    e = sg.explain(loss)
    for x in leaves:
        why = e.why(x)
        np.testing.assert_allclose(sum(term.value for term in why.terms), e.gradient(x), rtol=1e-12)
    assert len(e.why(leaves[0]).terms) == 2


def test_of_very_many_paths_only_the_last_steps_are_listed():
    x = leaf(1.0)
    y = x
    for _ in range(14):
        y = y * 0.5 + y * 0.5
    why = sg.explain(y).why(x)
    assert len(why.terms) == 2 and sum(term.paths for term in why.terms) == 2 ** 14
    assert f"{2 ** 13} paths -> " in str(why)


def test_the_last_step_of_a_path_is_not_taken_for_all_of_it():
    x = leaf(2.0)
    y = x
    for _ in range(40):
        y = y * x
    name = sg.explain(y).name
    why, before = sg.explain(y).why(x), y.inputs[0]
    assert len(why.terms) == 41 and why.total == 41 * 2.0 ** 40
    first, second = str(why).splitlines()[1:3]
    assert re.fullmatch(rf"  {name(y)} -> x +\(1.1e\+12\) +1.1e\+12", first)      # (dy/dx), whole
    assert re.fullmatch(rf"  1 path -> {name(before)} -> x +1.1e\+12", second)


def test_of_many_terms_the_first_are_printed():
    x = leaf(np.ones(100))
    why = sg.explain(ops.sum(ops.stack([x[k] for k in range(100)]))).why(x)
    assert len(why.terms) == 100 and len(str(why).splitlines()) == 42
    assert str(why).endswith("... and 60 terms more: .terms")


def test_more_paths_than_a_number_can_be_written_out():
    x = leaf(1.0)
    y = x
    for _ in range(15_000):
        y = y + y * 0.0
    why = sg.explain(y).why(x)
    assert str(why).startswith("dy/dx = 1, the sum over about 10^4515 paths\n")
    assert max(map(len, str(why).splitlines())) < 100


def test_a_long_path_needs_no_recursion():
    x = leaf(1.0)
    y = x
    for _ in range(3000):
        y = y * 1.0
    why = sg.explain(y).why(x)
    assert why.terms[0].value == 1 and "..." in str(why)


def test_long_paths_show_where_they_differ():
    x = leaf(2.0)
    y = ops.exp(ops.sin(ops.tanh(x)))
    a, b = y * 3.0, y ** 2
    loss = ops.exp(ops.sin(ops.tanh(a + b))) + 1.0
    lines = str(sg.explain(loss).why(x)).splitlines()
    both = lines[1] + lines[2]
    assert len(lines) == 3 and " -> a -> " in both and " -> b -> " in both
    assert all(line.split()[:4] == ["loss", "->", "...", "->"] for line in lines[1:])
    assert max(map(len, lines)) < 80


def test_parameters_go_by_the_letters_of_their_op_where_paths_are_long(rng):
    class Net:
        def __init__(self):
            self.w, self.b = leaf(rng.normal(size=(12, 5))), leaf(rng.normal(size=5))

        def named_parameters(self):
            prefix = "an.encoder.with.many.layers.1"
            return [(f"{prefix}.weight", self.w), (f"{prefix}.bias", self.b)]
    net, x = Net(), rng.normal(size=(256, 12))
    text = str(sg.explain(ops.sum(ops.linear(x, net.w, net.b, activation="tanh"))))
    assert "v1 = tanh(x w + b)  many.1.weight  (256,5)<-(12,5)" in text
    assert "dv2/dnet.an.encoder.with.many.layers.1.weight = " in text
    assert max(map(len, text.splitlines())) <= 100


def test_the_loss_depends_on_itself_and_on_nothing_else(parabola):
    *_, loss = parabola
    e = sg.explain(loss)
    assert str(e.why(loss)) == "dloss/dloss = 1, where the backward pass begins"
    with pytest.raises(ValueError, match="no path"):
        e.why(leaf(1.0))


@pytest.mark.parametrize("ask", [sg.autodiff.explain.Explanation.why,
                                 sg.autodiff.explain.Explanation.gradient])
def test_data_was_asked_for_no_gradient_and_a_name_is_no_tensor(ask):
    w, data = leaf(2.0), sg.Tensor(3.0)
    loss = w * data
    with pytest.raises(ValueError, match="^data does not require a gradient"):
        ask(sg.explain(loss), data)
    with pytest.raises(TypeError, match="Tensor of the graph is expected, got str"):
        ask(sg.explain(loss), "w")
    other = leaf(1.0)
    with pytest.raises(ValueError, match="^loss does not depend on other"):
        ask(sg.explain(loss), other)


def test_a_loss_called_L_is_named_once():
    x = sg.Tensor(3.0, requires_grad=True)
    L = x * x
    assert str(sg.explain(L)).startswith("L = 9, ")
