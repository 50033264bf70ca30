"""Formulas in the user's names, made from what each op declares: "v2 = x w + b", and the rule of an
input as it stands in the source: "g * (1 - y * y)".
"""
import linecache
import re

from .names import is_path


def formula(node, names, letters=False):
    """How a node was made, in the user's names: "v2 = w x", "v3 = tanh(v2 w + b)".

    With `letters`, parameters of modules go by the letters of the op: w, not net.0.weight.
    """
    text, activation = _formula(node, names, letters), node.params.get("activation")
    if activation and "f'" not in node.op.formula:              # which names f itself
        left, _, right = text.partition(" = ")
        name, *numbers = (activation,) if isinstance(activation, str) else activation
        text = f"{left} = {name}({', '.join([right, *map(str, numbers)])})"
    return text


def _formula(node, names, letters):
    op, y = node.op, names(node)
    operands = [None if x is None else names(x) for x in node.inputs]
    if letters and not op.variadic:
        operands = [argument if name and is_path(name) else name
                    for argument, name in zip(op.names, operands)]
    if op.variadic or not speaks_of_all(op):
        return f"{y} = {op.name}({', '.join(x for x in operands if x is not None)})"
    text = op.formula
    if text == "y = a b" and _is_number(operands[1]):
        operands.reverse()                                      # 3 w, not w 3
    for argument, operand in zip(op.names, operands):
        if operand is None:                                     # an input that may be left out
            text = re.sub(rf"\s*\+\s*{argument}\b", "", text)
    given = {"f": node.params.get("activation"), **dict(zip(op.names, operands)), "y": y}
    text = re.sub(_tokens(given), lambda found: given[found[1]] or "", text)
    return text.replace("[index]", _index(node.params["index"])) if "index" in node.params else text


def within(longest, node, names):
    """The richest formula of at most so many characters, at least the name of the op."""
    full = formula(node, names)
    short = formula(node, names, letters=True)
    called = f"{names(node)} = {node.op.name}(...)"
    return next((t for t in (full + settings(node), full, short) if len(t) <= longest), called)


def says_it_all(text, op):
    """Whether this formula of a node is the op's own, and not a call that needs explaining."""
    return f"= {op.name}(" not in text or f"= {op.name}(" in op.formula


def speaks_of_all(op):
    """Whether the op's formula is y = ... of all its inputs, so that names can take their place."""
    return op.formula.startswith("y = ") and all(re.search(_tokens([name]), op.formula)
                                                 for name in op.names)


def settings(node):
    """The parameters of a node that are not inputs: "  axis=0, keepdims=True"."""
    shown = [f"{name}={value}" for name, value in node.params.items()
             if isinstance(value, (int, float, str, tuple)) and value is not False
             and name not in ("index", "activation")]
    return f"  {', '.join(shown)}" if shown else ""


def rule(node, position):
    """The rule of one input as it stands in the source: "g * (1 - y * y)", given g = dL/dy.

    A rule of several lines goes by its name: "max_rule(g, y, x)".  What an op computes once for all
    its rules stands after it: "matmul(g, w.mT)  where g = before(g, y, activation)".
    """
    op, text = node.op, _text(node.op.vjp[position])
    idle = "activation" in op.others and not node.params.get("activation")
    return text if op.shared is None or idle else f"{text}  where g = {_text(op.shared)}"


def _text(function):
    function = getattr(function, "func", function)              # that of a partial
    code = function.__code__
    text = _source(code) if code.co_name == "<lambda>" else None
    return text or f"{code.co_name}({', '.join(code.co_varnames[:code.co_argcount])})"


def _source(code):
    """The text of a lambda's body, found by the positions that its instructions keep."""
    spans = [span for span in code.co_positions() if None not in span and span[3] > span[2]]
    if not spans:
        return None
    first, last, start, end = spans[-1]                         # what is returned: all of it
    lines = [linecache.getline(code.co_filename, k) for k in range(first, last + 1)]
    if not all(lines):
        return None
    lines = [line.encode() for line in lines]                   # positions count bytes
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    return " ".join(b" ".join(lines).decode().split())


def _tokens(words):
    """Each of these words where it stands alone, or with an index: x in "x", "x^2", "x_k"."""
    longest_first = sorted(words, key=len, reverse=True)
    return rf"(?<!\w)({'|'.join(map(re.escape, longest_first))})(?![^\W_])"


def _is_number(text):
    return text is not None and re.fullmatch(r"\(?-?[\d.]+(e[-+]?\d+)?\)?", text) is not None


def _index(index):
    """An index as it is typed: "[:, 2:]"; of arrays only that they are there."""
    parts = index if isinstance(index, tuple) else (index,)
    return f"[{', '.join(map(_one_index, parts))}]"


def _one_index(part):
    if isinstance(part, slice):
        ends = ["" if end is None else str(end) for end in (part.start, part.stop)]
        return ":".join(ends + ([] if part.step is None else [str(part.step)]))
    if part is Ellipsis:
        return "..."
    return str(part) if part is None or isinstance(part, int) else "indices"
