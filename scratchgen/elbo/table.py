"""A derivation as an aligned table."""
import textwrap

_VERDICTS = {True: "holds", False: "FAILS", None: "open"}


def table(title, lines):
    """One row a line: its relation to the row above, what it is, its value, the verdict.

    Reasons why a comparison is left open stand below, numbered.
    """
    notes = list(dict.fromkeys(line.note for line in lines if line.note))
    rows = []
    for i, line in enumerate(lines):
        verdict = _VERDICTS[line.holds] if i else ""
        mark = f"({notes.index(line.note) + 1})" if line.note else ""
        rows.append((line.relation, line.name, line.formula, f"{line.value:.4f}",
                     f"+- {line.standard_error:.2g}", f"{verdict} {mark}".strip()))
    widths = [max(map(len, column)) for column in zip(*rows)]
    body = []
    for relation, name, formula, value, error, verdict in rows:
        cells = (f"{relation:>{widths[0]}}", f"{name:<{widths[1]}}", f"{formula:<{widths[2]}}",
                 f"{value:>{widths[3]}}", f"{error:<{widths[4]}}", verdict)
        body.append("  ".join(("", *cells)).rstrip())
    footnotes = [textwrap.fill(note, 96, initial_indent=f"  ({i}) ", subsequent_indent=" " * 6)
                 for i, note in enumerate(notes, 1)]
    return "\n".join([title, "", *body, *([""] if notes else []), *footnotes])
