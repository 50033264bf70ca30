"""scratchgen explain: formulas are read, never run; what is no arithmetic is refused in a line."""
import math
import re

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import cli, ops
from scratchgen.cli import expression
from scratchgen.cli.expression import evaluate, variables
from scratchgen.cli.usage import UsageError

LINE = ["(y - (w*x + b))**2", "w=2", "x=3", "b=-1", "y=4"]


def value(formula, *pairs):
    return evaluate(formula, variables(pairs))


def refusal(formula, *pairs):
    with pytest.raises(UsageError) as caught:
        value(formula, *pairs)
    message = str(caught.value)
    assert "\n" not in message and len(message) < 700
    return message


# ---- the command --------------------------------------------------------------------------------

def test_the_table_of_a_formula(capsys):
    assert cli.main(["explain", *LINE]) == 0
    out = capsys.readouterr().out
    assert out.startswith("L = 1, 7 rules applied")
    assert "6  v1 = w x     w   ()          3      2         6  first" in out
    assert "dL/dw = 6\ndL/dx = 4\ndL/db = 2\ndL/dy = -2" in out


def test_the_gradient_of_an_array_is_read_entry_by_entry(capsys):
    argv = ["sum((y - x@w)**2)", "w=[1,2]", "x=[[1,2],[3,4],[5,6]]", "y=[1,2,3]", "--why", "w"]
    assert cli.main(["explain", *argv]) == 0
    out = capsys.readouterr().out
    assert "dL/dw = [202 256]\ndL/dx = [[8 16] [18 36] [28 56]]\ndL/dy = [-8 -18 -28]\n" in out
    assert "dL/dw = [202 256], the sum over 1 path" in out


@pytest.mark.parametrize("taken, called", [("L", "loss"), ("L loss", "loss_2"),
                                           ("L loss loss_2", "loss_3")])
def test_the_loss_takes_a_name_that_is_free(taken, called, capsys):
    names = taken.split()
    assert cli.main(["explain", "2*" + "*".join(names), *(f"{n}=3" for n in names)]) == 0
    assert f"L = {called} = " in capsys.readouterr().out


def test_losses_and_arithmetic_go_by_the_names_of_the_ops():
    close = pytest.approx
    assert value("bce_with_logits(x, 1)", "x=0").item() == close(math.log(2))
    assert value("gaussian_nll(0, m, s)", "m=0", "s=0").item() == close(math.log(2 * math.pi) / 2)
    assert value("divide(add(x, 1), subtract(pow(x, 2), negative(multiply(x, x))))",
                 "x=3").item() == close(4 / 18)


def test_paths_checks_and_a_page(tmp_path, capsys):
    page = tmp_path / "out.html"
    argv = ["explain", "w**2 + exp(w*x)", "w=0.5", "x=2", "--why", "w", "--check"]
    assert cli.main([*argv, "--html", str(page)]) == 0
    out = capsys.readouterr().out
    assert "the sum over 2 paths" in out and "agree with finite differences" in out
    assert f"page: {page}" in out and page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_single_step_is_one_step(capsys):
    assert cli.main(["explain", "w**2", "w=2", "--check"]) == 0
    out = capsys.readouterr().out
    assert "1 rule applied" in out and "Every gradient agrees with" in out
    assert cli.main(["explain", "w", "w=2", "--check", "--why", "w"]) == 0


@pytest.mark.parametrize("formula, value, outcome", [("log(w)", "-1", "L = nan"),
                                                     ("1/w", "0", "dL/dw = -inf"),
                                                     ("exp(w)", "1000", "dL/dw = inf")])
def test_poles_stand_in_the_table_and_warn_nobody(formula, value, outcome, capsys, recwarn):
    """A warning would quote a line of the engine."""
    assert cli.main(["explain", formula, f"w={value}", "--check"]) == 1
    said = capsys.readouterr()
    assert outcome in said.out and "L is not finite" in said.err and not list(recwarn)


