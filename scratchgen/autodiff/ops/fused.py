"""Fused ops: what training spends its time in, as one node each."""
from ..primitive import primitive
from ..shapes import require_equal
from .elementwise import positive, sigmoid, leaky_relu, tanh
from .linalg import matmul
from .reduce import sum
from .shape import matrix_transpose, reshape

# ---- linear: y = f(x w + b) ---------------------------------------------------------------------------

#              dL/d(before) from g = dL/dy and the output y
_ACTIVATIONS = {
    None:         lambda g, y: g,
    "relu":       lambda g, y: g * positive(y),
    "leaky_relu": lambda g, y: g * (0.2 + 0.8 * positive(y)),
    "tanh":       lambda g, y: g * (1 - y * y),
    "sigmoid":    lambda g, y: g * (y * (1 - y)),
}


@primitive("(...,I),(I,O),(O)?->(...,O)", formula="y = x w + b")
def linear(xp, x, w, b=None, activation=None):
    """activation(x w + b) as one node.   (..., I), (I, O), (O) -> (..., O)

    `b` may be None; `activation` is None, "relu", "leaky_relu" (slope 0.2), "tanh" or "sigmoid".
    """
    if activation not in _ACTIVATIONS:
        raise ValueError(f"linear: unknown activation {activation!r}\n"
                         f"  expected  one of {', '.join(str(name) for name in _ACTIVATIONS)}")
    return xp.linear(x, w, b, activation)


linear.shared = lambda g, y, x, w, b, activation=None: _ACTIVATIONS[activation](g, y)
linear.vjp = (lambda g, y, x, w, b, activation=None: matmul(g, matrix_transpose(w)),
              lambda g, y, x, w, b, activation=None: matmul(matrix_transpose(_rows(x)), _rows(g)),
              lambda g, y, x, w, b, activation=None: g)


def _rows(x):
    """All leading axes as one: (..., D) -> (N, D)."""
    return x if len(x.shape) == 2 else reshape(x, (-1, x.shape[-1]))


# ---- losses: logits in, nats out, one number per element ----------------------------------------------

@primitive("(...),(...)->(...)", formula="y = max(l, 0) - l t + log(1 + exp(-|l|))", saves=True)
def bce_with_logits(xp, logits, targets):
    """-t log sigmoid(l) - (1 - t) log(1 - sigmoid(l)), elementwise, in nats.   (...), (...) -> (...)

    The negative log-likelihood of a Bernoulli with these logits.  Exact for every logit, infinite ones
    included; shapes must be equal and nothing is averaged.  Targets lie in [0, 1], else ValueError.
    """
    require_equal("bce_with_logits", logits=logits.shape, targets=targets.shape)
    return xp.bce_with_logits(logits, targets)


bce_with_logits.recompute = lambda y, logits, targets: sigmoid(logits)
bce_with_logits.vjp = (lambda g, y, p, logits, targets: g * (p - targets),
                       lambda g, y, p, logits, targets: -g * logits)
