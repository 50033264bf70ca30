"""Reverse mode in one loop; the first and every higher order share each line of it.

    dL/dx = sum over the nodes y that used x of  rule(dL/dy, y, inputs of y)

Nodes are visited from the newest to the oldest, so a node's gradient is complete when its turn
comes: no recursion, and a chain of a million ops is a loop of a million rounds.
"""
from .. import backend
from ..errors import ShapeError
from . import ops
from .ops.shape import sum_to
from .primitive import AtOnce
from .tensor import Tensor, require_floating, wrap


def ancestors(root, since=0):
    """Every tensor that root depends on and that needs a gradient, newest first.

    Tensors older than number `since` are left out, and with them all that only they depend on: what
    was made before x cannot depend on x.
    """
    found, stack = {root.order: root}, [root]
    while stack:
        for x in stack.pop().inputs:
            if isinstance(x, Tensor) and x.requires_grad and x.order >= since \
                    and x.order not in found:
                found[x.order] = x
                if x.op is not None:
                    stack.append(x)
    return [found[order] for order in sorted(found, reverse=True)]


def backprop(root, seed, create_graph=False, targets=None, retained=None):
    """{tensor's number: dL/dtensor} for the `targets`, or for every leaf if there are none.

    create_graph=False feeds the rules raw arrays, create_graph=True Tensors, so that the result has
    a graph of its own.  `retained` is a list that takes (node, dL/dnode) of each interior node
    after `retain_grad()`.
    """
    wanted = None if targets is None else {x.order for x in targets}
    since = min(wanted, default=0) if wanted else 0
    grads, done = {root.order: seed}, {}
    summed = set()                  # numbers whose gradient is a sum made here, so ours to add to
    for node in ancestors(root, since):
        g = grads.pop(node.order, None)
        if g is None:
            continue
        op = node.op
        if op is None if wanted is None else node.order in wanted:
            done[node.order] = (node, g)
        if op is None:
            continue
        if retained is not None and node._retains:
            retained.append((node, g))
        rules, params, known = op.vjp, node.params, None
        if type(rules) is AtOnce and not create_graph:
            needed = [_needs_gradient(x, since) for x in node.inputs]
            known = rules.gradients(needed, g, node.data, *node.arrays, **params)
        elif create_graph or op.saves or op.shared:
            given = rule_arguments(node, g, create_graph)
        else:
            given = (g, node.data, *node.arrays)
        for i, x in enumerate(node.inputs):
            if not isinstance(x, Tensor) or not x.requires_grad or x.order < since:
                continue
            if known is not None:
                gx = known[i]
            else:
                try:
                    gx = rules[i](*given, **params) if params else rules[i](*given)
                except (IndexError, TypeError):
                    require_rule(op, i)
                    raise
            data = x.data
            if gx.dtype is not data.dtype or gx.shape != data.shape:
                gx = fit(op, i, x, gx)
            k = x.order
            if k not in grads:
                grads[k] = gx
            elif k in summed:
                grads[k] += gx
            else:
                grads[k] = grads[k] + gx
                if not create_graph:
                    summed.add(k)
    return done


def _needs_gradient(x, since):
    return isinstance(x, Tensor) and x.requires_grad and x.order >= since


def rule_arguments(node, g, create_graph=False):
    """(g, y, *inputs) for the rules of a node, with what its op saved or shares among them."""
    op = node.op
    y, args = (node, node.inputs) if create_graph else (node.data, node.arrays)
    if op.saves:
        args = [op.recompute(y, *args, **node.params) if create_graph else node.saved, *args]
    if op.shared is not None:
        g = op.shared(g, y, *args, **node.params)
    return (g, y, *args)


def require_rule(op, i):
    """Raise TypeError if an op has no rule for its input number i."""
    rules = op.vjp
    if isinstance(rules, tuple) and len(rules) <= i or not hasattr(rules, "__getitem__"):
        got = f"{len(rules)} of them" if isinstance(rules, tuple) else type(rules).__name__
        wanted = ", ".join(f"rule_{name}" for name in op.names) + "," * (len(op.names) == 1)
        raise TypeError(f"{op.name} has no rule for its input {op.names[0 if op.variadic else i]}\n"
                        f"  expected  one rule for each input: {op.name}.vjp = ({wanted})\n"
                        f"  got       {got}")


