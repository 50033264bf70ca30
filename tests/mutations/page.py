"""The list of mistakes as a page."""
from . import MUTATIONS
from .catalogue import ROWS
from .runner import ROOT, place

HEAD = """# Planted mistakes

Each of the {count} mistakes below is planted in a copy of the package by the slow tests, and by
`python -m tests.mutations`; the named test must pass without it and fail with it. Most of them
train, plot and print plausible numbers. `python -m tests.mutations --table` prints this page.

| # | mistake | seen in | row | planted in | caught by |
|---|---|---|---|---|---|"""

CATALOGUE = """
## Where they come from

Defects found in published teaching code, most of them reproduced by running it, and the numbers of
the mistakes above that stand for them.

| row | seen in | defect | planted as |
|---|---|---|---|"""


def page():
    rows = [f"| {i} | {m.name} | {m.seen_in} | {m.row or ''} | `{place(m).relative_to(ROOT)}` "
            f"| `{m.test}` |" for i, m in enumerate(MUTATIONS, 1)]
    return "\n".join([HEAD.format(count=len(MUTATIONS)), *rows, CATALOGUE,
                      *(_row(number) for number in ROWS), ""])


def _row(number):
    where, what, instead = ROWS[number]
    planted = ", ".join(str(i) for i, m in enumerate(MUTATIONS, 1) if m.row == number)
    return f"| {number} | {where} | {what} | {planted or instead} |"
