"""What an audit says: one finding a check, and how they are printed."""
import textwrap
from typing import NamedTuple

OK, MISTAKE, OPEN = "ok", "MISTAKE", "open"


class Finding(NamedTuple):
    """One check: two numbers that should be one.

    `verdict` is "ok", "MISTAKE", or "open" where the check could not tell, and `hint` says which
    mistake it looks like, or why it is open.  `standard_error` is that of expected - got, and 0
    where only rounding separates them.
    """

    name: str
    verdict: str
    expected: float
    got: float
    standard_error: float = 0.0
    hint: str = ""


class Findings(list):
    """The findings of an audit, printed as a table; `ok` if none of them is a mistake."""

    @property
    def ok(self):
        return not self.mistakes

    @property
    def mistakes(self):
        return [finding for finding in self if finding.verdict == MISTAKE]

    def __getitem__(self, key):
        """A finding by its name, or by its place in the list."""
        if isinstance(key, str):
            return next(finding for finding in self if finding.name == key)
        return super().__getitem__(key)

    def __str__(self):
        if not self:
            return "Audit: nothing was checked"
        rows = [("", "", "expected", "got", "")]
        rows += [(f.verdict, f.name, f"{f.expected:.5g}", f"{f.got:.5g}",
                  f"+- {f.standard_error:.2g}" if f.standard_error else "") for f in self]
        widths = [max(map(len, column)) for column in zip(*rows)]
        lines = ["Audit: " + (f"{len(self.mistakes)} of {len(self)} checks found a mistake"
                              if self.mistakes else f"no mistake found in {len(self)} checks"), ""]
        for row, finding in zip(rows, [None, *self]):
            verdict, name, expected, got, error = row
            lines.append((f"  {verdict:<{widths[0]}}  {name:<{widths[1]}}  {expected:>{widths[2]}}"
                          f"  {got:>{widths[3]}}  {error}").rstrip())
            if finding and finding.hint:
                indent = " " * (widths[0] + 6)
                lines.append(textwrap.fill(finding.hint, 98, initial_indent=indent,
                                           subsequent_indent=indent))
        return "\n".join(lines)

    __repr__ = __str__


def judge(name, expected, got, margin, standard_error=0.0, hint=""):
    """ok if the two are no further apart than `margin`; the hint is kept for a mistake."""
    if abs(expected - got) <= margin:
        return Finding(name, OK, float(expected), float(got), float(standard_error))
    return Finding(name, MISTAKE, float(expected), float(got), float(standard_error), hint)
