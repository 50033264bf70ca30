"""The record as text: one aligned row for each application of a rule, in at most 100 columns."""
import re

from ... import backend

HEADER = ("step", "y", "x", "shapes", "dy/dx", "dL/dy", "to dL/dx", "")
WIDTH = 100                     # columns of a terminal
ROWS = 60                       # a longer record shows its beginning and its end
LEAVES = 40
# From rich to terse: how many entries of an array are printed, how long a formula may be.
_DETAIL = ((3, 60), (3, 24), (1, 40), (1, 24), (1, 18))


def table(records, names, leaves):
    """The whole explanation: the rows, the formulas that need more than a row, and the leaves."""
    if not records:
        return "no rule was applied: the loss is itself a leaf"
    shown = records if len(records) <= ROWS else records[:ROWS // 2] + records[-ROWS // 2:]
    for few, longest in _DETAIL:
        rows = [_row(r, names, few, longest) for r in shown]
        if _total(_widths([HEADER, *rows])) <= WIDTH:
            break
    if len(records) > len(shown):
        rows.insert(ROWS // 2, ("...", f"({len(records) - ROWS} rules)", *[""] * 6))
    lines = [_title(records, names), "", *_aligned([HEADER, *rows]), ""]
    lines += [f"d{names(records[0].node)}/d{names(x)} = {summary(g)}" for x, g in leaves[:LEAVES]]
    if len(leaves) > LEAVES:
        lines.append(f"... and {len(leaves) - LEAVES} leaves more: .gradient(x)")
    return "\n".join(lines + _legend(shown, rows))


def _title(records, names):
    root = records[0].node
    name = names(root)
    called = "L" if name == "L" else f"L = {name}"
    return (f"{called} = {summary(root.data)}, {len(records)} rules applied, "
            "each gives dL/dy dy/dx to dL/dx"
            + ("" if root.shape == () else f", shape {_shape(root.shape)}, seeded"))


def _row(r, names, few, longest):
    how = "first" if r.first else "+="
    if r.summed:
        how += f", sum {','.join(map(str, r.summed))}"
    shapes = _shape(r.node.shape)
    if r.parent.shape != r.node.shape:
        shapes += f"<-{_shape(r.parent.shape)}"
    local = "J" if r.local is None else summary(r.local, few)
    return (str(r.step), _formula_within(longest, r.node, names), names(r.parent), shapes, local,
            summary(r.upstream, few), summary(r.contribution, few), how)


def _legend(records, rows):
    """The formulas of ops that are shown as calls, and what the signs in these rows mean."""
    ops = {r.node.op.name: r.node.op for r in records}
    lines = [f"{op.name}({', '.join(op.names)}): {op.formula}"
             for op in ops.values() if not _speaks_of_all(op)]
    signs = (("|1|", "the Euclidean norm of an array", any("|" in c for r in rows for c in r[4:7])),
             ("J", "a Jacobian that is never formed, see .jacobian(step)",
              any(row[4] == "J" for row in rows)),
             ("sum 0", "axis 0 was broadcast, so its gradients are summed",
              any("sum" in row[7] for row in rows)))
    lines += [f"{sign}: {meaning}" for sign, meaning, used in signs if used]
    return ["", *lines] if lines else []


# ---- formulas -----------------------------------------------------------------------------------

def _formula_within(longest, node, names):
    """The formula with its parameters, or without, or at least the name of the op."""
    text = formula(node, names)
    called = f"{names(node)} = {node.op.name}(...)"
    return next((t for t in (text + _settings(node), text) if len(t) <= longest), called)


def formula(node, names):
    """How a node was made, in the user's names: "v2 = w x"."""
    op, y = node.op, names(node)
    operands = [None if x is None else names(x) for x in node.inputs]
    if op.variadic or not _speaks_of_all(op):
        return f"{y} = {op.name}({', '.join(x for x in operands if x is not None)})"
    text = op.formula
    for argument, operand in zip(op.names, operands):
        if operand is None:                                     # an input that may be left out
            text = re.sub(rf"\s*\+\s*{argument}\b", "", text)
    given = dict(zip(op.names, operands), y=y)
    return re.sub(_tokens(given), lambda found: given[found[1]] or "", text)


def _speaks_of_all(op):
    return op.formula.startswith("y = ") and all(re.search(_tokens([name]), op.formula)
                                                 for name in op.names)


def _tokens(words):
    """Each of these words where it stands alone, or with an index: x in "x", "x^2", "x_k"."""
    longest_first = sorted(words, key=len, reverse=True)
    return rf"(?<!\w)({'|'.join(map(re.escape, longest_first))})(?![^\W_])"


def _settings(node):
    shown = [f"{name}={value}" for name, value in node.params.items()
             if isinstance(value, (int, float, str, tuple)) and value is not False]
    return f"  {', '.join(shown)}" if shown else ""


# ---- numbers and columns ------------------------------------------------------------------------

def summary(array, few=3):
    """A number, a few of them, or the norm of more: "0.5", "[1 2 3]", "|1.7|"."""
    host = backend.to_numpy(array)
    if host.size == 1:
        return f"{host.reshape(-1)[0].item():.4g}"
    if host.size <= few:
        return f"[{' '.join(f'{v:.2g}' for v in host.reshape(-1).tolist())}]"
    return f"|{float((abs(host.astype('float64')) ** 2).sum()) ** 0.5:.3g}|"


def _shape(shape):
    return "(" + ",".join(map(str, shape)) + ")"


def _aligned(rows):
    """Columns as wide as their widest cell; numbers to the right, words to the left.

    Where that is still wider than a terminal, names lose their beginning, then formulas and shapes
    their end.
    """
    widths = _widths(rows)
    for k, least in ((2, 12), (1, 16), (3, 12)):
        too_wide = _total(widths) - WIDTH
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
