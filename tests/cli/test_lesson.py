"""scratchgen lesson: the course, one lesson, the answers to its exercises, its notebook."""
import json
import os
import re
import sys

import pytest

from scratchgen.cli import main
from scratchgen.cli.course import _numbers, lessons

LESSON = '''
r"""
# A small lesson

**Prerequisites** Numbers, lessons 10 and 12.  **Takes** about
7 seconds on a CPU.
"""
from scratchgen.lesson import claim, exercise, save_figure, say
from scratchgen import viz

say("words")
claim("one", 1, 1)

@exercise("One?", check=lambda one: claim("one", one(), 1), hint="1")
def one():
    return 1

@exercise("Two?", check=lambda two: claim("two", two(), 2), hint="2")
def two():
    return 1

@exercise("Three?", check=lambda three: claim("three", three(), 3), hint="3")
def three():
    return None

save_figure(viz.bars({"a": 1}), "bars")
'''


@pytest.fixture
def course(monkeypatch, tmp_path):
    """A course of one lesson, and an empty working directory."""
    from scratchgen.cli import course as where
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / "99_small.py").write_text(LESSON)
    (tmp_path / "here").mkdir()
    monkeypatch.setattr(where, "folder", lambda: tmp_path / "lessons")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    return tmp_path


def test_the_course_is_listed_with_titles_and_times(course, capsys):
    assert main(["lesson"]) == 0
    assert re.search(r"^99  A small lesson    7 s   after 10, 12$", capsys.readouterr().out, re.M)


def test_every_lesson_here_says_what_it_takes_and_builds_on_earlier_ones():
    course = lessons()
    assert [n for n, found in course.items() if not found.seconds] == []
    assert [n for n, found in course.items() if not found.title[0].isupper()] == []
    assert course[1].builds_on == () and course[12].builds_on == (6, 10, 11)
    assert all(max(found.builds_on, default=0) < n for n, found in course.items())


@pytest.mark.parametrize("text, numbers", [
    ("NumPy", ()), ("the VAE (lesson 12)", (12,)), ("Lessons 01 and 02; 64 pixels", (1, 2)),
    ("lesson 06, and lessons 10, 11 and 12", (6, 10, 11, 12)),
    ("lessons 01, 02, and 05", (1, 2, 5))])
def test_which_lessons_a_sentence_names(text, numbers):
    assert _numbers(text) == numbers


def test_a_lesson_runs(course, capfd):
    assert main(["lesson", "99"]) == 0
    assert "holds    one" in capfd.readouterr().out


def test_exercises_are_checked_and_exit_1_until_all_are_right(course, capfd):
    assert main(["lesson", "99", "--check"]) == 1
    out = capfd.readouterr().out
    assert "words" not in out and "holds" not in out
    assert "exercise 1 (one): right\n" in out
    assert "exercise 2 (two): wrong: two: 1 = 2\n      hint: 2\n" in out
    assert "exercise 3 (three): not answered yet\n" in out
    assert "2 of 3 answered, 1 right" in out and "99_small.py" in out
    assert not (course / "lessons" / "figures").exists()


def test_all_right_is_exit_0(course, capfd):
    right = LESSON.replace("def two():\n    return 1", "def two():\n    return 2").replace(
        "return None", "return 3")
    (course / "lessons" / "99_small.py").write_text(right)
    assert main(["lesson", "99", "--check"]) == 0
    assert "3 of 3 answered, 3 right" in capfd.readouterr().out


def test_a_claim_that_fails_is_exit_1(course, capfd):
    (course / "lessons" / "99_small.py").write_text(LESSON.replace('"one", 1, 1', '"one", 1, 2'))
    assert main(["lesson", "99", "--fast"]) == 1
    assert "FAILS" in capfd.readouterr().out
    assert main(["lesson", "99", "--check"]) == 1
    assert "AssertionError" in capfd.readouterr().err


def test_a_notebook_of_a_lesson(course, capsys):
    pytest.importorskip("jupytext", reason="jupytext makes notebooks; it is not installed")
    (course / "lessons" / "99_small.py").write_text("# %%" + LESSON + "\n# %%\nprint('end')\n")
    for argv, path in (((), "99_small.ipynb"), (("..",), "../99_small.ipynb"),
                       (("mine.ipynb",), "mine.ipynb")):
        assert main(["lesson", "99", "--notebook", *argv]) == 0
        cells = json.loads((course / "here" / path).read_text())["cells"]
        said = ["".join(cell["source"]).endswith("answers();") for cell in cells]
        assert said == [False, True, False]             # ; or a notebook shows its False, too
        assert main(["lesson", "99", "--notebook", *argv]) == 2
        assert "move it away" in capsys.readouterr().err
    assert main(["lesson", "99", "--notebook", "nowhere/mine.ipynb"]) == 2
    assert "nowhere" in capsys.readouterr().err


@pytest.mark.slow
def test_a_notebook_opens_and_runs(tmp_path, monkeypatch):
    """In a kernel of its own, answers and all, as a reader runs it."""
    pytest.importorskip("jupytext", reason="jupytext makes notebooks; it is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel runs notebooks; it is not installed")
    nbclient = pytest.importorskip("nbclient", reason="nbclient runs notebooks; not installed")
    nbformat = pytest.importorskip("nbformat")
    monkeypatch.setenv("SCRATCHGEN_FAST", "1")
    monkeypatch.delenv("MPLBACKEND", raising=False)
    path = tmp_path / "lesson.ipynb"
    assert main(["lesson", "8", "--notebook", str(path)]) == 0
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    nbclient.NotebookClient(notebook, timeout=120, resources={
        "metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    printed = "".join(output.text for output in outputs if output.output_type == "stream")
    assert "holds" in printed and "FAILS" not in printed and "0 of 3 answered" in printed
    shown = [kind for output in outputs for kind in output.get("data", ())]
    assert "image/png" in shown and "text/markdown" in shown
    assert {file.name for file in tmp_path.iterdir()} == {"lesson.ipynb"}


def test_a_notebook_without_jupytext_says_what_to_install(course, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "jupytext", None)
    assert main(["lesson", "99", "--notebook"]) == 1
    assert "scratchgen[lessons]" in capsys.readouterr().err


def test_options_without_a_number_ask_which_lesson(course, capsys):
    assert main(["lesson", "--check"]) == 2
    assert "99" in capsys.readouterr().err


def test_a_notebook_is_not_written_as_if_it_were_fast(course, capsys):
    assert main(["lesson", "99", "--notebook", "--fast"]) == 2
    assert "SCRATCHGEN_FAST=1" in capsys.readouterr().err
    assert not list((course / "here").iterdir())
