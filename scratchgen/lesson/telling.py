"""What a lesson says: in a terminal all of it, in a notebook what no text cell says already."""
import os
import sys
import textwrap

FAST = os.environ.get("SCRATCHGEN_FAST", "") not in ("", "0")
CHECKING = os.environ.get("SCRATCHGEN_CHECK", "") not in ("", "0")


def heading(text):
    """Print the title of a section; a notebook has it in a text cell already."""
    if not CHECKING and not in_notebook():
        print(f"\n{text}\n{'-' * len(text)}")


def predict(question):
    """Ask for the reader's guess, before the cell that computes the answer."""
    if not CHECKING and not in_notebook():
        print(wrapped(question, "  predict  "))


def say(text):
    """Print a line of prose, or a table as it stands; nothing while answers are being checked."""
    if not CHECKING:
        print(textwrap.indent(str(text), "  "))


def in_notebook():
    """Is a Jupyter kernel running this?"""
    return "ipykernel" in sys.modules


def wrapped(text, label):
    """One paragraph behind a label, in lines that fit a terminal."""
    return textwrap.fill(" ".join(text.split()), 98, initial_indent=label,
                         subsequent_indent=" " * len(label))
