"""The best discriminator there is, how far a given one is from it, and what the game is worth.

Everything about D is said by its logit s(x), D(x) = sigmoid(s(x)); D = 1 means real.
"""
import math
from typing import NamedTuple

from ... import backend
from ...autodiff import ops
from ...autodiff.tensor import no_grad
from ...distributions import Bernoulli, Estimate, kl
from ...distributions.base import raw
from ...elbo import estimates
from .quadrature import at, nodes
from .sampler import at_home, draw

_SURE = 1e3             # as a logit: 0 and 1 in float64 are sure from 745 on
_MISSING = 0.01         # of a density, outside of an interval or between its nodes


def optimal_logit(log_data, log_model, *, real=1.0, fake=0.0):
    """s*(x) = log p_data(x) - log p_g(x), so that D* = p_data / (p_data + p_g).

    Log-densities at the same points in, logits of the same shape out.  No D has a larger value of
    the game (Goodfellow et al. 2014, Prop. 1).  Trained on the labels `real` for data and `fake`
    for samples, in [0, 1], the best is

        D* = (real p_data + fake p_g) / (p_data + p_g),

    so labels of 0.9 and 0 only lower it, and a fake label above 0 makes D reward, where p_g is,
    what the generator does already (Salimans et al. 2016, section 3.4).  NaN where both are 0.
    """
    if not (0 <= real <= 1 and 0 <= fake <= 1):
        raise ValueError("optimal_logit: a label is a probability\n"
                         f"  expected  numbers in [0, 1]\n  got       {real!r} and {fake!r}")
    return _log_sum(log_data, real, log_model, fake) - _log_sum(log_data, 1 - real,
                                                                log_model, 1 - fake)


def _log_sum(log_p, a, log_q, b):
    """log(a p + b q); a term with the factor 0 is left out."""
    terms = [log_x if c == 1 else log_x + math.log(c)
             for log_x, c in ((log_p, a), (log_q, b)) if c > 0]
    if len(terms) == 2:
        return ops.logsumexp(ops.stack(terms), axis=0)
    return terms[0] if terms else -math.inf


class FromOptimal(NamedTuple):
    """How far D is from D*, averaged over (p_data + p_g) / 2: half of the points are data."""

    probability: Estimate       # E |D - D*|, from 0 to 1
    kl: Estimate                # E KL(Bernoulli(D*) || Bernoulli(D)), in nats

    def __str__(self):
        return (f"D is {_text(self.probability)} from the optimal one, "
                f"{_text(self.kl)} nats of its loss")


@no_grad()
def from_optimal(score, data, model, *, n=10_000, rng):
    """E |D - D*| and E KL(Bernoulli(D*) || Bernoulli(D)), x from (p_data + p_g) / 2.

        print(from_optimal(gan.score, data, generator, rng=0))

    `score` is the logit of D, a function of (N, ...); `data` and `model` have `sample` and
    `log_prob`; n points are drawn from each.  Twice the divergence is all that the loss of D,
    -E log D - E log(1 - D), is above the least possible.  A logit beyond +-1000 counts as +-1000.
    -> FromOptimal, two Estimates
    """
    rng = backend.rng(rng)
    absolute, divergence = [], []
    for source in (data, model):
        x = draw(source, n, rng=rng)
        found, *log_densities = (_host(f(at_home(f, x)), n)
                                 for f in (score, data.log_prob, model.log_prob))
        found, best = _bounded(found), _finite_logit(*log_densities)
        absolute.append(_apart(best, found))
        divergence.append(_divergence(best, found))
    return FromOptimal(_mean_of_both(absolute), _mean_of_both(divergence))


class Value(NamedTuple):
    """The value of the game of D and G, for densities on a line, by quadrature."""

    value: float            # V(D) = E_data log D + E_model log(1 - D), in nats
    best: float             # V(D*) = -log 4 + 2 JSD
    probability: float      # E |D - D*| under (p_data + p_g) / 2
    kl: float               # E KL(Bernoulli(D*) || Bernoulli(D)) = (best - value) / 2

    def __str__(self):
        return (f"V(D) = {self.value:.4f} nats, {self.best - self.value:.4f} below V(D*) = "
                f"-log 4 + 2 JSD = {self.best:.4f}; |D - D*| = {self.probability:.4f}")


