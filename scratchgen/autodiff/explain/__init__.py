"""explain(loss): the backward pass, one line for each application of a rule.

    print(sg.explain(loss))                 the table
    print(sg.explain(loss).why(w))          dL/dw as a sum over paths
    sg.explain(loss).check()                all of it against finite differences
    sg.explain(loss).jacobian(3)            dy/dx of step 3 as an array
    sg.explain(loss).to_html("page.html")   a page to step through; Jupyter shows it by itself

For two layers and a mean squared error

    import scratchgen as sg

    net = sg.nn.mlp(2, 3, 1, activation="tanh", rng=0).astype("float64")
    x, target = sg.Tensor([[0.5, -1.0], [0.25, 2.0]]), sg.Tensor([[1.0], [0.0]])
    loss = ((net(x) - target) ** 2).mean()
    print(sg.explain(loss))

it is

    L = loss = 0.01537, 9 rules applied, each gives dL/dy dy/dx to dL/dx

    step  y                   x             shapes          dy/dx    dL/dy  to dL/dx
       1  loss = v5 / 2       v5            ()                0.5        1       0.5  first
       2  v5 = sum v4         v4            ()<-(2,1)           J      0.5   |0.707|  first
       3  v4 = v3^2           v3            (2,1)         |0.351|  |0.707|   |0.175|  first
       4  v3 = v2 - target    v2            (2,1)          |1.41|  |0.175|   |0.175|  first
       5  v2 = v1 w + b       v1            (2,1)<-(2,3)        J  |0.175|   |0.148|  first
       6  v2 = v1 w + b       net.1.weight  (2,1)<-(3,1)        J  |0.175|   |0.297|  first
       7  v2 = v1 w + b       net.1.bias    (2,1)<-(1)          J  |0.175|  -0.08216  first, sum 0
       8  v1 = tanh(x w + b)  net.0.weight  (2,3)               J  |0.148|   |0.132|  first
       9  v1 = tanh(x w + b)  net.0.bias    (2,3)<-(3)          J  |0.148|  |0.0151|  first, sum 0

    dloss/dnet.layers.0.weight = [[0.002487 0.00786 -0.002845] [-0.06879 -0.0651 0.09158]]
    dloss/dnet.layers.0.bias = [-0.007789 0.005844 0.01149]
    dloss/dnet.layers.1.weight = [[0.1857] [-0.1489] [-0.1769]]
    dloss/dnet.layers.1.bias = -0.08216

    |1|: the Euclidean norm of an array
    J: a Jacobian that is never formed, see .jacobian(step)
    sum 0: axis 0 was broadcast, so its gradients are summed

The column x is what a rule gives to, w and b of a layer are its weight and its bias, and where an
array has more than three entries there stands its norm.  Below, gradients that fit are written out.
"""
import pathlib
import sys
import warnings

from ..engine import ancestors, prepare_seed
from ..tensor import Tensor
from . import check as _check
from . import modules, page, paths, table
from .formulas import within
from .names import Names, variable_names
from .record import Record, gradients, outdated, record

__all__ = ["Explanation", "Record", "explain"]


def explain(loss, seed=None):
    """Run the backward pass from `loss` and keep every application of a rule: an Explanation to
    print.

    `loss` is a scalar, or comes with a `seed` dL/dloss of its shape.  Tensors are called what the
    caller calls them (variables, parameters of modules); what has no name is v1, v2, ... in the
    order in which it was made.  No `.grad` changes.

    Warns if a value is no longer what its inputs give, as after the optimiser's step.
    """
    if not isinstance(loss, Tensor) or not loss.requires_grad:
        raise ValueError("explain needs a Tensor that depends on one that requires a gradient\n"
                         "  hint      sg.Tensor(x, requires_grad=True)")
    caller = sys._getframe(1)
    explanation = Explanation(loss, seed, variable_names(caller.f_locals, caller.f_globals))
    old = outdated(explanation.nodes)
    if old is not None:
        warnings.warn("explain: arrays have changed since the forward pass, so the numbers do not "
                      f"belong together\n  first     {within(60, old, explanation.name)}, which "
                      "its inputs no longer give\n"
                      "  hint      explain before the optimiser's step, or compute the loss again",
                      stacklevel=2)
    return explanation


