"""Functions in, derivatives out: grad, vjp, jvp, jacobian, hessian, hvp.

    grad(f)(x) = df/dx (x)

`f` is any Python function that computes with Tensors and returns one.  It is run once, on fresh
variables in the place of the arguments that are differentiated, and gradients are read at those
variables: nobody's `.grad` is touched, and however deeply transforms are nested, each
differentiates with respect to its own variables only.

One argument is one array (or Tensor, or number).  Results are arrays for arrays and Tensors as
soon as any argument is a Tensor; only a Tensor can be differentiated again.  So a loss that
contains a gradient and is to be trained passes a Tensor: `sg.grad(critic)(sg.Tensor(x))` still
depends on the weights of the critic.  Where an array argument would silently cut the graph of an
enclosing transform, the result is a Tensor all the same.
"""
import contextlib
import threading

from ... import backend
from ...errors import ShapeError
from .. import ops
from ..engine import Ownership, ancestors, backprop, prepare_seed
from ..tensor import Tensor, require_floating, thread, wrap


def grad(f, argnums=0):
    """x -> df/dx for a function of one or more arguments whose value is a single number.

    `argnums` says which argument, or a tuple of them for a tuple of gradients; each has the shape
    and dtype of its argument.  `grad(grad(f))` is the second derivative.

    Of arrays the gradient is an array, a constant to whatever is computed with it.  A loss that
    contains a gradient and trains the weights that f holds takes it at a Tensor:

        slope = grad(lambda x: critic(x).sum())(Tensor(x))

    Raises ShapeError if f(x) is not a scalar, and TypeError for integer arguments.
    """
    def gradient(*args, **kwargs):
        return value_and_grad(f, argnums)(*args, **kwargs)[1]
    return gradient


def value_and_grad(f, argnums=0):
    """x -> (f(x), df/dx), from a single run of f.  See `grad`."""
    def value_and_gradient(*args, **kwargs):
        trace = _Trace("grad", f, args, kwargs, argnums)
        if trace.y.shape != ():
            raise ShapeError("grad needs a function whose value is a single number\n"
                             f"  expected  shape ()\n  got       shape {trace.y.shape}\n"
                             "  hint      take .sum() or .mean() of it, or use sg.jacobian")
        return trace.value, trace.one_or_all(trace.pull())
    return value_and_gradient


def vjp(f, *args):
    """(f(x), pullback) with pullback(u) = u^T J, one gradient for each argument, in a tuple.

    J = df/dx is never formed: this is one backward pass, seeded with u of the shape of f(x).
    """
    args = [_own(x) for x in args]      # the pullback may be called when the caller's have changed
    trace = _Trace("vjp", f, args, {}, tuple(range(len(args))))
    return trace.value, trace.pull


def jvp(f, primals, tangents):
    """(f(x), J t): how f(x) changes when x moves along t.

    Several arguments come in a tuple, and so do their tangents.  The engine knows only u -> u^T
    J, one rule for each input of each op.  That map is linear in u, and its own vector-Jacobian
    product with t is J t: two backward passes, and no second set of rules to write and to get
    wrong (the double-backward trick of J. Townsend, 2017).
    """
    primals = primals if isinstance(primals, tuple) else (primals,)
    tangents = tangents if isinstance(tangents, tuple) else (tangents,)
    if len(primals) != len(tangents):
        raise ValueError(f"jvp: {len(primals)} primals need as many tangents, got {len(tangents)}")
    trace = _Trace("jvp", f, primals, {}, tuple(range(len(primals))), beside=tangents)
    tangents = [_tangent(x, t) for x, t in zip(trace.variables, tangents)]
    with _recording() as outside:
        u = _variable("jvp", 0, trace.space.ones_like(trace.y.data))
        product = sum(ops.sum(g * t) for g, t in zip(trace.pull(u), tangents))      # u^T J t
    remembers = trace.remembers or (outside and any(isinstance(t, Tensor) and t.requires_grad
                                                    for t in tangents))
    return trace.value, _pull(product, None, (u,), remembers, trace.gives_tensors)[0]


def jacobian(f, argnums=0):
    """x -> J with J[i, j] = df_i/dx_j, of shape f(x).shape + x.shape.

    One run of f and one backward pass for each entry of f(x), so it is the transform of functions
    with few outputs.
    """
    def jacobian_of_f(*args, **kwargs):
        trace = _Trace("jacobian", f, args, kwargs, argnums)
        rows = [trace.pull(seed) for seed in unit_arrays(trace.y.data)]
        return trace.one_or_all(tuple(trace.stack(rows, k) for k in range(len(trace.variables))))
    return jacobian_of_f


def hessian(f, argnums=0):
    """x -> H with H[i, j] = d2f / dx_i dx_j for a scalar f, of shape x.shape + x.shape.

    With a tuple of argnums, a tuple of tuples: [k][l] holds the derivatives by arguments k and l.
    """
    if isinstance(argnums, tuple):
        rows = [jacobian(grad(f, k), argnums) for k in argnums]
        return lambda *args, **kwargs: tuple(row(*args, **kwargs) for row in rows)
    return jacobian(grad(f, argnums), argnums)


def hvp(f, x, v):
    """H v, the Hessian of a scalar f times a vector v of the shape of x, without forming H.

    H is symmetric, so H v = v^T H: a backward pass through the gradient.  The cost is that of a few
    gradients, whatever the size of x (Pearlmutter 1994).
    """
    gradient, pullback = vjp(grad(f), x)
    return pullback(_of_shape("hvp: v has the shape of x", gradient, v))[0]


# ---- one run of f, and the way back -------------------------------------------------------------

class _Enclosing(threading.local):
    """Numbers of the variables of all transforms that are running in this thread."""

    variables = frozenset()