@no_grad()
def game_value(score, data, model, interval):
    """V(D) = integral of p_data log D + p_g log(1 - D), against V(D*) = -log 4 + 2 JSD.

    Goodfellow et al. (2014), eq. 1 and Th. 1, on a line: `data` and `model` are densities with
    `log_prob`, or functions that give it, `score` the logit of D, each of (N, 1); `interval`
    (low, high) holds all of both: ValueError where 1 % of one is missing.  A logit beyond +-1000
    counts as +-1000.   -> Value, in nats
    """
    x, weights = nodes(interval)
    (log_p, log_q), found = _held("game_value", (data, model), x, weights), at(score, x)
    p, q = weights * ops.exp(log_p), weights * ops.exp(log_q)
    best = _finite_logit(log_p, log_q)
    found = _bounded(ops.where(p + q > 0, found, 0.0))      # what D says of nothing is no matter
    value = ops.sum(p * ops.log_sigmoid(found) + q * ops.log_sigmoid(-found))
    return Value(float(value), -math.log(4) + 2 * jensen_shannon(data, model, interval),
                 float(ops.sum((p + q) * _apart(best, found))) / 2,
                 float(ops.sum((p + q) * _divergence(best, found))) / 2)


@no_grad()
def jensen_shannon(p, q, interval):
    """JSD(p, q) = KL(p || m) / 2 + KL(q || m) / 2,  m = (p + q) / 2,  in nats.   -> float

    From 0 for equal densities to log 2 for two that do not meet.  p and q are densities on the
    line with `log_prob`, or functions that give it, of (N, 1); `interval` (low, high) has to hold
    all of both: by quadrature, to 1e-9 where 1/400 of it is no wider than what the densities do.
    ValueError where one of them does not add up to 1 there, within 1 %.
    """
    x, weights = nodes(interval)
    log_p, log_q = _held("jensen_shannon", (p, q), x, weights)
    logit = _finite_logit(log_p, log_q)
    # log p / m = log 2 + log sigmoid(log p - log q), finite wherever p is not 0
    return math.log(2) + 0.5 * float(ops.sum(
        weights * (ops.exp(log_p) * ops.log_sigmoid(logit)
                   + ops.exp(log_q) * ops.log_sigmoid(-logit))))


def _held(what, densities, x, weights):
    """The log-densities at the nodes x, each of a density that these hold."""
    found = [at(density, x) for density in densities]
    masses = [float(ops.sum(weights * ops.exp(log_p))) for log_p in found]
    if not all(abs(mass - 1) <= _MISSING for mass in masses):
        raise ValueError(f"{what}: the interval holds all of both densities\n"
                         "  expected  integrals of 1\n"
                         f"  got       {masses[0]:.4g} and {masses[1]:.4g}, in 400 panels\n"
                         "  hint      a wider interval; a narrower one if a density is a needle")
    return found


def _finite_logit(log_p, log_q):
    """log p - log q, where -1000 stands for log 0: as sure as float64 can be, and 0 where both are.
    """
    return ops.maximum(log_p, -_SURE) - ops.maximum(log_q, -_SURE)


def _bounded(logit):
    """The logit, where 1000 stands for infinity: D = 1, whose log(1 - D) is no number."""
    return ops.clip(logit, -_SURE, _SURE)


def _apart(best, found):
    return ops.abs(ops.sigmoid(found) - ops.sigmoid(best))


def _divergence(best, found):
    return kl(Bernoulli(logits=best), Bernoulli(logits=found))


def _host(values, n):
    """(n,) or (n, 1) as (n,) on the host, in float64."""
    return ops.reshape(ops.astype(backend.to_numpy(raw(values)), "float64"), (n,))


def _mean_of_both(halves):
    """The mean over data and over samples, each with half of the weight."""
    means = [estimates.mean(half) for half in halves]
    return estimates.over_examples(Estimate(*(ops.stack(list(each)) for each in zip(*means))))


def _text(estimate):
    return f"{estimate.value:.4f} +- {estimate.standard_error:.4f}"
