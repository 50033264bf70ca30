"""Every lesson: it runs, its claims hold, its exercises can be solved, and it has its parts."""
import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from tests.lessons.run_lesson import readers
from tests.lessons.taught import TAUGHT

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted((ROOT / "lessons").glob("[0-9][0-9]_*.py"))
EACH = [pytest.param(path, id=path.stem, marks=getattr(pytest.mark, f"lesson{path.name[:2]}"))
        for path in LESSONS]
each_lesson = pytest.mark.parametrize("path", EACH)

# Every warning is an error but the one that NumPy gives by mistake: setup.cfg says why.
WARNINGS = ("-W", "error", "-W", "ignore:invalid value encountered in matmul:RuntimeWarning")


class Run:
    """What a lesson said and left behind, run in fast mode with warnings as errors."""

    def __init__(self, path, folder):
        self.cwd, self.figures = folder / "cwd", folder / "figures"
        self.cwd.mkdir()
        report = folder / "report.json"
        environment = dict(os.environ, SCRATCHGEN_FAST="1", SCRATCHGEN_FIGURES=str(self.figures),
                           PYTHONIOENCODING="ascii",        # some terminals know no other letters
                           PYTHONPATH=os.pathsep.join([str(ROOT), *filter(None, sys.path)]))
        environment.pop("SCRATCHGEN_CHECK", None)
        command = [sys.executable, *WARNINGS, str(Path(__file__).with_name("run_lesson.py")),
                   str(path), str(solutions_of(path)), str(report)]
        done = subprocess.run(command, cwd=self.cwd, env=environment, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL)
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr
        self.verdicts = json.loads(report.read_text()) if report.exists() else {}


# The whole course takes minutes: from the ninth lesson on, running one is a slow test.
RUNS = [pytest.param(*lesson.values, id=lesson.id, marks=[*lesson.marks, pytest.mark.slow])
        if int(lesson.values[0].name[:2]) > 8 else lesson for lesson in EACH]


@pytest.fixture(scope="module", params=RUNS)
def run(request, tmp_path_factory):
    return Run(request.param, tmp_path_factory.mktemp(request.param.stem))


def solutions_of(path):
    return path.parent / "solutions" / path.name


def cells(path):
    """[(is it text, source of the cell)] of a file in percent format."""
    parts = re.split(r"^# %%(.*)$", path.read_text(encoding="utf-8"), flags=re.M)
    assert not parts[0].strip(), "a lesson begins with a cell"
    return [("[markdown]" in head, body.strip("\n"))
            for head, body in zip(parts[1::2], parts[2::2])]


def prose(path):
    return "\n\n".join(body for is_text, body in cells(path) if is_text)


def code(path):
    return "\n\n".join(body for is_text, body in cells(path) if not is_text)


def functions(source):
    return {f.name: f for f in ast.parse(source).body if isinstance(f, ast.FunctionDef)}


def stubs(path):
    """The functions under an @exercise(...), by name."""
    return {name: f for name, f in functions(code(path)).items()
            if any(isinstance(d, ast.Call) and getattr(d.func, "id", "") == "exercise"
                   for d in f.decorator_list)}


# ---- it runs ------------------------------------------------------------------------------------

def test_it_runs_and_every_claim_holds(run):
    assert run.code == 0, run.out[-2000:] + run.err[-4000:]
    assert len(re.findall(r"^  holds ", run.out, re.M)) >= 5, run.out
    assert "FAILS" not in run.out and not run.err


def ink(figure):
    """The share of a picture that has another colour than most of it."""
    colours = imread(figure).reshape(-1, 4)
    return 1 - np.unique(colours, axis=0, return_counts=True)[1].max() / len(colours)


def test_it_draws_and_leaves_nothing_else_behind(run):
    figures = list(run.figures.iterdir())
    assert figures and all(f.suffix == ".png" for f in figures)
    assert all(ink(figure) > 0.1 for figure in figures)     # an empty frame with labels has 0.03
    assert [str(f) in run.out for f in figures] == [True] * len(figures)
    assert not list(run.cwd.iterdir())


def test_the_terminal_has_lines_of_at_most_120_columns(run):
    too_long = [line for line in run.out.splitlines() if len(line) > 120 and "figure" not in line]
    assert not too_long


def test_each_exercise_tells_right_from_wrong(run):
    assert run.verdicts
    for name, said in run.verdicts.items():
        assert said["stub"] == said["nothing"] == "not answered yet", name
        assert said["solution"] == "right", name
        assert said["zero"].startswith("wrong:") and said["not a number"].startswith("wrong:"), name
        assert "hint:" in said["zero"], name
        assert said["other right ones"] == ["right"] * len(said["other right ones"]), name
        assert all(verdict.startswith("wrong:") for verdict in said["near misses"]), name


