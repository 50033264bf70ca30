"""KL(p || q) in closed form, for two distributions of one family.

Each is written so that no large numbers cancel where p and q nearly agree, mostly with

    x - 1 - log x = expm1(v) - v >= 0,   v = log x,

which keeps the digits that x - 1 has lost.  A divergence is infinite where p gives probability to
what q calls impossible, and only there.
"""
import math

from .. import backend
from ..autodiff import ops
from ..autodiff.ops.elementwise import positive
from ..autodiff.ops.tilted import tilted_log_mass, tilted_mean, tilted_variance
from ..errors import ShapeError
from .base import broadcast_shape, broadcast_to, raw
from .bernoulli import Bernoulli
from .categorical import IMPOSSIBLE, Categorical
from .continuous_bernoulli import ContinuousBernoulli
from .divergence import exact_kl, kl
from .independent import Independent
from .laplace import Laplace
from .mvn import MultivariateNormal, on_vectors
from .normal import Normal, StandardNormal
from .uniform import Uniform


def excess(v):
    """exp(v) - 1 - v >= 0, zero only at v = 0."""
    return ops.expm1(v) - v


# ---- on the real line ----------------------------------------------------------------------------

@exact_kl(Normal, Normal)
def _normal_normal(p, q):
    """log(s_q / s_p) + (s_p^2 + (m_p - m_q)^2) / (2 s_q^2) - 1/2

    With v = log(s_p^2 / s_q^2) this is half of exp(v) - 1 - v, plus half a squared distance.
    """
    distance = q.standardise(p.loc)
    return 0.5 * (excess(2 * (p.log_scale - q.log_scale)) + distance * distance)


@exact_kl(Normal, StandardNormal)
def _normal_standard(p, q):
    """(s^2 + m^2 - 1 - log s^2) / 2, Kingma and Welling (2014, appendix B) with the sign turned."""
    shape = broadcast_shape("Normal", loc=p.loc.shape, log_scale=p.log_scale.shape)
    return ops.kl_standard_normal(broadcast_to(p.loc, shape), broadcast_to(p.log_scale, shape))


@exact_kl(Laplace, Laplace)
def _laplace_laplace(p, q):
    """log(b_q / b_p) + (b_p exp(-d / b_p) + d) / b_q - 1,   d = |m_p - m_q|

    With v = log(b_p / b_q) and t = d / b_p, where they are small: exp(v) - 1 - v, plus
    exp(v) (exp(-t) - 1 + t).  Elsewhere nothing cancels, and no ratio of scales is too large.
    """
    v, d = ops.log(p.scale) - ops.log(q.scale), ops.abs(p.loc - q.loc)
    t = d / p.scale
    is_near = (raw(v) < _FAR) & (raw(t) < 1)
    small, close = ops.where(is_near, v, 0.0), ops.where(is_near, t, 0.0)
    near = excess(small) + ops.exp(small) * excess(-close)
    return ops.where(is_near, near, ops.exp(v - t) + d / q.scale - 1 - v)


@exact_kl(Uniform, Uniform)
def _uniform_uniform(p, q):
    """log(width of q / width of p) if p lies inside q, else infinite."""
    outside = (raw(p.low) < raw(q.low)) | (raw(p.high) > raw(q.high))
    return ops.where(outside, math.inf, ops.log(q.width) - ops.log(p.width))


# ---- on [0, 1] and on classes --------------------------------------------------------------------

@exact_kl(ContinuousBernoulli, ContinuousBernoulli)
def _continuous_bernoulli(p, q):
    """A(v) - A(u) - (v - u) A'(u), for the logits u of p and v of q.

    A(v) lies above its tangent at u by this much: A is convex (a Bregman divergence).  By Taylor's
    theorem it is int_0^1 (1 - s) (v - u)^2 A''(u + s (v - u)) ds, in which nothing cancels: this is
    taken where v is near u, by ten points of Gauss and Legendre, exact there to 1e-13.  Grey levels
    are counted from the side where p has most of them, as their mean keeps its digits there.
    """
    swap = 1 - 2 * positive(raw(p.logits))              # -1 where p rises towards 1
    u, v = p.logits * swap, q.logits * swap
    d = v - u
    is_near = abs(raw(d)) < 1 + 0.5 * abs(raw(u))
    near = 0.0
    for s, weight in _POINTS:
        near = near + weight * tilted_variance(u + s * ops.where(is_near, d, 0.0))
    far = tilted_log_mass(v) - tilted_log_mass(u) - d * tilted_mean(u)
    return ops.where(is_near, near * ops.square(d), far)


# Gauss and Legendre's points +-x and weights on [-1, 1], moved to s in [0, 1] and times 1 - s
_GAUSS = ((0.1488743389816312, 0.2955242247147529), (0.4333953941292472, 0.2692667193099964),
          (0.6794095682990244, 0.2190863625159821), (0.8650633666889845, 0.1494513491505806),
          (0.9739065285171717, 0.0666713443086881))
