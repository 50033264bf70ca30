"""What a lesson asks: stubs for the reader to fill in, and whether the answers are right."""
import contextlib
import io
import runpy
import sys

from . import telling

EXERCISES = {}                  # name -> (question, stub, check, hint), in the order of the lesson


def exercise(question, check, hint):
    """Decorate the stub that the reader fills in; `check(answer)` asserts that it is right.

    The stub returns None until it is filled in.  `scratchgen lesson N --check` says for each
    exercise whether it is right, wrong (with the hint) or not answered yet; in a notebook
    answers() does.
    """
    def register(answer):
        EXERCISES[answer.__name__] = (question, answer, check, hint)
        if not telling.CHECKING:
            number = list(EXERCISES).index(answer.__name__) + 1
            print("\n" + telling.wrapped(question, f"  exercise {number}  "))
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