@each_lesson
def test_readers_answer_the_exercises_that_there_are(path):
    given = readers(path)
    assert set(given["other right ones"]) == set(given["near misses"]) == set(stubs(path))


# ---- it has its parts ---------------------------------------------------------------------------

def test_there_are_lessons_with_different_numbers():
    assert LESSONS and len({path.name[:2] for path in LESSONS}) == len(LESSONS)
    assert {path.name for path in LESSONS} == {
        path.name for path in (ROOT / "lessons" / "solutions").glob("*.py")}


@each_lesson
def test_it_opens_with_a_title_what_you_will_do_and_what_it_takes(path):
    is_text, first = cells(path)[0]
    assert is_text and re.match(r'r"""\n# \S', first)
    you_will = re.search(r"^\**You will\b.*\n\n?((?:(?:[-*]|\d\.) .*\n(?:  .*\n)*)+)", first,
                         re.M)
    assert you_will and len(re.findall(r"^(?:[-*]|\d\.) ", you_will[1], re.M)) == 3
    assert re.search(r"prerequisites|you need|before", first, re.I)
    assert re.search(r"\bseconds?\b", first) and "CPU" in first


@each_lesson
def test_text_cells_are_raw_strings_and_code_cells_are_python(path):
    for is_text, body in cells(path):
        if is_text:
            assert body.startswith('r"""\n') and body.endswith('\n"""'), body[:60]
        else:
            ast.parse(body)


@each_lesson
def test_it_asks_before_it_answers_quotes_draws_and_breaks(path):
    text, source = prose(path), code(path)
    assert re.search("predict", text, re.I) and "predict(" in source
    assert source.index("predict(") < source.index("claim(")
    for call in ("claim(", "show(", "save_figure(", "heading("):
        assert call in source, call
    assert re.search(r"^#+ .*break", text, re.I | re.M), "a section that makes a mistake on purpose"
    assert re.search(r"^#+ .*left out", text, re.I | re.M), "a section on what was left out"


@each_lesson
def test_each_exercise_is_a_stub_with_an_explained_solution(path):
    found = stubs(path)
    assert 2 <= len(found) <= 4
    source = solutions_of(path).read_text(encoding="utf-8")
    solutions = functions(source)
    for name, stub in found.items():
        assert ast.unparse(stub.args) == ast.unparse(solutions[name].args), name
        assert len(ast.get_docstring(solutions[name]) or "") > 60, f"explain the solution of {name}"


@each_lesson
def test_it_imports_nothing_but_the_package_numpy_and_the_standard_library(path):
    for file in (path, solutions_of(path)):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else \
                [node.module] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                top = name.split(".")[0]
                assert top in {"scratchgen", "numpy", "matplotlib"} | sys.stdlib_module_names, name


NOT_RESULTS = (r"arXiv:\S+", r"https?://\S+", r"\b(1[89]|20)\d\d\b",
               r"\b(sections?|chapters?|eq\.|pages?|figures?|volume) [\d.,()\- ]+(and [\d.]+)?")


@each_lesson
def test_a_number_in_the_text_is_also_in_the_code(path):
    """A decimal, or a whole number from 100 on, stands in a cell that runs: there it is asserted.

    Years and the numbers of sections, equations and pages are not results.
    """
    text = re.sub("|".join(NOT_RESULTS), " ", prose(path), flags=re.I)
    numbers = {n.replace(",", "") for n in re.findall(
        r"(?<![\w.])\d[\d,]*\.\d+|(?<![\w.,])\d{1,3}(?:,\d{3})+|(?<![\w.,])\d{3,}", text)}
    values = re.sub(r"(?<=\d)[_,](?=\d{3})", "", code(path))
    stale = {n for n in numbers if not re.search(rf"(?<![\d.]){re.escape(n)}(?!\d)", values)}
    assert not stale, f"in the text, but nowhere in the code: {sorted(stale)}"


# ---- pytest -m lesson08 -------------------------------------------------------------------------

def test_what_a_lesson_teaches_has_tests_that_are_there():
    assert set(TAUGHT) == set(range(1, 25))
    places = {place for group in TAUGHT.values() for place in group}
    assert [place for place in places if not (ROOT / "tests" / place).exists()] == []


def test_a_mark_selects_the_lesson_its_solutions_and_the_tests_of_what_it_teaches():
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider",
               "-m", "lesson08", "tests/lessons", "tests/models/test_affine.py",
               "tests/models/test_vae.py"]
    out = subprocess.run(command, cwd=ROOT, text=True, capture_output=True).stdout
    for part in ("test_it_runs_and_every_claim_holds[08_gaussian_sampler]", "test_affine.py",
                 "test_each_exercise_tells_right_from_wrong[08_gaussian_sampler]"):
        assert part in out, out
    assert "test_vae.py" not in out and "[07_" not in out
