"""What a VAE does with its code: how many nats it is worth, and which of its numbers say anything.

A model is anything with

    encode(x)       q(z|x) for examples (N, *image), with batch_shape (N,): independent Normals
    decode(z)       p(x|z) for codes (N, Z), with batch_shape (N,)
    prior           p(z), a distribution of codes (Z,)

Everything is in nats per example, summed over pixels and over Z; standard errors are over the
examples.  No graph is recorded, and memory does not grow with the square of N.
"""
import math
from typing import NamedTuple

from .. import backend
from ..autodiff import ops
from ..autodiff.tensor import no_grad
from ..distributions import Estimate, kl
from ..distributions.base import raw
from ..elbo import estimates
from ..elbo.bounds import as_examples, log_likelihood

ACTIVE = 0.01           # Burda et al. (2016), appendix C: Var_x(E_q[z_j|x]) of a unit in use
NOTHING = 0.1           # nats: a code that tells, or is worth, less than this is not in use
_PART = 500             # examples at a time


class RateDistortion(NamedTuple):
    """A point of the plane of Alemi et al. (2018): what the code costs, what it leaves unsaid."""

    rate: Estimate          # KL(q(z|x) || p(z))
    distortion: Estimate    # -E_q[log p(x|z)]
    elbo: Estimate          # - distortion - rate

    def __str__(self):
        return (f"rate {_text(self.rate)}, distortion {_text(self.distortion)}, "
                f"ELBO {_text(self.elbo)} nats per example")


class Units(NamedTuple):
    """What each of the Z numbers of a code does, as two tuples of Z numbers."""

    kl: tuple               # KL(q(z_j|x) || p(z_j)), averaged over x: they add up to the rate
    variance: tuple         # Var_x(E_q[z_j|x])

    @property
    def active(self):
        """How many are in use: Var_x(E_q[z_j|x]) > 0.01."""
        return sum(v > ACTIVE for v in self.variance)

    def __str__(self):
        largest = ", ".join(f"{v:.2f}" for v in sorted(self.kl, reverse=True))
        return (f"{self.active} of {len(self.kl)} units are active; "
                f"KL of each, in nats: {largest}")


class Information(NamedTuple):
    """The rate, split in two: I(x; z) + KL(q(z) || p(z)) (Hoffman and Johnson 2016)."""

    nats: Estimate          # E[log q(z|x) / q(z)], at most log N
    mismatch: Estimate      # E[log q(z) / p(z)]
    examples: int           # N

    @property
    def limit(self):
        """log N: no code can say more than which of N examples it was."""
        return math.log(self.examples)

    def __str__(self):
        return (f"information {_text(self.nats)} (at most log N = {self.limit:.2f} for the N = "
                f"{self.examples:,} examples), mismatch {_text(self.mismatch)} nats")


class Collapse(NamedTuple):
    """ "collapsed", "partly collapsed", "healthy" or "no number", and on what evidence."""

    verdict: str
    evidence: str
    worth: Estimate         # log p(x|z) - log p(x|z'), z' the code of another example, in nats

    def __str__(self):
        return f"{self.verdict}: {self.evidence}"


class Examination(NamedTuple):
    """Everything that `examine` finds; prints as four lines."""

    rate_distortion: RateDistortion
    units: Units
    information: Information
    collapse: Collapse

    def __str__(self):
        return "\n".join(map(str, self))


@no_grad()
def rate_distortion(model, x, *, rng, draws=1):
    """(KL(q(z|x) || p(z)), -E_q[log p(x|z)]), averaged over x: ELBO = - distortion - rate.

    The rate is exact, the distortion a mean over `draws` codes an example.  -> RateDistortion
    """
    rng, x, rate, distortion = backend.rng(rng), _examples(x), [], []
    for part in _parts(x):
        q = model.encode(part)
        rate.append(kl(q, model.prior))
        distortion.append(-ops.mean(log_likelihood(model, part, q.sample(draws, rng=rng)), axis=0))
    rate, distortion = _host(rate), _host(distortion)
    return RateDistortion(_mean(rate), _mean(distortion), _mean(-distortion - rate))


@no_grad()
def units(model, x):
    """KL(q(z_j|x) || p(z_j)), averaged over x, and Var_x(E_q[z_j|x]), for each j.   -> Units

    Both are exact for these x.  The variance divides by N.
    """
    x = _examples(x)
    posteriors = [model.encode(part) for part in _parts(x)]
    divergence = _host(kl(q.base, model.prior.base) for q in posteriors)
    means = _host(q.mean for q in posteriors)
    return Units(_floats(ops.mean(divergence, axis=0)), _floats(ops.var(means, axis=0)))


