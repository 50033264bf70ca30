"""The backward pass as a record: one entry for each application of a rule.

The loop is that of `engine.backprop`, with nothing accumulated in any `.grad`, and everything that
passes through it kept.
"""
import math
from dataclasses import dataclass
from typing import Any

from ... import backend
from .. import ops
from ..engine import ancestors, fit, prepare_seed, replay, require_rule, rule_arguments
from ..tensor import Tensor
from ..transforms.reverse import unit_arrays


@dataclass(frozen=True, eq=False)
class Record:
    """One application of a rule: dL/dy arrives at y = op(..., x, ...), and x receives its part."""

    step: int                   # 1, 2, ... in the order of the backward pass
    node: Tensor                # y
    position: int               # x is this input of y
    parent: Tensor              # x
    upstream: Any               # dL/dy, an array of y's shape
    contribution: Any           # dL/dy dy/dx, of x's shape; their sum over all uses of x is dL/dx
    first: bool                 # the first contribution to x, or one that is added to others
    local: Any                  # dy/dx entry by entry where the op works so, else None
    summed: tuple               # axes of y along which x was stretched, so its gradient is summed

    @property
    def argument(self):
        """The name of x in the op's signature."""
        op = self.node.op
        return f"{op.names[0]}[{self.position}]" if op.variadic else op.names[self.position]

    def rule(self, g):
        """What x would receive if dL/dy were g, an array of y's shape.  Linear in g."""
        return fit(self.node.op, self.position, self.parent, _raw(self.node, self.position, g))

    def jacobian(self):
        """dy/dx as an array of y.shape + x.shape: one application of the rule an entry of y."""
        y, x = self.node.data, self.parent.data
        if y.size * x.size > 1_000_000:
            raise ValueError(f"the Jacobian of step {self.step} has {y.size} x {x.size} entries, "
                             "more than a million\n  hint      .rule(g) applies it to a g of shape "
                             f"{y.shape} without forming it")
        rows = [self.rule(seed) for seed in unit_arrays(y)]
        return ops.reshape(ops.stack(rows), y.shape + x.shape)


def record(root, seed=None):
    """The list of Records of a backward pass from this tensor, in order.  Touches no `.grad`."""
    seed = prepare_seed(root, seed, create_graph=False)
    grads, records = {root.order: seed}, []
    for node in ancestors(root):
        if node.op is None or node.order not in grads:
            continue
        g = grads[node.order]
        for i, x in enumerate(node.inputs):
            if not isinstance(x, Tensor) or not x.requires_grad:
                continue
            gx = fit(node.op, i, x, _raw(node, i, g))
            local, summed = _local(node, i, x)
            first = x.order not in grads
            records.append(Record(len(records) + 1, node, i, x, g, gx, first, local, summed))
            grads[x.order] = gx if first else grads[x.order] + gx
    return records


def gradients(records):
    """{number of a tensor: dL/dtensor}, each the sum of all contributions to it."""
    totals = {}
    for r in records:
        k = r.parent.order
        totals[k] = r.contribution if r.first else totals[k] + r.contribution
    return totals


def outdated(nodes):
    """The first node, in order of creation, that is no longer what its inputs give; or None.

    Ops do not copy the arrays that they are given, and an optimiser moves parameters in place: in a
    graph from before its step the values are old and the weights new.  Half of the digits count.
    """
    made = sorted((x for x in nodes if x.op is not None), key=lambda x: x.order)
    return next((x for x in made if not _is_what_its_inputs_give(x)), None)


def _is_what_its_inputs_give(node):
    size = float(ops.max(abs(node.data))) if node.size else math.nan
    if not size < math.inf:                     # of nothing, inf and NaN there are no differences
        return True
    try:
        again = replay(node, node.arrays)
    except ValueError:                          # what the op took then it refuses now
        return False
    eps = float(backend.namespace(node.data).finfo(node.dtype).eps)
    return float(ops.max(abs(again - node.data))) <= eps ** 0.5 * size


def _raw(node, i, g):
    """The rule of input i as it is written, before the engine undoes broadcasting."""
    require_rule(node.op, i)
    return node.op.vjp[i](*rule_arguments(node, g), **node.params)


def _local(node, i, x):
    """(dy/dx entry by entry or None, the axes that are summed)."""
    ones = backend.namespace(node.data).ones_like(node.data)
    raw = _raw(node, i, ones)
    lead = len(raw.shape) - len(x.shape)
    stretched = tuple(range(lead)) + tuple(lead + k for k, n in enumerate(x.shape) if n == 1)
    summed = tuple(k for k in stretched if raw.shape[k] != 1)
    entrywise = node.op.elementwise or (node.data.size == 1 and x.size == 1)
    return raw if entrywise else None, summed
