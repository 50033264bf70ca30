"""What a lesson is made of: predict(), claim(), complaint(), show(), save_figure(), exercise() ...

A lesson does not say that something holds: it claims it, and the claim is an assertion that prints
the two numbers it compared.  The same file is a script, a notebook and a test: a notebook shows the
prose of its text cells, a terminal what heading(), predict() and say() print.
"""
import contextlib
import inspect
import io
import math
import os
import pathlib
import re
import runpy
import sys
import textwrap

from . import backend
from .autodiff.tensor import Tensor
from .elbo import critical_value

FAST = os.environ.get("SCRATCHGEN_FAST", "") not in ("", "0")
CHECKING = os.environ.get("SCRATCHGEN_CHECK", "") not in ("", "0")
backend.limit_threads(1)        # a lesson's matrices are small, its reader's machine may be busy
EXERCISES = {}                  # name -> (question, stub, check, hint), in the order of the lesson

_RELATIONS = {
    "=": lambda got, want, slack: abs(got - want) <= slack,
    "<=": lambda got, want, slack: got <= want + slack,
    ">=": lambda got, want, slack: got >= want - slack,
    "<": lambda got, want, slack: got < want - slack,
    ">": lambda got, want, slack: got > want + slack,
}


# ---- what is said ---------------------------------------------------------------------

def heading(text):
    """Print the title of a section; a notebook has it in a text cell already."""
    if not CHECKING and not _in_notebook():
        print(f"\n{text}\n{'-' * len(text)}")


def predict(question):
    """Ask for the reader's guess, before the cell that computes the answer."""
    if not CHECKING and not _in_notebook():
        print(_wrapped(question, "  predict  "))


def say(text):
    """Print a line of prose, or a table as it stands; nothing while answers are being checked."""
    if not CHECKING:
        print(textwrap.indent(str(text), "  "))


def _in_notebook():
    return "ipykernel" in sys.modules


def _wrapped(text, label):
    return textwrap.fill(" ".join(text.split()), 98, initial_indent=label,
                         subsequent_indent=" " * len(label))


# ---- what is claimed ---------------------------------------------------------------------

def claim(text, got, want=True, error=0.0, *, relation="=", tolerance=1e-9):
    """Assert and print that `got` stands in `relation` (=, <, <=, >, >=) to `want`.

    `error` is the standard error of the comparison: "=" then allows 6.1 of them, and "<" needs the
    difference to be larger than that.  Without one, "=" allows a relative (and absolute)
    `tolerance`, which is printed when it is not the rounding of floating-point numbers.  Two
    booleans or two strings must be equal; two arrays (or Tensors) must have the same shape and be
    equal entry by entry, and their largest difference is printed.  Raises AssertionError with both
    numbers.
    """
    if isinstance(want, (bool, str)) or isinstance(got, (bool, str)):
        holds, shown = got == want, f"{got}" if got == want else f"{got}, wanted {want}"
    elif _ndim(got) or _ndim(want):
        holds, shown = _compare_arrays(_host(got), _host(want), relation, tolerance)
    else:
        holds, shown = _compare(float(got), float(want), float(error), relation, tolerance)
    if not CHECKING or not holds:
        print(f"  {'holds' if holds else 'FAILS'}    {text:56}  {shown}")
    if not holds:
        raise AssertionError(f"{text}: {shown}")


def complaint(f, *args, **kwargs):
    """(name, words) of the exception that f raises; ("no complaint", "") if it raises none."""
    try:
        f(*args, **kwargs)
    except Exception as error:
        return type(error).__name__, str(error)
    return "no complaint", ""


def _compare(got, want, error, relation, tolerance):
    slack = critical_value() * error
    exact = relation == "=" and not error
    if exact:
        slack = tolerance * max(1.0, abs(want))
    holds = math.isfinite(got) and _RELATIONS[relation](got, want, slack)
    shown = f"{_number(got)} {relation} {_number(want)}"
    shown += f"  (standard error {error:.2g})" if error else ""
    shown += f"  (within {tolerance:g})" if exact and tolerance > 1e-8 else ""
    return bool(holds or (relation == "=" and got == want)), shown


def _compare_arrays(got, want, relation, tolerance):
    if relation != "=":
        raise ValueError(f"a claim about arrays is that they are equal, not {relation!r}")
    shape, expected = (getattr(x, "shape", ()) for x in (got, want))
    if shape != expected:
        return False, f"shape {shape}, wanted {expected}"
    difference = float(abs(got - want).max()) if got.size else 0.0
    scale = max(1.0, float(abs(want).max())) if got.size else 1.0
    return difference <= tolerance * scale, f"largest difference {difference:.2g}"


def _host(x):
    return x.numpy() if isinstance(x, Tensor) else backend.to_numpy(x) if _ndim(x) else x


def _ndim(x):
    return getattr(x, "ndim", 0)


def _number(value):
    """1,073,741,824 for whole numbers, six digits for others."""
    whole = math.isfinite(value) and value == int(value) and abs(value) < 1e15
    return f"{int(value):,}" if whole else f"{value:.6g}"


# ---- what is quoted ---------------------------------------------------------------------

