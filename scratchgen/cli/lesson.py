"""scratchgen lesson [N]: list the course, run a lesson, check its exercises, write a notebook."""
import os
import pathlib
import subprocess
import sys

from .course import lessons
from .usage import UsageError

_CHECK = "import sys; from scratchgen.lesson import check; sys.exit(not check(sys.argv[1]))"
_ANSWERS = """# Right, wrong with a hint, or not answered yet: run it again after each answer.
from scratchgen.lesson import answers

answers();"""


def add_to(commands):
    p = commands.add_parser("lesson", help="list the course, run a lesson, check its exercises")
    p.add_argument("number", nargs="?", type=int, metavar="N",
                   help="lesson number; none lists the course")
    p.add_argument("--fast", action="store_true", help="less data and fewer steps, the same claims")
    what = p.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true",
                      help="check your answers to the exercises; exit code 1 until all are right")
    what.add_argument("--notebook", nargs="?", const="", metavar="PATH",
                      help="write the lesson as a notebook, into this folder or as PATH")
    p.set_defaults(run=run)


def run(arguments):
    course = lessons()
    if arguments.number is None:
        if arguments.fast or arguments.check or arguments.notebook is not None:
            raise UsageError(f"which lesson?  There are {', '.join(map(str, course))}")
        return show(course)
    if arguments.number not in course:
        raise UsageError(f"there is no lesson {arguments.number} here: choose one of "
                         f"{', '.join(map(str, course))}")
    lesson = course[arguments.number]
    if arguments.notebook is not None:
        if arguments.fast:
            raise UsageError("a notebook is fast if SCRATCHGEN_FAST=1 is set where it is run; "
                             "--fast has no say in it")
        return write_notebook(lesson, arguments.notebook)
    environment = dict(os.environ)
    if arguments.fast or arguments.check:
        environment["SCRATCHGEN_FAST"] = "1"
    if not arguments.check:
        return subprocess.call([sys.executable, str(lesson.path)], env=environment)
    environment["SCRATCHGEN_CHECK"] = "1"
    failed = subprocess.call([sys.executable, "-c", _CHECK, str(lesson.path)], env=environment)
    if failed:
        print(f"  your answers go into {lesson.path}")
    return failed


def show(course):
    """Print the course: number, title, seconds on a CPU, and what each lesson builds on."""
    width = max(len(lesson.title) for lesson in course.values())
    for lesson in course.values():
        seconds = f"{lesson.seconds:3} s" if lesson.seconds else " " * 5
        after = ", ".join(f"{n:02}" for n in lesson.builds_on)
        line = f"{lesson.number:02}  {lesson.title:{width}}  {seconds}"
        print(f"{line}   after {after}" if after else line)
    total = sum(lesson.seconds or 0 for lesson in course.values())
    print(f"\n{len(course)} lessons, {total} seconds of a CPU in all.\n"
          "scratchgen lesson N runs one; --check checks your answers to its exercises, "
          "--notebook writes it as a notebook")
    return 0


def write_notebook(lesson, path=""):
    """Write a lesson as a notebook, over none that is there, with a cell that checks the answers.

    `path` is a file NAME.ipynb or a folder (the working directory), where it is called as the
    lesson is.
    """
    try:
        import jupytext
    except ImportError:
        raise ImportError("a notebook needs jupytext: pip install 'scratchgen[lessons]'") from None
    path = pathlib.Path(path)
    if path.suffix != ".ipynb":
        path = path / f"{lesson.path.stem}.ipynb"
    if path.exists():
        raise UsageError(f"{path} is here already, perhaps with your answers: move it away first")
    if not path.parent.is_dir():
        raise UsageError(f"{path.parent} is not a folder that is there")
    notebook = jupytext.read(lesson.path, fmt="py:percent")
    last = max((i for i, cell in enumerate(notebook.cells) if "@exercise(" in cell.source),
               default=len(notebook.cells) - 1)
    check = jupytext.reads(f"# %%\n{_ANSWERS}", fmt="py:percent").cells
    notebook.cells[last + 1:last + 1] = check
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3",
                                       "language": "python"}
    jupytext.write(notebook, path)
    print(f"{path}: open it with jupyter lab (pip install jupyterlab)")
    return 0
