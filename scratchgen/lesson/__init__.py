"""What a lesson is made of.

    telling      heading, predict, say; FAST
    claims       claim, complaint
    quoting      show, source, stepper
    exercises    exercise; answers, check, verdict
    figures      save_figure

A lesson does not say that something holds: it claims it, and the claim is an assertion that prints
the two numbers it compared.  The same file is a script, a notebook and a test: a notebook shows the
prose of its text cells, a terminal what heading(), predict() and say() print.
"""
from .. import backend
from .claims import claim, complaint
from .exercises import EXERCISES, NotAnswered, answers, check, exercise, verdict
from .figures import save_figure
from .quoting import show, source, stepper
from .telling import CHECKING, FAST, heading, predict, say

__all__ = ["CHECKING", "EXERCISES", "FAST", "NotAnswered", "answers", "check", "claim",
           "complaint", "exercise", "heading", "predict", "save_figure", "say", "show", "source",
           "stepper", "verdict"]

backend.limit_threads(1)        # a lesson's matrices are small, its reader's machine may be busy
