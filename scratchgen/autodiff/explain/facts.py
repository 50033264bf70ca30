"""What a page says, as plain data: tensors, steps, and the views in which they are drawn."""
from ... import backend
from ..tensor import Tensor
from .formulas import rule, settings, within
from .numbers import shape, summary, values
from .paths import Paths
from .table import cells

PATHS = 8                       # a gradient of more paths is shown as the sum over its last steps
EFFORT = 5_000_000              # entries that all of those paths may pass through
STEP = 1000                     # what a rule costs on top, in entries
FORMULA = 90                    # characters
BOX = 32                        # characters of a line inside a box


def facts(explanation):
    """{"title", "tensors", "steps"}: everything that is written on the page.

    Tensors are given by their place in a list in order of creation, leaves and constants included;
    step k of the page is row k of the table.
    """
    name = explanation.name
    tensors = _Tensors(explanation)
    root = explanation.loss
    steps = [{"y": tensors.place[r.node.order], "x": tensors.place[r.parent.order],
              "row": cells(r, name, longest=FORMULA), "rule": rule(r.node, r.position),
              "input": r.argument, "part": summary(r.contribution)}
             for r in explanation]
    totals = {}
    for r, step in zip(explanation, steps):
        k = r.parent.order
        totals[k] = r.contribution if r.first else totals[k] + r.contribution
        step["sum"], step["all"] = summary(totals[k]), values(totals[k])
    called = name(root)
    return {"loss": called, "title": called if called == "L" else f"L = {called}",
            "value": summary(root.data), "root": tensors.place[root.order],
            "seed": [summary(explanation.seed), values(explanation.seed)],
            "tensors": tensors.facts, "steps": steps}, tensors


class _Tensors:
    """All that is drawn: nodes, leaves, and those constants that a formula does not spell out."""

    def __init__(self, explanation):
        self.name = explanation.name
        self.place = {}                         # number of a tensor, or id of a constant -> place
        self.home = {}                          # place -> number of the node it is drawn with
        self.edges = []                         # (place of y, place of an input)
        self.facts = []
        terms = _Terms(explanation)
        for x in sorted(explanation.nodes, key=lambda x: x.order):
            for given in x.inputs:
                self._constant(given)
            self.place[x.order] = len(self.facts)
            self.facts.append(self._tensor(x, terms))
            self.edges += dict.fromkeys((self.place[x.order], self.place[_key(given)])
                                        for given in x.inputs if _key(given) in self.place)

    def _tensor(self, x, terms):
        fact = self._fact(x, self.name(x), "node" if x.op else "leaf")
        if x.op is not None:
            fact |= {"formula": within(FORMULA, x, self.name), "op": x.op.name,
                     "about": f"{x.op.name}({', '.join(x.op.names)}):  {x.op.formula}",
                     "line": within(BOX, x, self.name.short), "set": settings(x).strip()}
        fact["terms"] = terms.of(x)
        return fact

    def _constant(self, x):
        """A node for an array, or for a number with a name; others are written in the formula."""
        array = x.data if isinstance(x, Tensor) else x
        if not backend.is_array(array) or isinstance(x, Tensor) and x.requires_grad:
            return
        if _key(x) not in self.place and (array.size > 1 or not self.name.is_value(x)):
            self.place[_key(x)] = len(self.facts)
            self.facts.append(self._fact(x, self.name(x), "constant"))

    def _fact(self, x, name, kind):
        array = x.data if isinstance(x, Tensor) else x
        return {"name": name, "short": self.name.short(x), "kind": kind, "shape": shape(array),
                "dtype": str(array.dtype).rpartition(".")[2], "value": summary(array),
                "entries": values(array)}


def _key(x):
    """What tells tensors apart: their number, or of a constant the identity of its array."""
    if isinstance(x, Tensor) and x.requires_grad:
        return x.order
    return "constant", id(x.data if isinstance(x, Tensor) else x)


class _Terms:
    """dL/dx path by path, where there are few: (stations, product of derivatives, value)."""

    def __init__(self, explanation):
        self.explanation, self.left = explanation, EFFORT
        self.paths = Paths(explanation.records, explanation.loss, explanation.seed)

    def of(self, x):
        few = 0 < self.paths.count[x.order] <= PATHS and x is not self.explanation.loss
        if not few or self.left <= 0:
            return []
        self.left -= sum(STEP + r.node.size + r.parent.size
                         for way in self.paths.ways(x) for r in way)
        return self.paths.why(x, self.explanation.name).rows() if self.left > 0 else []
