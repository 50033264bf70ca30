"""scratchgen/lesson/: a false claim fails, a quotation is the source, a verdict is fair."""
import inspect
import math
import os
import subprocess
import sys
import types

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import lesson, ops, viz
from scratchgen.autodiff.primitive import PRIMITIVES
from scratchgen.elbo import critical_value
from scratchgen.lesson import exercises, telling


# ---- claim --------------------------------------------------------------------------------------

TRUE = [
    (1.0, 1.0, {}), (1.0, 1.0 + 1e-10, {}), (3, 3, {}), (math.inf, math.inf, {}),
    (1e6, 1e6 + 1e-4, {}), (0.5, 0.6, {"tolerance": 0.11}),
    (1.0, 1.6, {"error": 0.1}), (1.0, 2.0, {"relation": "<"}), (2.0, 1.0, {"relation": ">"}),
    (1.0, 1.0, {"relation": "<="}), (1.0, 1.0, {"relation": ">="}),
    (1.0, 2.0, {"relation": "<", "error": 0.1}), (True, True, {}), (np.True_, True, {}),
    ("yes", "yes", {}), (sg.Tensor(2.0), 2.0, {}), (np.zeros(0), np.zeros(0), {}),
    (np.zeros((2, 3)), sg.Tensor(np.zeros((2, 3))), {}),
    (np.array([1.0, 2.0]), np.array([1.0, 2.1]), {"tolerance": 0.1}),
    (np.array([-math.inf, 1.0]), np.array([-math.inf, 1.0 + 1e-10]), {}),
]
FALSE = [
    (1.0, 1.0 + 1e-8, {}), (1e-6, 0.0, {}), (3, 4, {}), (math.nan, math.nan, {}),
    (math.nan, 1.0, {}), (math.inf, 1.0, {}), (0.5, 0.62, {"tolerance": 0.11}),
    (1.0, 1.62, {"error": 0.1}),
    (1.0, 1.0, {"relation": "<"}), (2.0, 1.0, {"relation": "<="}), (1.0, 2.0, {"relation": ">"}),
    (1.0, 2.0, {"relation": ">="}), (1.0, 1.6, {"relation": "<", "error": 0.1}),
    (math.inf, 1.0, {"relation": ">"}), (math.nan, 1.0, {"relation": "<"}),
    (math.nan, 1.0, {"relation": ">"}), (False, True, {}), (1.5, True, {"tolerance": 1}),
    ("yes", "no", {}),
    (np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-6]), {}), (np.zeros(2), np.zeros((2, 1)), {}),
    (np.array([math.nan]), np.array([math.nan]), {}), (np.zeros(2), 0.0, {}),
    (13.5, math.inf, {}), (13.5, -math.inf, {"tolerance": 0.1}), (1.0, 2.0, {"error": math.inf}),
    (np.array([1.0, 13.5]), np.array([1.0, math.inf]), {}),
    (np.array([1.0, math.inf]), np.array([1.0, 13.5]), {}),
    (np.array([2.0, math.inf]), np.array([1.0, math.inf]), {}),
]


@pytest.mark.parametrize("got, want, how", TRUE)
def test_a_true_claim_prints_both_numbers(got, want, how, capsys):
    lesson.claim("it is so", got, want, **how)
    assert capsys.readouterr().out.startswith("  holds    it is so ")


@pytest.mark.parametrize("got, want, how", FALSE)
def test_a_false_claim_raises_and_says_so(got, want, how, capsys):
    with pytest.raises(AssertionError, match="it is so: "):
        lesson.claim("it is so", got, want, **how)
    assert capsys.readouterr().out.startswith("  FAILS    it is so ")


def test_a_claim_without_a_second_number_is_that_it_is_true():
    lesson.claim("it is", 1 < 2)
    with pytest.raises(AssertionError):
        lesson.claim("it is not", 2 < 1)


def test_what_a_claim_prints(capsys):
    lesson.claim("paths", 2 ** 30, 2 ** 30)
    lesson.claim("mean", 0.1234567, 0.12, error=0.01)
    lesson.claim("rate", 0.25, 0.26, tolerance=0.05)
    lesson.claim("far from 1", -44.5163, -45, tolerance=0.05)
    lesson.claim("rounding", 0.25, 0.25)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines == ["holds paths 1,073,741,824 = 1,073,741,824",
                     "holds mean 0.123457 = 0.12 (standard error 0.01)",
                     "holds rate 0.25 = 0.26 (within 0.05)",
                     "holds far from 1 -44.5163 = -45 (within 2.25)",
                     "holds rounding 0.25 = 0.25"]


