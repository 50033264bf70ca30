"""KL(p || q) = E_p[log p(x) - log q(x)]: how many nats it costs to take q for p.

Here exactly, where a closed form is known: those of one family stand in closed_forms, those of two
in closed_forms_mixed.  monte_carlo estimates it anywhere.
"""
from ..errors import ShapeError
from .base import broadcast_shape, broadcast_to

_EXACT = {}             # (type of p, type of q) -> the closed form


def exact_kl(p_type, q_type):
    """Decorate `f(p, q)`, the closed form of KL(p || q) for these types and their subclasses."""
    def decorate(f):
        _EXACT[p_type, q_type] = f
        return f
    return decorate


def kl(p, q):
    """KL(p || q) = E_p[log p(x) - log q(x)] >= 0 in nats, exactly.   -> the broadcast batch shape

    It is 0 only for p = q, and not symmetric.  Gradients flow to the parameters of both.

    Raises NotImplementedError where no closed form is known, and ShapeError where the draws of p
    and q have different shapes.
    """
    if p.event_shape != q.event_shape:
        raise ShapeError("kl(p, q): the draws of p and q have different shapes\n"
                         f"  expected  q with event_shape {p.event_shape}\n  got       {q}\n"
                         "  hint      Independent(base, n) makes the last n axes one event")
    shape = broadcast_shape("kl(p, q)", p=p.batch_shape, q=q.batch_shape)
    for a in type(p).__mro__:
        for b in type(q).__mro__:
            if (a, b) in _EXACT:
                return broadcast_to(_EXACT[a, b](p, q), shape)
    raise no_closed_form(p, q)


def no_closed_form(p, q):
    """The error of a pair without a closed form."""
    known = ", ".join(f"{a.__name__} || {b.__name__}" for a, b in _EXACT)
    pair = f"{type(p).__name__} || {type(q).__name__}"
    return NotImplementedError(f"no closed form of KL({pair}) is known\n"
                               f"  expected  one of {known}\n"
                               "  hint      kl_monte_carlo(p, q, n, rng=rng) estimates it")
