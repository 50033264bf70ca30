"""The table: formulas that are true, names that fit, modules in the place of long records."""
import ast
import math
import re

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import ops
from scratchgen.autodiff import explain
from scratchgen.autodiff.explain import formulas, numbers
from scratchgen.autodiff.explain.names import Names
from scratchgen.autodiff.primitive import PRIMITIVES
from tests.autodiff.explain import graphs


# ---- formulas -----------------------------------------------------------------------------------

def test_an_activation_is_part_of_the_formula():
    x, w, b = (graphs.leaf(np.ones(shape)) for shape in ((2, 3), (3, 4), (4,)))
    y = ops.linear(x, w, b, activation="tanh")
    assert "= tanh(x w + b)" in str(sg.explain(ops.sum(y)))
    image, kernel = graphs.leaf(np.ones((1, 4, 4, 1))), graphs.leaf(np.ones((3, 3, 1, 1)))
    y = ops.conv2d(image, kernel, activation="relu", padding=1)
    assert "= relu(conv2d(image, kernel))  " in str(sg.explain(ops.sum(y)))


def test_the_slope_of_an_activation_is_no_activation():
    x, w = graphs.leaf(np.full((2, 3), 0.5)), graphs.leaf(np.ones((3, 1)))
    ops.sum(ops.linear(x, w, activation="tanh")).backward(create_graph=True)
    text = str(sg.explain(ops.sum(ops.square(x.grad))))
    assert re.search(r"= const tanh' where tanh = v\d ", text) and "tanh(const" not in text


@pytest.mark.parametrize("index, text", [
    ((slice(None), slice(2, None)), "[:, 2:]"), (-1, "[-1]"), (slice(None, None, -1), "[::-1]"),
    ((Ellipsis, None, 0), "[..., None, 0]"), (np.array([0, 2]), "[indices]")])
def test_an_index_is_written_as_it_is_typed(index, text):
    x = graphs.leaf(np.arange(12.0).reshape(3, 4))
    y = x[index]
    assert f"= x{text}" in str(sg.explain(ops.sum(y)))


def test_numbers_stand_before_names():
    x = graphs.leaf(2.0)
    for factor, text in ((3.0, "3 x"), (-3.0, "(-3) x"), (1e-7, "1e-07 x")):
        assert f"v1 = {text} " in str(sg.explain(x * factor))


LETTERS = {"bce_with_logits": "lt", "gaussian_nll": "xms", "kl_standard_normal": "ms"}
CLOSED = [op for op in PRIMITIVES.values() if (op.elementwise or op.name in LETTERS)
          and not re.search(r"\[| if |f'|int_|A\(", op.formula)]


@pytest.mark.parametrize("op", CLOSED, ids=lambda op: op.name)
def test_the_formula_of_an_op_gives_its_value(op):
    """Read as arithmetic, with the letters of its inputs: s is log sigma wherever it stands."""
    text = re.sub(r"\|([^|]+)\|", r"abs(\1)", op.formula.removeprefix("y = ")).replace("^", "**")
    text = re.sub(r"(?<=[\w)]) (?=[\w(])", "*", text)
    inputs = [0.3, 0.9, -0.4][:len(op.names)]
    known = {name: getattr(math, name) for name in dir(math)}
    known |= {"abs": abs, "max": max, "min": min, "sign": lambda x: math.copysign(1, x)}
    value = eval(text, known | dict(zip(LETTERS.get(op.name, op.names), inputs)))
    np.testing.assert_allclose(op(*map(np.array, inputs)), value, rtol=1e-12)


@pytest.mark.parametrize("axes", [0, 1, 2, 4])
def test_a_constant_of_one_entry_is_written_out_whatever_its_axes(axes):
    x = graphs.leaf([[1.0, 3.0]])
    for y in (x * np.full((1,) * axes, 2.0), x * sg.Tensor(np.full((1,) * axes, 2.0))):
        e = sg.explain(ops.sum(y))
        assert " = 2 x " in str(e) and " = 2 x" in e.to_html() and e.check()


RULES = [(op, k) for op in PRIMITIVES.values() if hasattr(op.vjp, "__len__")
         for k, rule in enumerate(op.vjp) if rule is not None]


