"""scratchgen lesson [N]: list the course, run a lesson, check its exercises, write a notebook."""
import os
import pathlib
import subprocess
import sys

import scratchgen

from .usage import UsageError

_SOURCE = ("the lessons are part of the source, not of the installed package:\n"
           "  pip download scratchgen --no-binary scratchgen --no-deps, unpack it, "
           "then pip install -e . there")


def add_to(commands):
    p = commands.add_parser("lesson", help="list the course, run a lesson, check its exercises")
    p.add_argument("number", nargs="?", type=int, metavar="N",
                   help="lesson number; none lists the course")
    p.add_argument("--fast", action="store_true", help="less data and fewer steps, the same claims")
    p.add_argument("--check", action="store_true", help="check your answers to the exercises")
    p.add_argument("--notebook", action="store_true",
                   help="write the lesson as a notebook into this folder")
    p.set_defaults(run=run)


def folder():
    """Where the lessons are: beside the package in a clone or an editable install."""
    found = pathlib.Path(scratchgen.__file__).parents[1] / "lessons"
    if not found.is_dir():
        raise FileNotFoundError(_SOURCE)
    return found


def lessons():
    """{number: path} of every lesson that is here."""
    return {int(path.name[:2]): path for path in sorted(folder().glob("[0-9][0-9]_*.py"))}


def title(path):
    """The first heading of a lesson."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.lstrip('r"# ').strip() and "# " in line and "%%" not in line:
            return line.split("# ", 1)[1].strip()
    return path.stem


def run(arguments):
    found = lessons()
    if arguments.number is None:
        if arguments.fast or arguments.check or arguments.notebook:
            raise UsageError(f"which lesson?  There are {', '.join(map(str, found))}")
        for number, path in found.items():
            print(f"{number:02}  {title(path)}")
        print("\nscratchgen lesson N runs one; add --check for its exercises")
        return 0
    if arguments.number not in found:
        raise UsageError(f"there is no lesson {arguments.number} here: choose one of "
                         f"{', '.join(map(str, found))}")
    if arguments.notebook:
        return write_notebook(found[arguments.number])
    environment = dict(os.environ)
    if arguments.fast or arguments.check:
        environment["SCRATCHGEN_FAST"] = "1"
    if arguments.check:
        environment["SCRATCHGEN_CHECK"] = "1"
    return subprocess.call([sys.executable, str(found[arguments.number])], env=environment)


def write_notebook(lesson):
    """Write a lesson as NN_slug.ipynb into the working directory, over none that is there."""
    try:
        import jupytext
    except ImportError:
        raise ImportError("a notebook needs jupytext: pip install 'scratchgen[lessons]'") from None
    path = pathlib.Path(f"{lesson.stem}.ipynb")
    if path.exists():
        raise UsageError(f"{path} is here already, perhaps with your answers: move it away first")
    jupytext.write(jupytext.read(lesson), path)
    print(f"{path}: open it with jupyter lab")
    return 0