@pytest.mark.parametrize("argv, complaint", [
    (["w*", "w=2"], "grammar"),
    (["w*x", "w=2"], "x has no value: add x=..."),
    (["w*2", "w=2", "x=3"], "x is given, but does not occur"),
    (["w*2", "w=2", "w=3"], "w is given twice"),
    (["w*2", "w"], "NAME=VALUE"),
    (["w*2", "2=w"], "NAME=VALUE"),
    (["w*lambda", "w=2", "lambda=3"], "lambda is a word of Python's grammar"),
    (["10.0**1000*w", "w=2"], "too large"),
    (["w*2", "w=two"], "a number or a list of numbers"),
    (["2*3"], "no variable"),
    (["w*[1,2]", "w=2"], "shape (2,)"),
    (["w*w", "w=2", "--why", "x"], "no such variable"),
    (["w @ w", "w=2"], "matmul")])
def test_what_is_wrong_is_said_on_one_line_with_exit_code_2(argv, complaint, capsys):
    assert cli.main(["explain", *argv]) == 2
    err = capsys.readouterr().err
    assert complaint in err and err.count("\n") == 1 and err.startswith("scratchgen: ")


def test_a_page_that_cannot_be_written_is_a_failure(tmp_path, capsys):
    assert cli.main(["explain", "w*w", "w=2", "--html", str(tmp_path / "no" / "x.html")]) == 1
    assert "No such file" in capsys.readouterr().err


# ---- what a formula may be ----------------------------------------------------------------------

@pytest.mark.parametrize("formula, exact", [
    ("w + 1 - 2*w/4", 2.0 + 1 - 1), ("-w**2", -4.0), ("(-w)**2", 4.0), ("w**-1", 0.5),
    ("2**w", 4.0), ("sin(pi*w) + e*w", math.sin(2 * math.pi) + 2 * math.e), ("+w", 2.0),
    ("sum([1, 2, 3]*w)", 12.0), ("sum([[1, -2], [3, 4]] @ [w0, w1]*[1, 1])", None),
    ("exp(log(w))", 2.0), ("w*logsumexp([0, 0])", 2 * math.log(2)), ("sqrt(4)*w", 4.0)])
def test_arithmetic_is_that_of_python(formula, exact):
    if exact is None:
        message = refusal(formula, "w=2", "w0=1", "w1=1")
        assert "list of numbers" in message
    else:
        assert value(formula, "w=2").item() == pytest.approx(exact, rel=1e-15)


def test_integers_become_floats_and_lists_arrays():
    found = variables(["w=2", "x=[1, 2, 3]", "a=[[1,-2],[3,+4.5]]", "b=-1e-3"])
    assert all(t.dtype == np.float64 and t.requires_grad for t in found.values())
    assert [t.shape for t in found.values()] == [(), (3,), (2, 2), ()]
    assert found["a"].data[0, 1] == -2 and found["b"].item() == -1e-3


def test_whole_exponents_are_powers_and_squares():
    assert value("w**2", "w=3").op is ops.square
    y = value("w**3", "w=-2")
    assert y.item() == -8 and sg.explain(y).check()


def test_functions_take_axes_and_nothing_else():
    y = value("sum(sum(a, axis=0)**2) + sum(softmax(a, axis=(1,)))", "a=[[1,2],[3,4]]")
    assert y.item() == pytest.approx(52 + 2)
    assert "sum takes axis=" in refusal("sum(w, out=w)", "w=2")
    assert "takes axis=" in refusal("sum(w, **w)", "w=2")
    assert "takes axis=" in refusal("sum(w, axis='0')", "w=2")


@pytest.mark.parametrize("formula, complaint", [
    ("sum(a, 0)", "sum(x, axis=0)"), ("norm(a, 2)", "norm(x, axis=0)"), ("var(a, 1)", "axis=0"),
    ("max(w, 1)", "maximum(a, b)"), ("min(w, w)", "minimum(a, b)"), ("vecdot(a, a, w)", "axis=0"),
    ("leaky_relu(w, w)", "slope of leaky_relu is a number"), ("elu(w, w)", "alpha of elu"),
    ("sum(a, a)", "axis=0"), ("sum(a, axis=True)", "whole numbers"),
    ("sum(a, keepdims=1)", "whole numbers"), ("sum(a, axis=None)", "whole numbers")])
def test_what_is_no_array_goes_by_its_name(formula, complaint):
    assert complaint in refusal(formula, *[pair for pair in ("w=2", "a=[1, 2]")
                                           if re.search(rf"\b{pair[0]}\b", formula)])


