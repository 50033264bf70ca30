"""gradcheck: is this gradient right?  And if not: which rule, which argument, which entry.

    every dy_i/dx_j by the engine  =  [8 (f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))] / 12h,   to 1e-7

The second order needs no code of its own.  With a random w, H(x, u) = <w, u^T J(x)> is a function
like any other, and its gradient by x is right only if the second derivatives of f are.  Finite
differences of H see the fast first-order gradients, made of raw arrays; its exact gradient sees
those made of Tensors: so these two ways through the engine are held against each other as well.
"""
import inspect

from .. import backend
from ..errors import GradientError
from . import ops
from .engine import ancestors, replay
from .tensor import Tensor, no_grad, wrap
from .transforms import jacobian, vjp
from .transforms.differences import disagreement, kink, unit, unravel, wrong_entry

FULL_JACOBIAN = 10_000              # entries; above, random directions and a sample of columns
WEIGHTS_SEED = 0
TOLERANCES = {1: (1e-7, 1e-9), 2: (1e-6, 1e-8)}             # order: (rtol, atol)


def gradcheck(f, *inputs, order=1):
    """True if the engine's derivatives of f agree with finite differences at these inputs.

    f takes the inputs as Tensors and returns a Tensor of any shape, or a tuple of them.  The
    inputs are float64: arrays, Tensors or Python floats.  What is not to be differentiated
    (labels, an axis) belongs into the function: `gradcheck(lambda x: loss(x, labels), x)`.

    Each entry of the Jacobian must satisfy |analytic - numeric| <= 1e-9 + 1e-7 |numeric|.  Above
    10,000 entries that holds for random directions and for a sample of columns, of a random
    combination of the outputs.  With `order=2` the gradient of the gradient must agree too, to
    1e-8 + 1e-6 |numeric|.  Tolerances never grow with the arrays, and random numbers come from a
    fixed seed.

    Raises GradientError with function, argument, entry, both values and the step; with the rule
    that is to blame if f is made of several, and with the kink or the noise where that is the
    cause.  Raises TypeError for inputs or outputs that are not float64.
    """
    if order not in TOLERANCES:
        raise ValueError(f"gradcheck: order is 1 or 2, got {order}")
    name, names = _names(f, len(inputs))
    arrays = [_float64(f"argument {n}", x) for n, x in zip(names, inputs)]
    with no_grad():
        outputs = _outputs(f(*map(wrap, arrays)))
    for k, y in enumerate(outputs):
        which = f"[{k}]" if len(outputs) > 1 else ""
        _float64(f"output y{which}", y)
        for m in range(1, order + 1):
            try:
                _verify(lambda *xs: _outputs(f(*xs))[k], name + which, names, arrays, m)
            except GradientError as error:
                blame = _blame(_outputs(f(*map(_leaf, arrays)))[k], name, m)
                raise GradientError(f"{error}{blame}") from None
    return True


def _verify(f, name, names, arrays, order):
    """Raise GradientError unless the derivatives of this order are right; f gives one Tensor."""
    if order == 2:
        f, names, arrays = _projected_gradient(f, names, arrays)
    point = _Point(f, name, names, arrays, order)
    point.require_same(point.value(), "gives other values when it is called again",
                       "draw noise outside of the function, or from a generator made inside it")
    recorded = backend.to_numpy(f(*map(_leaf, arrays)).data)
    point.require_same(recorded, "gives other values when it records a graph",
                       "is recompute = saved?", tolerance=1e-10)
    if point.y.size * sum(x.size for x in point.host) <= FULL_JACOBIAN:
        _check_every_entry(point)
    else:
        _check_sample(point)


def _projected_gradient(f, names, arrays):
    """H(x, u) = <w, u^T J(x)> for a random w, at x and a random u."""
    with no_grad():
        y = f(*map(wrap, arrays)).data
    rng = backend.rng(WEIGHTS_SEED)
    *weights, u = [backend.standard_normal(rng, a.shape, like=a) for a in (*arrays, y)]

    def projected(*args):
        *xs, u = args
        _, pullback = vjp(f, *xs)
        return sum(ops.sum(g * w) for w, g in zip(weights, pullback(u)))
    return projected, (*names, "its seed"), [*arrays, u]


class _Point:
    """A function and the place where it is checked: f(arrays) = y, seen from the host."""

    def __init__(self, f, name, names, arrays, order):
        self.f, self.name, self.names, self.arrays, self.order = f, name, names, arrays, order
        self.host = [backend.to_numpy(x) for x in arrays]
        self.y = self.value()

    def value(self, k=None, x=None):
        """f with x in the place of argument k, without a graph."""
        moved = [backend.from_host(x, like=a) if i == k else a for i, a in enumerate(self.arrays)]
        with no_grad():
            return backend.to_numpy(self.f(*map(wrap, moved)).data)

    def along(self, k):
        return lambda x: self.value(k, x)

    def require_same(self, other, what, hint, tolerance=0.0):
        y = self.y
        both_nan = (y != y) & (other != other)
        wrong = ~((abs(y - other) <= tolerance * (1 + abs(y))) | (y == other) | both_nan)
        if wrong.any():
            k = int(wrong.reshape(-1).argmax())
            subject = self.name if self.order == 1 else f"the gradient of {self.name}"
            raise GradientError(f"gradcheck: {subject} {what}\n"
                                f"  at        y{_at(unravel(k, y.shape))}\n"
                                f"  got       {y.reshape(-1)[k]} and {other.reshape(-1)[k]}\n"
                                f"  hint      {hint}")

    def fail(self, k, entry, found, hint=""):
        """Raise the GradientError for argument k; `entry` reads like "dy[0] / dx[2]"."""
        what = "gradient" if self.order == 1 else "second derivative"
        how = f"central differences, step {found.step:g}" if found.step else \
            f"{self.name} cannot be evaluated on both sides"
        error = GradientError(
            f"gradcheck: the {what} of {self.name} with respect to {self.names[k]} is wrong\n"
            f"  at        {entry}\n"
            f"  analytic  {found.analytic:.12g}\n"
            f"  numeric   {found.numeric:.12g}   ({how})"
            f"{hint}")
        error.argument = self.names[k] if found.step else None
        raise error


