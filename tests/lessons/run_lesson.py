"""python run_lesson.py LESSON SOLUTIONS REPORT: run a lesson as a reader would, then its exercises.

Runs in a process of its own: a lesson may do what it likes with the process it runs in.  The report
is JSON: {name of exercise: {whose answer: what lesson.verdict says of it}}.  The file
readers/LESSON has other right answers and near misses; of these the report has a list each.
"""
import contextlib
import io
import json
import runpy
import socket
import sys
from pathlib import Path

WRONG = {
    "nothing": lambda *args, **kwargs: None,
    "zero": lambda *args, **kwargs: 0.0,
    "not a number": lambda *args, **kwargs: float("nan"),
}


def refuse(*args):
    raise OSError("a lesson needs no network")


def readers(path):
    """{"other right ones": {exercise: answers}, "near misses": the same}"""
    given = runpy.run_path(str(Path(__file__).with_name("readers") / Path(path).name))
    return {"other right ones": given["RIGHT"], "near misses": given["WRONG"]}


def main(path, solutions, report):
    socket.socket.connect = refuse
    sys.argv = [path]
    runpy.run_path(path, run_name="__main__")
    from scratchgen import lesson
    answers = runpy.run_path(solutions)
    with contextlib.redirect_stdout(io.StringIO()):
        verdicts = {name: {"stub": lesson.verdict(name),
                           "solution": lesson.verdict(name, answers[name]),
                           **{who: lesson.verdict(name, answer) for who, answer in WRONG.items()},
                           **{who: [lesson.verdict(name, answer) for answer in given[name]]
                              for who, given in readers(path).items()}}
                    for name in lesson.EXERCISES}
    Path(report).write_text(json.dumps(verdicts), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