def test_slopes_are_numbers():
    assert value("leaky_relu(w, 0.25) + elu(w, 2)", "w=-1").item() == pytest.approx(
        -0.25 + 2 * math.expm1(-1))
    assert value("clip(w, 0, 1) + clip(2*w, 3)", "w=1.25").item() == 1 + 3
    assert "min of clip is a number" in refusal("clip(w, w, 3)", "w=1")


def test_a_setting_has_the_name_that_the_formula_uses(capsys):
    assert cli.main(["explain", "clip(w, 0, 1) + leaky_relu(w, 0.5)", "w=-1"]) == 0
    out = capsys.readouterr().out
    assert "= w clipped to [min, max]  min=0.0, max=1.0" in out
    assert "= w if w > 0 else slope w  slope=0.5" in out


def test_a_function_without_brackets_is_said_to_be_one():
    assert "sin is a function: sin(...)" in refusal("sin*w", "w=2")


@pytest.mark.parametrize("typed", ["\u00b5", "\ufb01"])
def test_names_are_those_that_the_parser_reads(typed):
    """The mu of a keyboard is another character than the one Python makes of it."""
    assert value(f"{typed}*2", f"{typed}=3").item() == 6


@pytest.mark.parametrize("name", expression.FUNCTIONS)
def test_every_function_is_an_op(name):
    assert name in ops.__all__


def test_poles_are_values_and_warn_nobody():
    assert value("log(w)", "w=0").item() == -math.inf
    assert "division by zero" in refusal("w*(1/0)", "w=2")


# ---- what a formula may not be ------------------------------------------------------------------

@pytest.mark.parametrize("formula", [
    "w.data", "w.__class__.__mro__", "().__class__", "__import__('os').system('true')",
    "open('x')", "eval('w')", "exec(w)", "getattr(w, 'data')", "print(w)", "globals()",
    "(lambda: w)()", "[w for w in [1]]", "w if w else 1", "w and w", "w < 1", "not w", "~w",
    "w // 2", "w % 2", "w << 9", "w[0]", "{w}", "{'w': w}", "(w, w)", "f'{w}'", "'w'", "b'w'",
    "(v := w)", "await w", "True*w", "None", "...", "1j*w", "w; w", "w\nw", "w = 2", "import os",
    "ops.exp(w)", "sg.ops.exp(w)", "stop_gradient(w)", "exp(*w)", "exp(exp)", "sum", "\0", "", " "])
def test_what_is_no_arithmetic_is_refused(formula):
    refusal(formula, "w=2")


@pytest.mark.parametrize("formula", [
    "9**9**9*w", "w**2000", "w**-1e9", "2.0**10000*w", "w*" + "9" * 400, "w*1e999",
    "(-8)**0.5*w", "a*a2*w", "matmul(a*w, a2)"])
def test_huge_numbers_and_arrays_are_refused(formula):
    column, row = [[1.0]] * 200, [[1.0] * 200]
    pairs = ["w=2", *([f"a={[column] * 1}", f"a2={row}"] if "a2" in formula else [])]
    if "a2" in formula:
        formula = formula.replace("a*a2", "(a*a2)*(a*a2)")
    refusal(formula, *pairs)


@pytest.mark.parametrize("formula", [
    "w" + " + w" * 400, "(" * 400 + "w" + ")" * 400, "-" * 900 + "w", "exp(" * 99 + "w" + ")" * 99,
    "w**" * 300 + "w", "[" * 300 + "]" * 300 + "*w", "x" * 5000, "~" * 900 + "w",
    "w" + ".a" * 490, "w" + "()" * 490, "w" + "[0]" * 300, "(" + "not " * 240 + "w)"])
def test_long_and_deep_input_is_refused(formula):
    refusal(formula, "w=2")


@pytest.mark.parametrize("text", ["[1, [2]]", "[[1, 2], [3]]", "[]", "[[]]", "nan", "inf", "'2'",
                                  "1e999", "True", "[1, w]", "(1, 2)", "{1}", "1+1", "[[[[[1]]]]]",
                                  str([1] * 201), "2j", "__import__('os')", "[1]*9999", ""])
def test_values_are_numbers_and_small_lists(text):
    with pytest.raises(UsageError) as caught:
        variables([f"w={text}"])
    assert "\n" not in str(caught.value)


def test_the_help_names_the_functions(capsys):
    assert cli.main(["explain", "--help"]) == 0
    out = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert "softplus" in out and "NAME=VALUE" in out
