"""Every number of an explanation against finite differences.

The graph is built once more in float64, from the values it was made of: a float32 gradient is held
against this twin, and the twin against differences of nothing but forward passes.
"""
from ... import backend
from ...errors import GradientError
from .. import ops
from ..engine import ancestors, replay
from ..tensor import Tensor, no_grad, wrap
from ..transforms.differences import kink, unravel, wrong_entry
from .formulas import formula
from .record import gradients, record

_RTOL, _ATOL = 1e-6, 1e-8           # the latter times the loss, where that is differentiated
_ROUNDING = {"float64": 1e-9, "float32": 1e-3, "float16": 0.1}      # of the largest term
_SEED = 0


def check(records, root, seed, names):
    """True if each contribution and each leaf's gradient is right; else GradientError with the
    place.

    Contributions come first, from the loss backwards, so the first complaint is about the rule that
    is wrong and not about all that follows from it.
    """
    _require_finite(root, names)
    twin = _Twin(root)
    seed = _double(seed)
    exact_records = record(twin.root, seed)
    sizes = _sizes(twin.root, seed, exact_records)
    largest = max(_largest(x.data * sizes[x.order]) for x in ancestors(twin.root))
    _require_close(root.data, twin.root.data, twin.rounding * largest,
                   f"the values that {names(root)} was made of have changed since")
    for r, exact in zip(records, exact_records, strict=True):
        where = f"step {r.step}: what {names(r.node)} gives to {names(r.parent)}"
        phi, x = _given_upstream(exact)
        _require_derivative(phi, x, exact.contribution, names(r.parent),
                            f"{where} (the rule of {r.node.op.name} for its input {r.argument})",
                            _declared(r.node.op))
        _require_close(r.contribution, exact.contribution,
                       twin.rounding * _largest(sizes[exact.parent.order]), f"{where} is wrong")
    recorded, exact = gradients(records), gradients(exact_records)
    atol = _ATOL * max(1.0, float(ops.sum(abs(seed * twin.root.data))))
    for leaf in reversed(ancestors(root)):
        if leaf.op is None and leaf is not root:
            phi, x = twin.as_function_of(leaf, seed)
            where, twin_leaf = f"d{names(root)}/d{names(leaf)}", twin.made[leaf.order]
            _require_derivative(phi, x, exact[twin_leaf.order], names(leaf), where, atol=atol)
            _require_close(recorded[leaf.order], exact[twin_leaf.order],
                           twin.rounding * _largest(sizes[twin_leaf.order]), f"{where} is wrong")
    return True


class _Twin:
    """The same graph in float64."""

    def __init__(self, root):
        self._nodes = ancestors(root)[::-1]
        self.rounding = max(_ROUNDING[str(x.dtype).rpartition(".")[2]] for x in self._nodes)
        self.made = {}
        self.root = self._replay(self.made)

    def _replay(self, made):
        """Run the forward pass again, from the leaves to the root, but for what is in `made`."""
        for node in self._nodes:
            if node.order in made:
                continue
            if node.op is None:
                x = wrap(_double(node.data))
                x.requires_grad = True
            else:
                inputs = [made[x.order] if isinstance(x, Tensor) and x.order in made else _double(x)
                          for x in node.inputs]
                is_cast = node.op.name == "cast"                # here all is float64
                x = ops.identity(*inputs) if is_cast else replay(node, inputs)
            made[node.order] = x
        return x

    def as_function_of(self, leaf, seed):
        """(x -> <seed, root>, x): the loss as a function of one leaf, on the host."""
        like = self.made[leaf.order].data
        base, moved = self.root.data, self._depending_on(leaf)
        fixed = {order: x for order, x in self.made.items() if order not in moved}

        def phi(x):
            with no_grad():
                y = self._replay({**fixed, leaf.order: wrap(backend.from_host(x, like=like))}).data
            return backend.to_numpy(ops.sum(seed * (y - base)))
        return phi, backend.to_numpy(like)

    def _depending_on(self, leaf):
        """The numbers of the leaf and of all that was made of it: the rest stays as it is."""
        found = {leaf.order}
        for node in self._nodes:
            if any(isinstance(x, Tensor) and x.order in found for x in node.inputs):
                found.add(node.order)
        return found