def test_six_standard_errors_are_one_false_alarm_in_a_billion():
    assert math.erfc(critical_value() / math.sqrt(2)) == pytest.approx(1e-9, rel=1e-6)


def test_arrays_are_equal_or_not_but_never_less():
    with pytest.raises(ValueError, match="arrays"):
        lesson.claim("smaller", np.zeros(2), np.ones(2), relation="<")


def test_a_complaint_is_the_name_and_the_words_of_an_exception():
    def refuse(x, *, words):
        raise ValueError(words + x)
    assert lesson.complaint(refuse, "one", words="another ") == ("ValueError", "another one")
    assert lesson.complaint(len, "four") == ("no complaint", "")
    with pytest.raises(KeyboardInterrupt):          # the reader wants to stop
        lesson.complaint(interrupt)


def interrupt():
    raise KeyboardInterrupt


def test_while_answers_are_checked_only_failures_are_printed(monkeypatch, capsys):
    monkeypatch.setattr(telling, "CHECKING", True)
    lesson.heading("Title")
    lesson.predict("How many?")
    lesson.say("Words")
    lesson.show(ops.tanh)
    lesson.claim("so", 1, 1)
    assert capsys.readouterr().out == ""
    with pytest.raises(AssertionError):
        lesson.claim("not so", 1, 2)
    assert "FAILS" in capsys.readouterr().out


# ---- show and source ----------------------------------------------------------------------------

def test_the_source_of_a_row_of_the_table_is_that_row_alone():
    text = lesson.source(ops.multiply)
    assert text.startswith("multiply    = elementwise(")
    assert "g * b" in text and "g * a" in text and 'formula="y = a b")' in text
    assert "divide" not in text and "add " not in text


def test_the_source_of_an_op_has_its_forward_its_rules_and_what_they_call():
    text = lesson.source(ops.matmul)
    assert text.startswith('@primitive("(...,I,J),(...,J,K)->(...,I,K)"')
    assert text.index("def matmul(xp") < text.index("matmul.vjp = ") < text.index("def _matmul_a(")
    assert "def vecdot" not in text


def test_a_rule_that_two_ops_share_is_quoted_for_both():
    for op in (ops.max, ops.min):
        text = lesson.source(op)
        assert "max.vjp = min.vjp = (_to_the_winners,)" in text and "def _to_the_winners(" in text


def test_everything_an_op_declares_is_quoted():
    text = lesson.source(ops.linear)
    assert "linear.shared = " in text and "linear.vjp = " in text


@pytest.mark.parametrize("name", [name for name, op in PRIMITIVES.items()
                                  if op.__module__.startswith("scratchgen.autodiff.ops")])
def test_every_op_can_be_quoted(name):
    op = PRIMITIVES[name]
    text = lesson.source(op)
    written = text.startswith(f"{name} ") or f"\ndef {name}(" in text
    assert written and (text.startswith(f"{name} ") or f"{name}.vjp = " in text)


def test_functions_and_classes_are_quoted_as_they_stand(capsys):
    assert lesson.source(ops.mean) == inspect.getsource(ops.mean).rstrip()
    assert lesson.source(sg.no_grad).startswith("class no_grad:")
    assert lesson.source(sg.Tensor.item).startswith("def item(self):")
    lesson.show(ops.mean)
    out = capsys.readouterr().out
    assert all(line.startswith("    |") and line == line.rstrip() for line in out.splitlines())


# ---- exercises ----------------------------------------------------------------------------------

@pytest.fixture
def double(monkeypatch, capsys):
    """The exercise "double x", asked and not answered."""
    monkeypatch.setattr(exercises, "EXERCISES", {})

    def check(answer):
        for x in (0.0, 1.5, -2.0):
            lesson.claim(f"double {x}", answer(x), 2 * x)

    @lesson.exercise("Write x -> 2 x.", check=check, hint="add x to itself")
    def double(x):
        return None
    assert "exercise 1  Write x -> 2 x." in capsys.readouterr().out
    return double


def test_a_stub_is_not_answered_yet(double):
    assert double(1.0) is None
    assert lesson.verdict("double") == "not answered yet"


