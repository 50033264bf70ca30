"""The activations that fused ops put on in the same node, and the one way back through all of them.

Each is told by a name.  Its slope f'(x) can be read off y = f(x), so x need not be kept.
"""
from ..primitive import primitive

#               d f'(x) / dy, in terms of y = f(x)
ACTIVATIONS = {
    None:         lambda y: 0.0,                # f' = 1
    "relu":       lambda y: 0.0,                # f' = [y > 0]
    "leaky_relu": lambda y: 0.0,                # f' = 1 if y > 0 else 0.2
    "tanh":       lambda y: -2 * y,             # f' = 1 - y^2
    "sigmoid":    lambda y: 1 - 2 * y,          # f' = y (1 - y)
}


def require_activation(op, activation):
    """ValueError unless this is the name of an activation that fused ops have, or None."""
    if activation not in ACTIVATIONS:
        raise ValueError(f"{op}: unknown activation {activation!r}\n"
                         f"  expected  one of {', '.join(str(name) for name in ACTIVATIONS)}")


def before(g, y, activation=None):
    """dL/dx from g = dL/dy, where y = f(x): what fused ops declare as shared by their rules."""
    return g if activation is None else activation_gradient(g, y, activation=activation)


@primitive("(...),(...)->(...)", formula="y = g f' where f = v")
def activation_gradient(xp, g, v, activation):
    """g f'(x), where v = f(x) and f is "relu", "leaky_relu" (slope 0.2), "tanh" or "sigmoid".

    (...), (...) -> (...).  At the kinks relu'(0) = 0 and leaky_relu'(0) = 0.2.
    """
    return xp.activation_gradient(g, v, activation)


activation_gradient.vjp = (
    lambda gy, y, g, v, activation: activation_gradient(gy, v, activation=activation),
    lambda gy, y, g, v, activation: gy * g * ACTIVATIONS[activation](v))