def show(thing):
    """Print the library's own source of a function, a class, or an op with its rules.

    A notebook shows it as code, in the colours of code.
    """
    if _in_notebook():
        from IPython.display import Markdown, display
        display(Markdown(f"```python\n{source(thing)}\n```"))
        return
    say("\n".join(f"  | {line}".rstrip() for line in source(thing).splitlines()))


def source(thing):
    """The source text of a function, a class, or an op.

    An op is its row of the table, or its forward and its rules, with the private functions that
    the rules call.
    """
    if not hasattr(thing, "signature"):
        return textwrap.dedent(inspect.getsource(thing)).rstrip()
    module = sys.modules[thing.__module__]
    text, name = inspect.getsource(module), re.escape(thing.name)
    row = re.compile(rf"^{name} += elementwise\(.*?(?=^\S|\Z)", re.M | re.S)
    forward = re.compile(rf"^@primitive\((?:(?!^def ).)*?^def {name}\(.*?(?=^\S|\Z)", re.M | re.S)
    rules = re.compile(rf"^(?:\w+\.\w+ = )*{name}\.\w+ = .*?(?=^[^\s)]|\Z)", re.M | re.S)
    found = [m.group().rstrip() for m in (row.search(text) or forward.search(text),) if m]
    below = "\n".join(m.group().rstrip() for m in rules.finditer(text))
    called = dict.fromkeys(re.findall(r"\b_[a-z]\w*", "\n".join([*found, below])))
    helpers = [inspect.getsource(getattr(module, helper)).rstrip() for helper in called
               if inspect.isfunction(getattr(module, helper, None))]
    if not found:
        raise ValueError(f"the source of {thing.name} is not in {thing.__module__}")
    return "\n\n".join(part for part in (*found, below, *helpers) if part)


def stepper(explanation):
    """The backward pass of `explain(loss)`, step by step: a page to click in a notebook.

    A terminal prints its table.
    """
    if _in_notebook():
        from IPython.display import display
        display(explanation)
        return
    say(explanation)


# ---- exercises ---------------------------------------------------------------------

def exercise(question, check, hint):
    """Decorate the stub that the reader fills in; `check(answer)` asserts that it is right.

    The stub returns None until it is filled in.  `scratchgen lesson N --check` says for each
    exercise whether it is right, wrong (with the hint) or not answered yet; in a notebook
    answers() does.
    """
    def register(answer):
        EXERCISES[answer.__name__] = (question, answer, check, hint)
        if not CHECKING:
            number = list(EXERCISES).index(answer.__name__) + 1
            print("\n" + _wrapped(question, f"  exercise {number}  "))
        return answer
    return register


class NotAnswered(Exception):
    """The stub is still a stub."""


def verdict(name, answer=None):
    """"right", "not answered yet" or "wrong: ..." for an exercise, or for another answer to it."""
    _, stub, check, hint = EXERCISES[name]

    def recorded(*args, **kwargs):
        value = (answer or stub)(*args, **kwargs)
        if value is None:
            raise NotAnswered
        return value
    try:
        check(recorded)
    except NotAnswered:
        return "not answered yet"
    except Exception as error:      # a reader's answer may raise anything; that is a wrong answer
        return f"wrong: {error or type(error).__name__}\n      hint: {hint}"
    return "right"


def answers():
    """Print for each exercise whether the answer is right, and how many are; True if all are."""
    said = [_quietly(verdict, name) for name in EXERCISES]
    for number, (name, what) in enumerate(zip(EXERCISES, said), start=1):
        print(f"  exercise {number} ({name}): {what}")
    answered, right = len(said) - said.count("not answered yet"), said.count("right")
    print(f"\n  {answered} of {len(said)} answered, {right} right")
    return right == len(said)


def check(path):
    """Run the lesson in a file without its output, then answers().

    It is what `scratchgen lesson N --check` runs, with SCRATCHGEN_CHECK set.
    """
    sys.argv = [str(path)]
    runpy.run_path(str(path), run_name="__main__")
    return answers()


def _quietly(function, *args):
    """What a function returns; what it prints (the claims of a check) is not shown."""
    with contextlib.redirect_stdout(io.StringIO()):
        return function(*args)


# ---- figures ---------------------------------------------------------------------

def save_figure(figure, name):
    """Show a figure (or the figure of an Axes) in a notebook; elsewhere write it as `name`.png.

    The folder is $SCRATCHGEN_FIGURES, or figures/ beside the lesson.  Returns the path, and None
    in a notebook or while answers are being checked, when nothing is written.
    """
    from . import viz
    if CHECKING:
        return None
    if _in_notebook():
        from IPython.display import Image, display
        display(Image(data=viz.png(figure), retina=True))
        return None
    folder = pathlib.Path(os.environ.get("SCRATCHGEN_FIGURES") or _beside_the_lesson())
    folder.mkdir(parents=True, exist_ok=True)
    path = viz.save(figure, folder / f"{name}.png", dpi=48 if FAST else 144)
    print(f"  figure   {path}")
    return path


def _beside_the_lesson():
    script = getattr(sys.modules["__main__"], "__file__", None)
    return (pathlib.Path(script).resolve().parent if script else pathlib.Path()) / "figures"