@no_grad()
def information(model, x, *, rng, draws=1):
    """I(x; z) = E[log q(z|x) - log q(z)],  q(z) = (1/N) sum_n q(z|x_n),  z ~ q(z|x_n).

    x is one of the N examples given, each as likely: all N terms of q(z) are added up, for each of
    `draws` codes an example, which takes N^2 Z steps.  No draw can say more than log N, so an
    estimate near that says only that the codes of these examples do not overlap; more examples,
    more room.  What is left of the exact rate is KL(q(z) || p(z)).  -> Information
    """
    rng, x = backend.rng(rng), _examples(x)
    posteriors = [model.encode(part) for part in _parts(x)]
    n, nats = x.shape[0], []
    for q in posteriors:
        said = 0.0
        for _ in range(draws):
            z = q.sample(rng=rng)
            beside = ops.expand_dims(z, axis=1)                             # (M, 1, Z)
            mixed = [ops.logsumexp(p.log_prob(beside), axis=1) for p in posteriors]
            log_q = ops.logsumexp(ops.stack(mixed), axis=0) - math.log(n)   # log q(z), (M,)
            said = said + (q.log_prob(z) - log_q) / draws
        nats.append(said)
    nats, rate = _host(nats), _host(kl(q, model.prior) for q in posteriors)
    return Information(_mean(nats), _mean(rate - nats), n)


@no_grad()
def exchange(model, x, *, rng):
    """log p(x|z) - log p(x|z'), averaged: what a code is worth to the decoder, in nats.

    z ~ q(z|x), and z' is the code of another example.  A decoder that never looks at its code loses
    nothing: 0, whatever the encoder says.  -> Estimate

    Each code serves twice, as its own example's and as another's, and what both have in common is
    part of the standard error.
    """
    rng, x = backend.rng(rng), _examples(x)
    z = ops.concat([raw(model.encode(part).sample(rng=rng)) for part in _parts(x)])
    order = rng.permutation(x.shape[0]).tolist()
    partner = dict(zip(order, order[1:] + order[:1]))           # one cycle: nobody keeps their own
    partner = [partner[i] for i in range(len(order))]
    other = ops.take(z, backend.asarray(partner, "int64"), axis=0)
    worth = _host(log_likelihood(model, part, a[None, ...])[0, ...]
                  - log_likelihood(model, part, b[None, ...])[0, ...]
                  for part, a, b in zip(_parts(x), _parts(z), _parts(other)))
    value, error = _mean(worth)
    centred = worth - value
    shared = float(ops.mean(centred * ops.take(centred, partner, axis=0)))      # a covariance
    return Estimate(value, math.sqrt(error ** 2 + 2 * max(shared, 0.0) / len(order)))


def collapse(model, x, *, rng):
    """Is the code in use?  The verdict on posterior collapse (Bowman et al. 2016).   -> Collapse

        "collapsed"             the code tells, or is worth to the decoder, less than 0.1 nats
        "partly collapsed"      some units are not active.  A model that has more numbers than it
                                needs leaves some at the prior: that costs nothing
        "healthy"               every unit is active
        "no number"             what the code tells, or is worth, is NaN: the model is broken
    """
    rng = backend.rng(rng)
    return _verdict(units(model, x), information(model, x, rng=rng), exchange(model, x, rng=rng))


def examine(model, x, *, rng, draws=1):
    """All instruments on one set of examples.   -> Examination, which prints as four lines"""
    rng = backend.rng(rng)
    found = units(model, x), information(model, x, rng=rng, draws=draws)
    verdict = _verdict(*found, exchange(model, x, rng=rng))
    return Examination(rate_distortion(model, x, rng=rng, draws=draws), *found, verdict)


def _verdict(found, told, worth):
    size = len(found.variance)
    evidence = (f"{found.active} of {size} units active; the code tells {_number(told.nats.value)} "
                f"nats; to decode another's costs {_number(worth.value)}")
    if math.isnan(told.nats.value) or math.isnan(worth.value):
        return Collapse("no number", evidence, worth)
    if min(told.nats.value, worth.value) < NOTHING:
        return Collapse("collapsed", evidence, worth)
    verdict = "healthy" if found.active == size else "partly collapsed"
    return Collapse(verdict, evidence, worth)


# ---- examples in parts, and means over them ------------------------------------------------------

def _examples(x):
    x = as_examples(x)
    if x.shape[0] < 2:
        raise ValueError("a standard error over examples needs two of them\n"
                         f"  got       {tuple(x.shape)}")
    return x


def _parts(x):
    n = x.shape[0]
    return (x[start:min(start + _PART, n), ...] for start in range(0, n, _PART))


def _host(parts):
    """Arrays or Tensors (n, ...), joined on the host in float64: a mean of them loses nothing."""
    return ops.concat([ops.astype(backend.to_numpy(raw(part)), "float64") for part in parts])


def _mean(values):
    return Estimate(*map(float, estimates.mean(values)))


def _floats(values):
    return tuple(map(float, values))


def _text(estimate):
    return f"{_number(estimate.value)} +- {estimate.standard_error:.2f}"


def _number(value):
    return f"{round(value, 2) + 0.0:.2f}"           # + 0.0 takes the sign from -0.0