def replay(node, inputs):
    """A node's op applied to other inputs, without what was worked out from its own beforehand."""
    op = node.op
    return op(*inputs, **{name: value for name, value in node.params.items()
                          if name not in op.derived})


def fit(op, i, x, g):
    """g in x's shape and dtype; a rule whose result does not broadcast to its input is refused."""
    shape, dtype = x.data.shape, x.data.dtype
    try:
        fitting = sum_to(g, shape=shape) if len(g.shape) >= len(shape) else g
        if fitting.shape != shape:
            fitting = ops.broadcast_to(fitting, shape=shape)
    except (ValueError, IndexError) as error:
        which = op.names[0 if op.variadic else i]
        raise ShapeError(f"the rule of {op.name} for its input {which} gave a gradient of the "
                         f"wrong shape\n  expected  {shape}, or what broadcasting made of it\n"
                         f"  got       {g.shape}") from error
    require_floating(x.data)                    # one that asked afterwards: x.requires_grad = True
    return ops.astype(fitting, dtype) if fitting.dtype != dtype else fitting


def backward(root, seed=None, create_graph=False):
    """Accumulate dL/dleaf in `.grad` of every leaf that this tensor depends on.

    A scalar needs no seed (dL/dL = 1); for anything else `seed` is the gradient of the loss with
    respect to this tensor, an array of its shape.  Leaves accumulate from call to call, so two
    calls give twice the gradient; interior gradients are fresh each time and kept only after
    `retain_grad()`.  With `create_graph=True` each `.grad` is a Tensor that can be differentiated
    again (and keeps the graph alive through its leaf: `sg.grad` gives the same without that cycle).

    Raises ValueError without a graph, and ShapeError where a seed is missing or has another shape.
    """
    if not root.requires_grad:
        raise ValueError("backward on a tensor that depends on nothing that requires a gradient\n"
                         "  hint      Tensor(x, requires_grad=True); is it detached, or made under "
                         "no_grad()?")
    seed = prepare_seed(root, seed, create_graph)
    own, retained = Ownership(seed), []
    leaves = backprop(root, seed, create_graph, retained=retained)
    for node, g in retained:
        node.grad = g if create_graph else own(g)
    for leaf, g in leaves.values():
        if leaf.grad is None:
            leaf.grad = g if create_graph else own(g)
        else:
            leaf.grad = ops.add(leaf.grad, g)       # NumPy would make a scalar of two 0-d arrays


class Ownership:
    """Turns a gradient into an array nobody else holds.

    The rule of `add` hands its g to both inputs, that of `sum` a read-only view: harmless on the
    way, but a leaf's `.grad` belongs to the user, who may scale it in place.
    """

    def __init__(self, seed):
        self._taken = {id(seed): seed}

    def __call__(self, g):
        space = backend.NAMESPACES[type(g)]
        if id(g) in self._taken or not space.owns(g):
            return space.asarray(g, copy=True)
        self._taken[id(g)] = g
        return g


def prepare_seed(y, seed, create_graph):
    """dL/dy to start from: ones for a scalar, else the user's seed in y's shape and dtype."""
    require_floating(y.data)
    if seed is None:
        if y.shape != ():
            raise ShapeError(f"backward from a tensor of shape {y.shape} needs a seed\n"
                             "  hint      reduce to a scalar first: y.sum().backward()")
        seed = backend.namespace(y.data).ones_like(y.data)
    else:
        values = seed.data if isinstance(seed, Tensor) else seed
        if not backend.is_array(values):
            values = backend.asarray(values)
        if values.shape != y.shape:
            raise ShapeError(f"the seed must have the shape of the tensor it starts from\n"
                             f"  expected  {y.shape}\n  got       {values.shape}")
        seed = seed if isinstance(seed, Tensor) and create_graph else ops.astype(values, y.dtype)
    return seed if not create_graph or isinstance(seed, Tensor) else wrap(seed)


Tensor.backward = backward