_enclosing = _Enclosing()


@contextlib.contextmanager
def _recording():
    """Ops remember, even under no_grad: a derivative is one there too.  Yields what held before."""
    before, thread.recording = thread.recording, True
    try:
        yield before
    finally:
        thread.recording = before


class _Trace:
    """One run of f on fresh variables: y = f(..., variable, ...)."""

    def __init__(self, what, f, args, kwargs, argnums, beside=()):
        self.single = not isinstance(argnums, tuple)
        argnums = (argnums,) if self.single else argnums
        positions = [_position(what, k, len(args)) for k in argnums]
        enclosing = _enclosing.variables
        with _recording() as outside:
            fresh = {k: _variable(what, k, args[k], outside) for k in positions}
            _enclosing.variables = enclosing | {x.order for x in fresh.values()}
            try:
                y = f(*[fresh.get(k, x) for k, x in enumerate(args)], **kwargs)
            finally:
                _enclosing.variables = enclosing
        self.variables = tuple(fresh[k] for k in positions)
        self.y = _as_tensor(what, y)
        self.space = backend.namespace(self.y.data)
        given = (*args, *kwargs.values(), *beside)
        self._settle(outside, enclosing, any(isinstance(x, Tensor) for x in given))

    def _settle(self, outside, enclosing, given_a_tensor):
        """Are results Tensors, and do they remember the graph that lies outside of this run?"""
        self.gives_tensors, self.remembers = given_a_tensor, False
        if self.y.requires_grad and (given_a_tensor or enclosing):
            own = {x.order for x in self.variables}
            nodes = ancestors(self.y)
            self.gives_tensors |= any(x.order in enclosing for x in nodes)
            leads_outside = any(x.op is None and x.order not in own for x in nodes)
            self.remembers = outside and self.gives_tensors and leads_outside

    @property
    def value(self):
        if not self.gives_tensors:
            return self.y.data
        return self.y if self.remembers else wrap(self.y.data)

    def pull(self, seed=None):
        """seed^T J: the gradient at each variable, as the caller of the transform sees it."""
        is_tensor = isinstance(seed, Tensor)
        remembers = self.remembers or (is_tensor and seed.requires_grad and thread.recording)
        return _pull(self.y, seed, self.variables, remembers, self.gives_tensors or is_tensor)

    def stack(self, rows, k):
        """The k-th entries of rows u^T J as one array of shape y.shape + x.shape."""
        x = self.variables[k]
        if rows:
            array = ops.stack([row[k] for row in rows])
        else:
            zero = self.space.zeros_like(x.data)
            array = ops.broadcast_to(wrap(zero) if self.gives_tensors else zero, (0, *x.shape))
        return ops.reshape(array, self.y.shape + x.shape)

    def one_or_all(self, results):
        return results[0] if self.single else results


def _pull(y, seed, variables, remembers, gives_tensors):
    """One backward pass: the gradient at each variable, 0 where no path leads to it."""
    seed = prepare_seed(y, seed, remembers)
    found = backprop(y, seed, remembers, variables) if y.requires_grad else {}
    own = Ownership(seed)               # what is handed out as an array belongs to the caller
    gradients = []
    for x in variables:
        g = found[x.order][1] if x.order in found else backend.namespace(x.data).zeros_like(x.data)
        if not isinstance(g, Tensor):
            g = wrap(own(g)) if gives_tensors else own(g)
        gradients.append(g)
    return tuple(gradients)


def _own(x):
    """A copy of an array; Tensors and numbers as they are."""
    return backend.namespace(x).asarray(x, copy=True) if backend.is_array(x) else x


def _position(what, k, n):
    if not hasattr(k, "__index__"):
        raise TypeError(f"{what}: argnums is the number of an argument, or a tuple of numbers\n"
                        f"  got       {k!r}")
    if not -n <= k < n:
        raise TypeError(f"{what}: there is no argument {k}, the function was called with {n}")
    return k % n


def _variable(what, k, x, outside=False):
    """A fresh tensor with the value of x to differentiate with respect to.

    Where x has a history of its own that counts, the variable is a node on top of it, so that the
    result can be differentiated through x; otherwise it is a leaf.
    """
    if outside and isinstance(x, Tensor) and x.requires_grad:
        return ops.identity(x)
    array = x.data if isinstance(x, Tensor) else x if backend.is_array(x) else backend.asarray(x)
    try:
        require_floating(array)
    except TypeError:
        raise TypeError(f"{what}: argument {k} holds {array.dtype}, and a derivative needs floats\n"
                        "  hint      write 1.0 instead of 1, or x.astype(\"float64\")") from None
    variable = wrap(backend.namespace(array).asarray(array))
    variable.requires_grad = True
    return variable


def _as_tensor(what, y):
    if isinstance(y, Tensor):
        return y
    if backend.is_array(y) or isinstance(y, (int, float)):
        return Tensor(y)                                    # a constant: every derivative is 0
    raise TypeError(f"{what}: the function must return one Tensor, got {type(y).__name__}")


def _tangent(x, t):
    return ops.astype(_of_shape("jvp: a tangent has the shape of its primal", x, t), x.dtype)


def _of_shape(rule, x, t):
    values = t if isinstance(t, Tensor) or backend.is_array(t) else backend.asarray(t)
    if values.shape != x.shape:
        raise ShapeError(f"{rule}\n  expected  {x.shape}\n  got       {values.shape}")
    return values


def unit_arrays(like):
    """The arrays with a single 1 among zeros, one for each entry of `like`, in row-major order."""
    xp = backend.namespace(like)
    number = xp.cumulative_sum(xp.reshape(xp.ones_like(like), (-1,)))
    for i in range(1, number.size + 1):
        yield xp.reshape(xp.astype(number == i, like.dtype), like.shape)