@pytest.mark.parametrize("op, k", RULES, ids=lambda x: getattr(x, "name", x))
def test_the_rule_that_is_shown_is_the_rule_that_runs(op, k):
    """Its text, compiled in the place of the source, has the instructions of the rule itself."""
    function = op.vjp[k]
    text = formulas._text(function)
    tree = ast.parse(text, mode="eval")
    if function.__code__.co_name != "<lambda>":
        assert text.startswith(function.__code__.co_name + "(")
        return
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    code = function.__code__
    assert names <= {*code.co_varnames, *code.co_names, *code.co_freevars}
    shown = compile(tree, "rule", "eval")
    assert set(shown.co_consts) - {None} <= set(code.co_consts) | {tuple(), *_numbers(code)}
    assert {*code.co_names, *code.co_freevars} <= names | _attributes(tree) | {"form"}


def _attributes(tree):
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} \
        | {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword)}


def _numbers(code):
    return {c for c in code.co_consts if isinstance(c, (int, float, str, tuple))}


def test_what_the_rules_of_a_node_share_is_named():
    x, w = graphs.leaf(np.ones((2, 3))), graphs.leaf(np.ones((3, 4)))
    fused, plain = ops.linear(x, w, activation="tanh"), ops.linear(x, w)
    assert formulas.rule(fused, 0) == "matmul(g, w.mT)  where g = before(g, y, activation)"
    assert formulas.rule(plain, 0) == "matmul(g, w.mT)"


# ---- names --------------------------------------------------------------------------------------

def test_paths_are_shortened_as_far_as_they_stay_apart():
    nodes = [graphs.leaf(1.0) for _ in range(5)]
    paths = ["vae.encoder.layers.0.weight", "vae.decoder.layers.0.weight", "net.weight",
             "a.x.layers.0.bias", "b.x.layers.0.bias"]
    names = Names(nodes, {id(x): path for x, path in zip(nodes, paths)})
    assert [names.short(x) for x in nodes] == \
        ["encoder.0.weight", "decoder.0.weight", "net.weight", "a.x.0.bias", "b.x.0.bias"]
    assert names(nodes[0]) == paths[0]


# ---- modules in the place of long records -------------------------------------------------------

def deep(layers=40):
    rng = np.random.default_rng(0)
    net = sg.nn.mlp(3, *[4] * layers, 1, activation="tanh", rng=0)
    head = sg.nn.Linear(1, 1, rng=1)
    x = rng.normal(size=(5, 3)).astype("float32")
    loss = ops.mean(ops.square(head(ops.tanh(net(x)))))
    return sg.explain(loss), net


def test_of_a_deep_network_each_module_is_a_row():
    e, net = deep()
    text = str(e)
    lines = text.splitlines()
    assert len(e) > 100 and len(lines) < 100 and max(map(len, lines)) <= 100
    assert "[net]" in text and "[module]: the rules inside it" in text
    assert " rules)" not in text                            # nothing is left out
    steps = re.findall(r"^ *(\d+)(?:-(\d+))?  ", text, re.MULTILINE)
    assert sum(int(last or first) - int(first) + 1 for first, last in steps) == len(e)


def test_a_module_is_shown_alone():
    e, net = deep()
    text = e.table("net.layers.40")
    assert text.startswith("L = loss = ") and ", 3 rules applied inside net.layers.40, " in text
    assert "dloss/dnet.layers.40.weight" in text and "net.layers.39.weight" not in text
    assert e.table("head").count("head.weight") >= 1
    with pytest.raises(ValueError, match="no rule was applied inside a module 'nett'"):
        e.table("nett")


def test_a_folded_module_hands_on_what_its_rules_hand_on_together():
    rng = np.random.default_rng(0)
    vae = sg.models.vae_dense(64, latent=2, hidden=(8,) * 7, rng=0)
    loss = -vae.elbo(sg.data.binarise(sg.data.load("digits").train.images)[:4], rng=rng).mean()
    e = sg.explain(loss)
    row, = re.findall(r"^ *(\d+)-(\d+)  \[vae\.d.* {2}(\S+)  first$", str(e), re.MULTILINE)
    inside = e.records[int(row[0]) - 1:int(row[1])]
    assert all(r.parent.op or e.name(r.parent).startswith("vae.decoder") for r in inside)
    assert row[2] == numbers.summary(inside[-3].contribution)   # what the codes z receive
    wide = e.table(width=120)
    assert "decoder.7.weight" not in wide and "encoder.7.weight" in wide
    assert 100 < max(map(len, wide.splitlines())) <= 120


