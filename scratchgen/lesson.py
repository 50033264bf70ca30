"""What a lesson is made of: claim(), show(), exercise(), save_figure() and FAST.

A lesson does not say that something holds: it claims it, and the claim is an assertion that prints the
two numbers it compared.
"""
import atexit
import inspect
import math
import os
import pathlib
import re
import statistics
import sys
import textwrap

FAST = os.environ.get("SCRATCHGEN_FAST", "") not in ("", "0")
CHECKING = os.environ.get("SCRATCHGEN_CHECK", "") not in ("", "0")
EXERCISES = {}

# How many standard errors a right estimate may be off: one false alarm in 10^9 claims.
_Z = statistics.NormalDist().inv_cdf(1 - 1e-9 / 2)

_RELATIONS = {
    "=": lambda got, want, slack: abs(got - want) <= slack,
    "<=": lambda got, want, slack: got <= want + slack,
    ">=": lambda got, want, slack: got >= want - slack,
    "<": lambda got, want, slack: got < want - slack,
    ">": lambda got, want, slack: got > want + slack,
}


def claim(text, got, want=True, error=0.0, *, relation="=", tolerance=1e-9):
    """Assert and print that `got` stands in `relation` (=, <, <=, >, >=) to `want`.

    `error` is the standard error of the comparison: "=" then allows 6.1 of them, and "<" needs the
    difference to be larger than that.  Without one, "=" allows a relative (and absolute) `tolerance`,
    which is printed when it is not the rounding of floating-point numbers.  Two booleans or two
    strings must be equal.  Raises AssertionError with both numbers.
    """
    if isinstance(want, (bool, str)) or isinstance(got, (bool, str)):
        holds, shown = got == want, f"{got}" if got == want else f"{got}, wanted {want}"
    else:
        got, want, error = float(got), float(want), float(error)
        slack = _Z * error
        if relation == "=" and not error:
            slack = tolerance * max(1.0, abs(want))
        holds = math.isfinite(got) and bool(_RELATIONS[relation](got, want, slack)) or got == want
        shown = f"{got:.6g} {relation} {want:.6g}"
        shown += f"  (standard error {error:.2g})" if error else ""
        shown += f"  (within {tolerance:g})" if relation == "=" and not error and tolerance > 1e-8 else ""
    if not CHECKING or not holds:
        print(f"  {'holds' if holds else 'FAILS'}  {text:50}  {shown}")
    if not holds:
        raise AssertionError(f"{text}: {shown}")


def show(thing):
    """Print the library's own source of a function, a class, or an op with its rules."""
    text = source(thing)
    if not CHECKING:
        print(textwrap.indent(text, "    | "))


def source(thing):
    """The source text of a function, a class, or an op (its table row, or its forward and rules)."""
    if not hasattr(thing, "signature"):
        return textwrap.dedent(inspect.getsource(thing)).rstrip()
    module = inspect.getsource(sys.modules[thing.__module__])
    name = re.escape(thing.name)
    row = re.compile(rf"^{name} += elementwise\(.*?(?=^\S|\Z)", re.M | re.S)
    whole = re.compile(rf"^@primitive\((?:(?!^def ).)*?^def {name}\(.*?(?=^\S)", re.M | re.S)
    rules = re.compile(rf"^{name}\.\w+ = .*?(?=^[^\s)]|\Z)", re.M | re.S)
    parts = [m.group().rstrip() for m in (row.search(module) or whole.search(module),) if m]
    return "\n\n".join(parts + ["\n".join(m.group().rstrip() for m in rules.finditer(module))]).rstrip()


# ---- exercises ----------------------------------------------------------------------------------------

def exercise(question, check, hint):
    """Decorate the stub that the reader fills in; `check(answer)` asserts that the answer is right.

    The stub returns None until it is filled in.  `scratchgen lesson N --check` says for each exercise
    whether it is right, wrong (with the hint) or not answered yet.
    """
    def register(answer):
        EXERCISES[answer.__name__] = (question, answer, check, hint)
        if not CHECKING:
            print(f"\n  exercise {len(EXERCISES)}: {question}")
        elif len(EXERCISES) == 1:
            atexit.register(_report)
        return answer
    return register


class NotAnswered(Exception):
    """The stub is still a stub."""


def verdict(name, answer=None):
    """"right", "not answered yet", or "wrong: ..." for an exercise, with another answer if one is given."""
    _, stub, check, hint = EXERCISES[name]
    answered = []

    def recorded(*args, **kwargs):
        value = (answer or stub)(*args, **kwargs)
        answered.append(value is not None)
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


def _report():
    print()
    for number, name in enumerate(EXERCISES, start=1):
        print(f"  exercise {number} ({name}): {verdict(name)}")


# ---- figures ------------------------------------------------------------------------------------------

def save_figure(figure, name):
    """Show the figure in a notebook; elsewhere write it as `name`.png and print where.

    The folder is $SCRATCHGEN_FIGURES, or figures/ in the working directory.
    """
    if "ipykernel" in sys.modules:
        from IPython.display import display
        display(figure)
        return None
    folder = pathlib.Path(os.environ.get("SCRATCHGEN_FIGURES", "figures"))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    figure.savefig(path, dpi=120, bbox_inches="tight")
    if not CHECKING:
        print(f"  figure  {path}")
    return path