_POINTS = [((1 + x) / 2, w / 2 * (1 - x) / 2) for y, w in _GAUSS for x in (y, -y)]


@exact_kl(Bernoulli, Bernoulli)
def _bernoulli_bernoulli(p, q):
    """P log(P / Q) + (1 - P) log((1 - P) / (1 - Q)) = L - P d,   L = log(1 + P (e^d - 1))

    Here P = sigmoid(u) and d = v - u, for the logits u of p and v of q.  As log(Q / P) = d - L and
    log((1 - Q) / (1 - P)) = -L, it is a sum of excesses over both outcomes as for a Categorical,

        P (exp(d - L) - 1 - (d - L)) + (1 - P) (exp(-L) - 1 + L),

    in which no term is negative and no two large numbers cancel while P <= 1/2.  So the rarer
    outcome counts as 1 (their names do not matter).  Where d is large L is softplus(v) -
    softplus(u), in which nothing overflows.
    """
    impossible = _is_infinite(q.logits) & (raw(p.logits) != raw(q.logits))
    swap = 1 - 2 * positive(raw(p.logits))              # -1 where 1 is the likelier outcome
    u, v = (ops.clip(r.logits, IMPOSSIBLE, -IMPOSSIBLE) * swap for r in (p, q))
    d, rare = v - u, ops.sigmoid(u)
    small = ops.minimum(d, _FAR)
    log_ratio = ops.log1p(rare * ops.expm1(small))
    near = rare * excess(small - log_ratio) + ops.sigmoid(-u) * excess(-log_ratio)
    far = ops.softplus(v) - ops.softplus(u) - rare * d
    return ops.where(impossible, math.inf, ops.where(raw(d) < _FAR, near, far))


_FAR = 30.0             # exp(30) is far from overflow, and beyond it no digits cancel


def _is_infinite(x):
    return backend.namespace(raw(x)).isinf(raw(x))


@exact_kl(Categorical, Categorical)
def _categorical_categorical(p, q):
    """sum_k P_k log(P_k / Q_k) = sum_k P_k (exp(t_k) - 1 - t_k),   t_k = log(Q_k / P_k)

    The terms added, Q_k - P_k, sum to 0 over the classes; with them no term is negative.
    """
    if p.logits.shape[-1] != q.logits.shape[-1]:
        raise ShapeError("kl(p, q): Categorical over different numbers of classes\n"
                         f"  expected  {p.logits.shape[-1]} classes, as in p\n"
                         f"  got       {q.logits.shape[-1]} in q")
    log_p, log_q = p.log_probs, q.log_probs
    impossible = _is_infinite(log_q) & (raw(log_p) > -math.inf)
    log_p, log_q = ops.maximum(log_p, IMPOSSIBLE), ops.maximum(log_q, IMPOSSIBLE)
    t, weight = log_q - log_p, ops.exp(log_p)
    near = weight * excess(ops.minimum(t, _FAR))
    far = ops.exp(log_q) - weight * (1 + t)
    return ops.sum(ops.where(impossible, math.inf, ops.where(raw(t) < _FAR, near, far)), axis=-1)


# ---- vectors -------------------------------------------------------------------------------------

@exact_kl(MultivariateNormal, MultivariateNormal)
def _mvn_mvn(p, q):
    """(tr(S_q^-1 S_p) - D - log det(S_q^-1 S_p) + d^T S_q^-1 d) / 2,   d = m_p - m_q

    M = L_q^-1 L_p is triangular too: the trace is the sum of all M_ij^2, the determinant the
    product of the M_ii^2, so that the diagonal gives M_ii^2 - 1 - log M_ii^2 as two Normals do.
    """
    distance = on_vectors(ops.solve_triangular, q.scale_tril, p.loc - q.loc)
    ratio = ops.solve_triangular(q.scale_tril, p.scale_tril)
    below = ops.sum(ops.square(ops.tril(ratio, k=-1)), axis=(-2, -1))
    v = 2 * (ops.log(ops.diagonal(p.scale_tril)) - ops.log(ops.diagonal(q.scale_tril)))
    return 0.5 * (ops.sum(excess(v), axis=-1) + below
                  + ops.sum(ops.square(distance), axis=-1))


@exact_kl(Independent, Independent)
def _independent_independent(p, q):
    """The sum over the entries of an event: divergences of independent numbers add up."""
    if p.n != q.n:
        raise ShapeError("kl(p, q): Independent over different numbers of axes\n"
                         f"  expected  n = {p.n}, as in p\n  got       n = {q.n} in q")
    return ops.sum(kl(p.base, q.base), axis=tuple(range(-p.n, 0)))