def _given_upstream(r):
    """(x -> <dL/dy, op(..., x, ...)>, x) for one record: its contribution is the gradient."""
    node, x = r.node, r.parent.data

    def phi(moved):
        inputs = list(node.inputs)
        inputs[r.position] = wrap(backend.from_host(moved, like=x))
        with no_grad():
            y = replay(node, inputs).data
        return backend.to_numpy(ops.sum(r.upstream * (y - node.data)))
    return phi, backend.to_numpy(x)


def _require_finite(root, names):
    """Of a loss that is inf or nan there are no differences; says which value was the first such.
    """
    if _is_finite(root):
        return
    x = next(x for x in reversed(ancestors(root)) if not _is_finite(x))
    culprit = names(x) if x.op is None else formula(x, names)
    raise GradientError(f"explain: {names(root)} is not finite, so there are no differences to "
                        f"hold its gradient against\n  first     {culprit}")


def _is_finite(x):
    return bool((abs(backend.to_numpy(x.data)) < float("inf")).all())


def _declared(op):
    """A hint for an op whose gradient is declared, and no derivative: a straight-through one."""
    return f"\n  hint      so declared: {op.formula}" if "dy/d" in op.formula else ""


def _require_derivative(phi, x, gradient, name, where, hint="", atol=_ATOL):
    gradient = backend.to_numpy(gradient)
    found = wrong_entry(phi, x, gradient, _RTOL, atol)
    if found:
        k, worst = found
        index = f"{name}{list(unravel(k, x.shape)) or ''}"
        how = f"central differences, step {worst.step:g}" if worst.step else \
            "it cannot be evaluated on both sides"
        raise GradientError(f"explain: {where} is wrong\n  at        {index}\n"
                            f"  analytic  {worst.analytic:.12g}\n"
                            f"  numeric   {worst.numeric:.12g}   ({how})"
                            + kink(phi, x, k) + hint)


def _sizes(root, seed, records):
    """{number of a tensor: how large, entry by entry, the terms are that its gradient sums}.

    The bias before a batch normalisation has the gradient 0, a sum of terms that are not, and what
    is left of them in float32 is their rounding.  Terms that cancel do so no more when each is
    multiplied by a random number.
    """
    rng = backend.rng(_SEED)
    sizes = {root.order: abs(seed)}
    for r in records:
        y, x = r.node.order, r.parent.order
        noise = backend.standard_normal(rng, r.node.shape, like=r.node.data)
        size = abs(r.rule(sizes[y] * noise)) + abs(r.contribution)
        sizes[x] = sizes[x] + size if x in sizes else size
    return sizes


def _largest(array):
    return float(abs(backend.to_numpy(array)).max(initial=0))


def _require_close(recorded, exact, allowed, complaint):
    """The recorded numbers are those of the float64 twin, up to rounding."""
    recorded, exact = backend.to_numpy(recorded), backend.to_numpy(exact)
    off = abs(recorded - exact)
    if not (off <= allowed).all():
        k = int(off.reshape(-1).argmax())
        raise GradientError(f"explain: {complaint}\n"
                            f"  at        index {list(unravel(k, exact.shape))}\n"
                            f"  recorded  {recorded.reshape(-1)[k]}\n"
                            f"  exact     {exact.reshape(-1)[k]}   (in float64)")


def _double(x):
    """The same values in float64; integers, booleans, Python numbers and None stay as they are."""
    if isinstance(x, Tensor):
        return wrap(_double(x.data))
    if backend.is_array(x):
        space = backend.namespace(x)
        x = space.asarray(x)
        return space.astype(x, space.float64) if backend.is_floating(x) else x
    return x
