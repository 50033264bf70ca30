"""KL(p || q) = E_p[log p(x) - log q(x)]: how many nats it costs to take q for p.

Here exactly, where a closed form is known; monte_carlo estimates it anywhere.
"""
from ..autodiff import ops
from ..autodiff.ops.elementwise import positive
from ..errors import ShapeError
from .base import broadcast_shape, broadcast_to, raw
from .bernoulli import Bernoulli
from .independent import Independent
from .normal import Normal, StandardNormal

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
    known = ", ".join(f"{a.__name__} || {b.__name__}" for a, b in _EXACT)
    pair = f"{type(p).__name__} || {type(q).__name__}"
    raise NotImplementedError(f"no closed form of KL({pair}) is known\n"
                              f"  expected  one of {known}\n"
                              "  hint      kl_monte_carlo(p, q, n, rng=rng) estimates it")


@exact_kl(Normal, Normal)
def _normal_normal(p, q):
    """log(s_q / s_p) + (s_p^2 + (m_p - m_q)^2) / (2 s_q^2) - 1/2

    With v = log(s_p^2 / s_q^2) this is half of exp(v) - 1 - v, plus half a squared distance.
    Neither is ever negative, and expm1 keeps the digits of the first where the scales nearly agree.
    """
    v = 2 * (p.log_scale - q.log_scale)
    distance = (p.loc - q.loc) / q.scale
    return 0.5 * (ops.expm1(v) - v + distance * distance)


@exact_kl(Normal, StandardNormal)
def _normal_standard(p, q):
    """(s^2 + m^2 - 1 - log s^2) / 2, Kingma and Welling (2014, appendix B) with the sign turned."""
    shape = broadcast_shape("Normal", loc=p.loc.shape, log_scale=p.log_scale.shape)
    return ops.kl_standard_normal(broadcast_to(p.loc, shape), broadcast_to(p.log_scale, shape))


@exact_kl(Bernoulli, Bernoulli)
def _bernoulli_bernoulli(p, q):
    """P log(P / Q) + (1 - P) log((1 - P) / (1 - Q)) = log(1 + P (e^d - 1)) - P d

    Here P = sigmoid(u) and d = v - u, for the logits u of p and v of q.  On the right no two large
    numbers cancel while P <= 1/2, so the rarer outcome counts as 1 (their names do not matter), and
    the result keeps its digits and its sign where p and q nearly agree.  The logarithm is also
    softplus(u + d) - softplus(u), in which a large d cannot overflow.
    """
    swap = 1 - 2 * positive(p.logits)                   # -1 where 1 is the likelier outcome
    u, d = swap * p.logits, swap * (q.logits - p.logits)
    rare = ops.sigmoid(u)
    near = ops.log1p(rare * ops.expm1(ops.minimum(d, _FAR)))
    far = ops.softplus(u + d) - ops.softplus(u)
    return ops.where(raw(d) < _FAR, near, far) - rare * d


_FAR = 30.0             # exp(30) is far from overflow, and beyond it no digits cancel


@exact_kl(Independent, Independent)
def _independent_independent(p, q):
    """The sum over the entries of an event: divergences of independent numbers add up."""
    if p.n != q.n:
        raise ShapeError("kl(p, q): Independent over different numbers of axes\n"
                         f"  expected  n = {p.n}, as in p\n  got       n = {q.n} in q")
    return ops.sum(kl(p.base, q.base), axis=tuple(range(-p.n, 0)))
