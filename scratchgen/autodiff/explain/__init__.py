"""explain(loss): the backward pass, one line for each application of a rule.

    print(sg.explain(loss))         the table
    print(sg.explain(loss).why(w))  dL/dw as a sum over paths
    sg.explain(loss).check()        all of it against finite differences
"""
import sys

from ..engine import ancestors, prepare_seed
from ..tensor import Tensor
from . import check as _check
from . import paths, table
from .names import Names, variable_names
from .record import Record, gradients, record

__all__ = ["Explanation", "Record", "explain"]


def explain(loss, seed=None):
    """Run the backward pass from `loss` and keep every application of a rule: an Explanation to
    print.

    `loss` is a scalar, or comes with a `seed` dL/dloss of its shape.  Tensors are called what the
    caller calls them (variables, parameters of modules); what has no name is v1, v2, ... in the
    order in which it was made.  No `.grad` changes.
    """
    if not isinstance(loss, Tensor) or not loss.requires_grad:
        raise ValueError("explain needs a Tensor that depends on one that requires a gradient\n"
                         "  hint      sg.Tensor(x, requires_grad=True)")
    caller = sys._getframe(1)
    return Explanation(loss, seed, variable_names(caller.f_locals, caller.f_globals))


class Explanation:
    """A backward pass, step by step: iterate over its Records, or print it as a table."""

    def __init__(self, loss, seed, found):
        self.loss = loss
        self.seed = prepare_seed(loss, seed, create_graph=False)
        self.records = record(loss, self.seed)
        self._gradients = gradients(self.records)
        self.name = Names(ancestors(loss), found)       # tensor -> what the user calls it

    def __iter__(self):
        return iter(self.records)

    def __len__(self):
        return len(self.records)

    def __str__(self):
        leaves = [(x, self.gradient(x)) for x in reversed(ancestors(self.loss)) if x.op is None]
        return table.table(self.records, self.name, leaves)

    __repr__ = __str__

    def gradient(self, x):
        """dL/dx for any tensor of the graph: the sum of all that it receives."""
        if x is self.loss:
            return self.seed
        if x.order not in self._gradients:
            raise ValueError(f"{self.name(self.loss)} does not depend on this tensor")
        return self._gradients[x.order]

    def why(self, x):
        """dL/dx term by term, one for each path from the loss to x.  Print it, or read `.terms`."""
        return paths.why(self.records, self.loss, self.seed, x, self.name)

    def jacobian(self, step):
        """dy/dx of one step (its number or its Record) as an array of shape y.shape + x.shape."""
        chosen = step if isinstance(step, Record) else self.records[step - 1]
        return chosen.jacobian()

    def check(self):
        """True if every contribution and every leaf's gradient agrees with finite differences.

        Raises GradientError that names the step, the rule and the worst index.  Runs the forward
        pass some four times for each entry of each leaf (for a sample of them above 1,000), in
        float64.
        """
        return _check.check(self.records, self.loss, self.seed, self.name)