@pytest.mark.parametrize("right", [lambda x: 2 * x, lambda x: x + x])
def test_a_right_answer(double, right):
    assert lesson.verdict("double", right) == "right"


@pytest.mark.parametrize("wrong", [lambda x: x, lambda x: 0, lambda x: "2", lambda x: 1 / x,
                                   lambda: 2, lambda x: math.nan,
                                   lambda x: 3 * x if x < 0 else 2 * x])
def test_a_wrong_answer_gets_the_hint(double, wrong):
    said = lesson.verdict("double", wrong)
    assert said.startswith("wrong: ") and said.endswith("hint: add x to itself")


def test_an_answer_that_gives_up_half_way_is_not_answered(double):
    assert lesson.verdict("double", lambda x: 2 * x if x >= 0 else None) == "not answered yet"


def test_asking_again_keeps_the_number(double, capsys):
    for name in ("other", "double"):
        stub = type(double)(double.__code__, {}, name)
        lesson.exercise("Again.", check=print, hint="")(stub)
    out = capsys.readouterr().out
    assert "exercise 2  Again." in out and "exercise 1  Again." in out


SCRIPT = """
from scratchgen.lesson import save_figure
from scratchgen import viz
print(save_figure(viz.bars({"a": 1}), "bars"))
"""


def python(script, tmp_path, **environment):
    search_path = os.pathsep.join(filter(None, sys.path))
    environment = dict(os.environ, PYTHONPATH=search_path, **environment)
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, env=environment, text=True,
                          capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def as_in_a_notebook(monkeypatch):
    """IPython as far as a lesson needs it; what is displayed is appended to the list."""
    displayed = []
    fake = types.ModuleType("IPython.display")
    python = types.ModuleType("IPython")
    python.version_info = (9, 0)                # matplotlib asks for it
    fake.display = displayed.append
    fake.Markdown = lambda text: ("Markdown", text)
    fake.Image = lambda data, retina: ("Image", data[:8])
    for name, module in (("ipykernel", types.ModuleType("ipykernel")), ("IPython", python),
                         ("IPython.display", fake)):
        monkeypatch.setitem(sys.modules, name, module)
    return displayed


def test_a_notebook_displays_what_a_terminal_prints(as_in_a_notebook, capsys):
    lesson.heading("Title")
    lesson.predict("How many?")
    lesson.show(ops.mean)
    w = sg.Tensor(2.0, requires_grad=True)
    explanation = sg.explain(w * w)
    lesson.stepper(explanation)
    assert lesson.save_figure(viz.bars({"a": 1}), "bars") is None
    assert capsys.readouterr().out == ""
    source, page, figure = as_in_a_notebook
    assert source == ("Markdown", f"```python\n{lesson.source(ops.mean)}\n```")
    assert page is explanation and figure == ("Image", b"\x89PNG\r\n\x1a\n")


def test_a_terminal_prints_the_table_of_the_stepper(capsys):
    w = sg.Tensor(2.0, requires_grad=True)
    explanation = sg.explain(w * w)
    lesson.stepper(explanation)
    printed = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert printed == [line.strip() for line in str(explanation).splitlines()]


def test_answers_are_counted(double, monkeypatch, capsys):
    assert not lesson.answers()
    assert "0 of 1 answered, 0 right" in capsys.readouterr().out
    for answer, right in ((lambda x: 2 * x, True), (lambda x: 3 * x, False)):
        monkeypatch.setitem(exercises.EXERCISES, "double",
                            ("", answer, *exercises.EXERCISES["double"][2:]))
        assert lesson.answers() is right
        out = capsys.readouterr().out
        assert f"1 of 1 answered, {int(right)} right" in out and "holds" not in out


def test_figures_go_beside_the_lesson_or_where_one_says(tmp_path):
    lessons, elsewhere = tmp_path / "lessons", tmp_path / "elsewhere"
    lessons.mkdir()
    elsewhere.mkdir()
    script = lessons / "99_small.py"
    script.write_text(SCRIPT)
    assert str(lessons / "figures" / "bars.png") in python(script, elsewhere)
    assert (lessons / "figures" / "bars.png").exists() and not list(elsewhere.iterdir())
    out = python(script, tmp_path, SCRATCHGEN_FIGURES=str(elsewhere))
    assert str(elsewhere / "bars.png") in out and (elsewhere / "bars.png").exists()