# ---- small Jacobians: every entry ---------------------------------------------------------------

def _check_every_entry(point):
    jacobians = jacobian(point.f, tuple(range(len(point.arrays))))(*point.arrays)
    for k, (x, matrix) in enumerate(zip(point.host, jacobians)):
        columns = backend.to_numpy(matrix).reshape(*point.y.shape, x.size)
        worst, at = None, None
        for j in range(x.size):
            found = disagreement(point.along(k), x, unit(x, j), columns[..., j],
                                 *TOLERANCES[point.order])
            if found and (worst is None or not found.excess <= worst.excess):
                worst, at = found, j
        if worst:
            output = "dH" if point.order == 2 else f"dy{_at(worst.index)}"
            point.fail(k, f"{output} / d{_entry(point.names[k], at, x)}", worst,
                       kink(point.along(k), x, at, worst.index))


# ---- large ones: random directions, and some columns --------------------------------------------

def _check_sample(point):
    """Hold u^T J for one random u, where every entry of J counts, against differences of <u, f>."""
    u = backend.standard_normal(WEIGHTS_SEED, point.y.shape, like=point.y)
    _, pullback = vjp(point.f, *point.arrays)
    gradients = pullback(backend.from_host(u, like=point.arrays[0]))
    for k, (x, g) in enumerate(zip(point.host, map(backend.to_numpy, gradients))):
        def weighted(x, k=k):           # f(x) - y: what did not move is 0 and adds no noise
            return (u * (point.value(k, x) - point.y)).sum()
        found = wrong_entry(weighted, x, g, *TOLERANCES[point.order], every=0)
        if found:
            j, worst = found
            point.fail(k, f"d<u, y> / d{_entry(point.names[k], j, x)}, u random", worst)


# ---- who is to blame ----------------------------------------------------------------------------

def _blame(y, name, order):
    """A hint with the rules below y that do not fit their own forward; none if f is a single op."""
    wrong = []
    for node in ancestors(y) if y.requires_grad else ():
        if node.op is not None and node.op.name != name:
            argument = _wrong_input(node, order)
            if argument and (node.op.name, argument) not in wrong:
                wrong.append((node.op.name, argument))
    return "".join(f"\n  hint      the rule of {op} for its input {argument} does not fit its "
                   "forward" for op, argument in wrong)


def _wrong_input(node, order):
    """The input for which this node's own rule fails, or None."""
    positions = [i for i, x in enumerate(node.inputs) if isinstance(x, Tensor) and x.requires_grad]

    def op(*xs):
        given = dict(zip(positions, xs))
        return replay(node, [given.get(i, x) for i, x in enumerate(node.inputs)])

    names = [node.op.names[0 if node.op.variadic else i] for i in positions]
    try:
        _verify(op, node.op.name, names, [node.inputs[i].data for i in positions], order)
    except GradientError as error:
        return getattr(error, "argument", None)
    return None


# ---- names, inputs, outputs ---------------------------------------------------------------------

def _names(f, n):
    """(name of f, names of its first n arguments)."""
    name = getattr(f, "name", None) or getattr(f, "__name__", None) or type(f).__name__
    try:
        parameters = inspect.signature(f).parameters.values()
    except ValueError:                          # some functions written in C tell no signature
        parameters = ()
    names = []
    for p in parameters:
        names += [f"{p.name}[{i}]" for i in range(n)] if p.kind is p.VAR_POSITIONAL else [p.name]
    return "the function" if name == "<lambda>" else name, (names + [f"x{i}" for i in range(n)])[:n]


def _float64(what, x):
    array = x.data if isinstance(x, Tensor) else x if backend.is_array(x) else backend.asarray(x)
    space = backend.namespace(array)
    if array.dtype != space.float64:
        raise TypeError(f"gradcheck needs float64 to tell an error from rounding, and {what} is "
                        f"{array.dtype}\n  hint      x.astype(\"float64\"); integers belong into "
                        "the function: lambda x: f(x, labels)")
    return space.asarray(array, copy=True)


def _outputs(y):
    return tuple(_tensor(part) for part in (y if isinstance(y, tuple) else (y,)))


def _tensor(y):
    if isinstance(y, Tensor):
        return y
    if backend.is_array(y) or isinstance(y, (int, float)):
        return Tensor(y)                        # the function cut the graph: every derivative is 0
    raise TypeError("gradcheck: the function must return a Tensor or a tuple of them, "
                    f"got {type(y).__name__}")


def _leaf(array):
    x = wrap(array)
    x.requires_grad = True
    return x


def _entry(name, k, x):
    return f"{name}{_at(unravel(k, x.shape))}"


def _at(index):
    return f"[{', '.join(map(str, index))}]" if index else ""