def test_a_folded_module_sums_over_all_uses_of_its_input(monkeypatch):
    class Gate(sg.nn.Module):
        def __init__(self):
            self.a, self.b = sg.nn.Linear(3, 3, rng=0), sg.nn.Linear(3, 3, rng=1)

        def forward(self, x):
            return self.b(ops.sigmoid(self.a(x)) * x)

    monkeypatch.setattr("scratchgen.autodiff.explain.table.ROWS", 8)
    gate, start = Gate(), graphs.leaf(np.float32([[0.5, -1.0, 2.0]]))
    x = start * 3.0
    e = sg.explain(ops.sum(ops.tanh(gate(x))))
    row, = (line for line in str(e).splitlines() if "[gate]" in line)
    assert sum(r.parent is x for r in e) == 2
    assert row.endswith(f"  {numbers.summary(e.gradient(x), few=1)}  first")


def test_a_loss_that_is_a_leaf_has_no_rows():
    e = sg.explain(graphs.leaf(2.0))
    assert str(e) == "no rule was applied: the loss is itself a leaf" and len(e) == 0
    assert e.to_html().count('class="box') == 1


# ---- numbers ------------------------------------------------------------------------------------

def test_norms_neither_overflow_nor_vanish():
    assert numbers.norm(np.array([3e200, 4e200])) == pytest.approx(5e200)
    assert numbers.norm(np.array([3e-200, 4e-200])) == pytest.approx(5e-200)
    assert numbers.norm(np.zeros(3)) == 0 and math.isnan(numbers.norm(np.array([1.0, np.nan])))


@pytest.mark.parametrize("number, text", [
    (0.125, "0.12"), (99.4, "99"), (99.6, "100"), (202.0, "202"), (-1024.4, "-1024"),
    (12345.0, "1.2e+04"), (math.inf, "inf"), (-math.nan, "nan")])
def test_no_digit_before_the_point_is_lost(number, text):
    assert numbers.summary(np.array([number, 0.0])) == f"[{text} 0]"


def test_gradients_of_the_leaves_are_written_out_where_they_fit():
    x, w = graphs.leaf([[1.0, 2.0], [3.0, 4.0]]), graphs.leaf([0.25, 1202.5])
    e = sg.explain(ops.sum(x @ w))
    assert "= [[0.25 1202] [0.25 1202]]\n" in str(e)
    assert "= |1.7e+03|\n" in e.table(width=30)
    wide = graphs.leaf(np.ones(17))
    assert str(sg.explain(ops.sum(wide))).count("|4.12|") == 2


def test_small_arrays_are_written_in_rows():
    assert numbers.values(np.array([[1.0, -2.5], [10.0, 0.25]])) == " 1  -2.5\n10  0.25"
    assert numbers.values(np.array(1.5)) == "1.5"
    assert numbers.values(np.ones((0, 2))) == "no entries"
    assert numbers.values(np.ones((2, 9))).startswith("18 entries\nfrom 1 to 1\nmean 1, norm 4.243")


# ---- on the way ---------------------------------------------------------------------------------

@pytest.mark.parametrize("step", [0, -1, 10])
def test_a_step_that_is_not_in_the_table_has_no_jacobian(step):
    e = graphs.network()
    with pytest.raises(ValueError, match=f"no step {step}\n  expected  1 to 9"):
        e.jacobian(step)


@pytest.mark.parametrize("step", [None, 1.0, "1", graphs.leaf(np.ones(2))], ids=repr)
def test_a_step_is_a_number_or_a_record(step):
    with pytest.raises(TypeError, match="a step is expected, its number in the table or its Rec"):
        graphs.network().jacobian(step)
    assert graphs.network().jacobian(np.int64(1)).shape == graphs.network().jacobian(1).shape


def test_table_and_page_on_every_backend(xp_backend):
    x = sg.Tensor(xp_backend.asarray(np.ones((3, 2))), requires_grad=True)
    w = sg.Tensor(xp_backend.asarray(np.ones((2, 4))), requires_grad=True)
    e = sg.explain(ops.sum(ops.tanh(x @ w) * xp_backend.asarray(np.ones(4))))
    assert "v2 = tanh(v1)" in str(e) and "v2 = tanh(v1)" in e.to_html()
    assert e.why(w).total.shape == (2, 4) and e.jacobian(2).shape == (3, 4, 3, 4)


def test_the_example_of_the_documentation_is_what_is_printed(capsys):
    """The indented code in the docstring of the package is run; what follows it is its output."""
    code, printed = [], []
    for line in explain.__doc__.split("For two layers")[1].splitlines()[1:]:
        if line.startswith("    "):
            (printed if printed or line[4:].startswith("L = ") else code).append(line[4:])
        elif printed:
            printed.append("")
    exec("\n".join(code), {"__name__": "__main__"})
    shown = capsys.readouterr().out.splitlines()
    assert len(code) == 5 and len(shown) > 15
    assert [line for line in shown if line] == [line for line in printed if line]
