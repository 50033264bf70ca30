"""The record as text: one aligned row for each application of a rule, in 100 columns."""
from .formulas import says_it_all, within
from .modules import Group
from .numbers import entries, shape, summary

HEADER = ("step", "y", "x", "shapes", "dy/dx", "dL/dy", "to dL/dx", "")
WIDTH = 100                     # columns of a terminal
ROWS = 60                       # of a longer record modules are one row, or the middle is left out
LEAVES = 40
# From rich to terse: how many entries of an array are printed, how long a formula may be, and
# whether parameters go by their whole path.
_DETAIL = ((3, 60, True), (3, 40, False), (3, 28, False), (1, 40, False), (1, 24, False),
           (1, 20, False))


def table(root, records, names, leaves, groups=None, width=WIDTH, inside=""):
    """The whole explanation: the rows, the formulas that need more than a row, and the leaves.

    `groups` is the tree of modules in which a record of more than 60 rules is folded; `inside` says
    where, if these are not all records.
    """
    if not records:
        return "no rule was applied: the loss is itself a leaf"
    shown = _shown(records, groups)
    for few, longest, whole in _DETAIL:
        called = names if whole else names.short
        rows = [row for entry in shown for row in _rows(entry, called, few, longest)]
        if _total(_widths([HEADER, *rows])) <= width:
            break
    lines = [_title(root, len(records), names, inside), "", *_aligned([HEADER, *rows], width), ""]
    for x, g in leaves[:LEAVES]:
        change = f"d{names(root)}/d{names(x)} = "
        lines.append(change + entries(g, width - len(change)))
    if len(leaves) > LEAVES:
        lines.append(f"... and {len(leaves) - LEAVES} leaves more: .gradient(x)")
    return "\n".join(lines + _legend(shown, rows))


def cells(r, names, few=3, longest=60):
    """The row of one record, as text: step, formula, x, shapes, dy/dx, dL/dy, contribution, how."""
    how = "first" if r.first else "+="
    if r.summed:
        how += f", sum {','.join(map(str, r.summed))}"
    local = "J" if r.local is None else summary(r.local, few)
    return (str(r.step), within(longest, r.node, names), names(r.parent),
            _shapes(r.node, r.parent), local, summary(r.upstream, few),
            summary(r.contribution, few), how)


def _title(root, n, names, inside):
    name = names(root)
    called = "L" if name == "L" else f"L = {name}"
    where = f" inside {inside}" if inside else ""
    return (f"{called} = {summary(root.data)}, {n} rule{'s' * (n != 1)} applied{where}, "
            "each gives dL/dy dy/dx to dL/dx"
            + ("" if root.shape == () else f", shape {shape(root)}, seeded"))


def _shapes(y, x):
    return shape(y) + (f"<-{shape(x)}" if x.shape != y.shape else "")


# ---- what is shown of a long record -------------------------------------------------------------

class _Folded:
    """The rules inside one module as a row for each tensor that it took from outside."""

    def __init__(self, group, records):
        self.group, self.records = group, records

    def rows(self, names, few):
        inside = {r.node.order for r in self.records}
        steps = f"{self.records[0].step}-{self.records[-1].step}"
        label = f"[{self.group.label(names)}]"
        y, upstream = self.records[0].node, self.records[0].upstream
        given = {}
        for r in self.records:
            if r.parent.order not in inside and r.parent.op is not None:
                given.setdefault(r.parent.order, []).append(r)
        for taken in given.values():
            x, how = taken[0].parent, "first" if any(r.first for r in taken) else "+="
            yield (steps, label, names(x), _shapes(y, x), "J", summary(upstream, few),
                   summary(sum(r.contribution for r in taken), few), how)
            steps, label = "", ""
        if label:
            yield steps, label, "its leaves", shape(y), "J", summary(upstream, few), "", ""


def _shown(records, groups):
    """Records, or modules in their place, or None for those that are left out."""
    if len(records) <= ROWS:
        return records
    if groups is None:
        return records[:ROWS // 2] + [len(records) - ROWS] + records[-ROWS // 2:]
    inside = {order: group for group in groups.members if isinstance(group, Group)
              for order in group.orders()}
    shown = []
    for r in records:
        group = inside.get(r.node.order)
        if group is None:
            shown.append(r)
        elif shown and isinstance(shown[-1], _Folded) and shown[-1].group is group:
            shown[-1].records.append(r)
        else:
            shown.append(_Folded(group, [r]))
    return shown


def _rows(entry, names, few, longest):
    if isinstance(entry, int):
        return [("...", f"({entry} rules)", *[""] * 6)]
    if isinstance(entry, _Folded):
        return entry.rows(names, few)
    return [cells(entry, names, few, longest)]


def _legend(shown, rows):
    """The formulas of ops that are shown as calls, and what the signs in these rows mean."""
    lines = []
    records = [entry for entry in shown if not isinstance(entry, (int, _Folded))]
    ops = {r.node.op.name: r.node.op for r in records
           if any(f"= {r.node.op.name}(" in row[1] for row in rows)}
    lines = [f"{op.name}({', '.join(op.names)}): {op.formula}"
             for op in ops.values() if not says_it_all(f"= {op.name}(", op)]
    signs = (("|1|", "the Euclidean norm of an array", any("|" in c for r in rows for c in r[4:7])),
             ("J", "a Jacobian that is never formed, see .jacobian(step)",
              any(row[4] == "J" for row in rows)),
             ("sum 0", "axis 0 was broadcast, so its gradients are summed",
              any("sum" in row[7] for row in rows)),
             ("[module]", "the rules inside it, in one row; all of them: .table(\"module\")",
              any(row[1].startswith("[") for row in rows)))
    lines += [f"{sign}: {meaning}" for sign, meaning, used in signs if used]
    return ["", *lines] if lines else []


# ---- columns ------------------------------------------------------------------------------------

def _aligned(rows, width):
    """Columns as wide as their widest cell; numbers to the right, words to the left.

    Where that is still wider than a terminal, names lose their beginning, then formulas and shapes
    their end.
    """
    widths = _widths(rows)
    for k, least in ((1, 20), (2, 12), (1, 16), (3, 12)):
        too_wide = _total(widths) - width
        if too_wide > 0:
            widths[k] = max(min(least, widths[k]), widths[k] - too_wide)
    to_the_right = (0, 4, 5, 6)
    rows = [[_cut(cell, w, keep_end=k == 2) for k, (cell, w) in enumerate(zip(row, widths))]
            for row in rows]
    return ["  ".join(cell.rjust(w) if k in to_the_right else cell.ljust(w)
                      for k, (cell, w) in enumerate(zip(row, widths))).rstrip() for row in rows]


def _widths(rows):
    return [max(map(len, column)) for column in zip(*rows)]


def _total(widths):
    return sum(widths) + 2 * (len(widths) - 1)


def _cut(cell, width, keep_end=False):
    if len(cell) <= width:
        return cell
    return "..." + cell[3 - width:] if keep_end else cell[:width - 3] + "..."
