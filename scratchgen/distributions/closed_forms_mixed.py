"""KL(p || q) in closed form, for distributions of two families.

KL(p || q) = -H(p) - E_p[log q(x)], so what is needed of p is its entropy and a few moments.
"""
import math

from .. import backend
from ..autodiff import ops
from .base import broadcast_to, raw
from .continuous_bernoulli import ContinuousBernoulli
from .divergence import exact_kl, kl, no_closed_form
from .independent import Independent
from .laplace import Laplace
from .mvn import MultivariateNormal
from .normal import HALF_LOG_2PI, Normal
from .uniform import Uniform


# ---- a normal with independent entries is a multivariate normal ----------------------------------

@exact_kl(Independent, MultivariateNormal)
def _diagonal_full(p, q):
    """As between two multivariate normals, p with L = diag(scale)."""
    return kl(_as_multivariate(p, p, q), q)


@exact_kl(MultivariateNormal, Independent)
def _full_diagonal(p, q):
    """As between two multivariate normals, q with L = diag(scale)."""
    return kl(p, _as_multivariate(q, p, q))


def _as_multivariate(independent, p, q):
    base = independent.base
    if not isinstance(base, Normal):
        raise no_closed_form(p, q)
    scale = raw(base.scale)
    identity = backend.namespace(scale).eye(independent.event_shape[0], dtype=scale.dtype,
                                            device=scale.device)
    loc = broadcast_to(base.loc, base.batch_shape)
    scale = broadcast_to(base.scale, base.batch_shape)
    return MultivariateNormal(loc, scale_tril=ops.expand_dims(scale, axis=-1) * identity)


# ---- of distributions with two moments, from a normal --------------------------------------------

def _from_normal(p, q, share):
    """-H(p) + log s + log(2 pi) / 2 + (variance of p + (mean of p - m)^2) / (2 s^2)

    `share` is the variance of p divided by s^2: of a quotient of two scales the square may be a
    float where that of neither is.
    """
    distance = q.standardise(p.mean)
    return q.log_scale + HALF_LOG_2PI - p.entropy() + 0.5 * (share + distance * distance)


@exact_kl(Laplace, Normal)
def _laplace_normal(p, q):
    """The variance of p is 2 b^2."""
    return _from_normal(p, q, 2 * ops.square(p.scale / q.scale))


@exact_kl(Uniform, Normal)
def _uniform_normal(p, q):
    """The variance of p is a twelfth of its squared width."""
    return _from_normal(p, q, ops.square(p.width / q.scale) / 12)


@exact_kl(ContinuousBernoulli, Normal)
def _continuous_bernoulli_normal(p, q):
    """The variance of p is A''(logits)."""
    return _from_normal(p, q, p.variance / q.variance)


# ---- from a Laplace distribution: -H(p) + log(2 b) + E|x - m| / b --------------------------------

@exact_kl(Normal, Laplace)
def _normal_laplace(p, q):
    """E|x - m| = s sqrt(2 / pi) exp(-t^2) + d erf(t),   d = mean of p - m,   t = d / (s sqrt(2))"""
    d = p.loc - q.loc
    t = d / (p.scale * math.sqrt(2))
    distance = p.scale * math.sqrt(2 / math.pi) * ops.exp(-t * t) + d * ops.erf(t)
    return ops.log(2 * q.scale) - p.entropy() + distance / q.scale


@exact_kl(Uniform, Laplace)
def _uniform_laplace(p, q):
    """E|x - m| = d + r^2 / w,   d = |mean of p - m|,   r = max(w / 2 - d, 0), for a width w."""
    d = ops.abs(p.mean - q.loc)
    r = ops.relu(p.width / 2 - d)
    return ops.log(2 * q.scale) - p.entropy() + (d + r * r / p.width) / q.scale


# ---- bounded supports: infinite where p reaches out of q -----------------------------------------

@exact_kl(Normal, Uniform)
@exact_kl(Laplace, Uniform)
def _unbounded_uniform(p, q):
    """Infinite: p gives probability to every number, q to those of an interval."""
    return math.inf + 0 * (p.mean + p.scale + q.width)


@exact_kl(ContinuousBernoulli, Uniform)
def _continuous_bernoulli_uniform(p, q):
    """log(width of q) - H(p) if q holds [0, 1], else infinite."""
    outside = (raw(q.low) > 0) | (raw(q.high) < 1)
    return ops.where(outside, math.inf, ops.log(q.width) - p.entropy())


@exact_kl(Uniform, ContinuousBernoulli)
def _uniform_continuous_bernoulli(p, q):
    """A(v) - v mean - log(width of p) if p lies in [0, 1], else infinite; v are the logits of q."""
    outside = (raw(p.low) < 0) | (raw(p.high) > 1)
    divergence = q.log_normaliser - q.logits * p.mean - ops.log(p.width)
    return ops.where(outside, math.inf, divergence)