class Explanation:
    """A backward pass, step by step: iterate over its Records, or print it as a table."""

    def __init__(self, loss, seed, found):
        self.loss = loss
        self.seed = prepare_seed(loss, seed, create_graph=False)
        self.records = record(loss, self.seed)
        self._gradients = gradients(self.records)
        self.nodes = ancestors(loss)
        self.name = Names(self.nodes, found)           # tensor -> what the user calls it

    def __iter__(self):
        return iter(self.records)

    def __len__(self):
        return len(self.records)

    def __str__(self):
        return self.table()

    __repr__ = __str__

    def table(self, module=None, *, width=100):
        """One row for each application of a rule, and the gradients of the leaves, as text.

        Of more than 60 rules, those inside a module are one row; `module`, such as "vae.decoder",
        shows the rules inside that one alone.  `width` is that of the terminal, in columns.
        """
        records, nodes = self.records, [x for x in self.nodes if x.op is not None]
        home = modules.homes(nodes, self.name)
        if module is not None:
            path = tuple(module.split("."))
            records = [r for r in records if home[r.node.order][:len(path)] == path]
            if not records:
                known = sorted({".".join(path) for path in home.values() if path})
                raise ValueError(f"no rule was applied inside a module {module!r}\n  expected  "
                                 f"one of {', '.join(known[:20]) or 'none: there is no module'}")
        used = {r.parent.order for r in records} if module else None
        leaves = [(x, self.gradient(x)) for x in reversed(self.nodes)
                  if x.op is None and (used is None or x.order in used)]
        groups = modules.tree(home, table.ROWS // 2) if any(home.values()) and not module else None
        return table.table(self.loss, records, self.name, leaves, groups, width, module)

    def gradient(self, x):
        """dL/dx for any tensor of the graph: the sum of all that it receives."""
        self._require_asked(x)
        if x is self.loss:
            return self.seed
        if x.order not in self._gradients:
            raise ValueError(f"{self.name(self.loss)} does not depend on {self.name(x)}")
        return self._gradients[x.order]

    def why(self, x):
        """dL/dx term by term, one for each path from the loss to x.  Print it, or read `.terms`."""
        self._require_asked(x)
        return paths.Paths(self.records, self.loss, self.seed).why(x, self.name)

    def _require_asked(self, x):
        """Of what was not asked for a gradient there is none, though the loss may depend on it."""
        if not isinstance(x, Tensor):
            raise TypeError(f"a Tensor of the graph is expected, got {type(x).__name__}")
        if not x.requires_grad:
            raise ValueError(f"{self.name(x)} does not require a gradient, so none was taken\n"
                             "  hint      sg.Tensor(x, requires_grad=True)")

    def jacobian(self, step):
        """dy/dx of one step (its number or its Record) as an array of shape y.shape + x.shape.

        ValueError for more than a million entries: the rule applies it without forming it.
        """
        if isinstance(step, Record):
            return step.jacobian()
        if not hasattr(step, "__index__"):
            raise TypeError("a step is expected, its number in the table or its Record, got "
                            f"{type(step).__name__}")
        if not 1 <= step <= len(self.records):
            raise ValueError(f"there is no step {step}\n  expected  1 to {len(self.records)}, "
                             "as in the table, or a Record")
        return self.records[step - 1].jacobian()

    def to_html(self, path=None, *, collapse=300, fragment=False):
        """One self-contained page, as text or written to `path` (which is returned): the graph, a
        slider and the arrow keys to step the backward pass, a click on a node for its numbers.

        A graph of more than `collapse` boxes is collapsed by module; each opens with a click.  With
        `fragment` it is an element for a page of one's own, which may hold several.
        """
        html = (page.fragment if fragment else page.page)(self, collapse)
        if path is None:
            return html
        path = pathlib.Path(path)
        path.write_text(html, encoding="utf-8")
        return path

    def _repr_html_(self):
        """What Jupyter shows."""
        return page.fragment(self, collapse=300)

    def check(self):
        """True if every contribution and every leaf's gradient agrees with finite differences.

        Raises GradientError that names the step, the rule and the worst index.  Runs the forward
        pass some four times for each entry of each leaf (for a sample of them above 1,000), in
        float64.
        """
        return _check.check(self.records, self.loss, self.seed, self.name)
