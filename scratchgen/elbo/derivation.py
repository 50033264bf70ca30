"""From log p(x) to the ELBO in six lines: each a number, its error, and what became of the last."""
import math
from typing import NamedTuple

from .. import backend, viz
from ..autodiff import ops
from ..autodiff.tensor import no_grad
from ..distributions import Estimate, kl
from ..distributions.base import raw
from ..errors import ShapeError
from .bounds import as_examples, chunk_of, log_likelihood
from .estimates import (ENOUGH_FOR_AN_ERROR, critical_value, effective_sample_size, log_mean_exp,
                        mean, over_examples)
from .table import table
from .trust import doubts

FORMULAS = {
    "naive Monte Carlo":   "log E_p(z)[p(x|z)]",
    "with a proposal":     "log E_q[p(x|z) p(z) / q(z|x)]",
    "importance weights":  "log E_q[w],   w = p(x,z) / q(z|x)",
    "Jensen's bound":      "E_q[log w]",
    "rearranged":          "E_q[log p(x|z)] - E_q[log(q(z|x) / p(z))]",
    "ELBO":                "E_q[log p(x|z)] - KL(q(z|x) || p(z))",
}


class Line(NamedTuple("Line", [("name", str), ("formula", str), ("value", float),
                               ("standard_error", float), ("relation", str), ("holds", object)])):
    """One line of a derivation: `value` and its standard error, in nats per example.

    `relation` is "=" or ">=": the line above stands in it to this one ("" in the first line).
    `holds` says whether the two numbers agree: True, False, or None where they cannot tell, and
    then `note` says why.
    """

    note = ""


class Ladder(list):
    """The lines of a derivation; printed as a table, drawn by `plot`.

    draws                       n, for each example and each of three independent samples
    naive_ess, proposal_ess     the effective sample size for each example, (N,), of draws from the
                                prior and from q (the smaller of its two samples)
    """

    def __init__(self, lines, draws, naive_ess, proposal_ess):
        super().__init__(lines)
        self.draws, self.naive_ess, self.proposal_ess = draws, naive_ess, proposal_ess

    def __str__(self):
        examples = self.naive_ess.shape[0]
        title = (f"From log p(x) to the ELBO: {examples:,} example{'s' * (examples > 1)}, "
                 f"{self.draws:,} draws each, nats per example")
        return table(title, self)

    __repr__ = __str__

    def plot(self, *, exact=None, title="From log p(x) to the ELBO", ax=None):
        """The values with their standard errors; a log of a mean not to be trusted is hollow.

        `exact` is log p(x), averaged over the examples, where it is known.  -> Axes
        """
        doubtful = [bool(line.note) and line.formula.startswith("log E") for line in self]
        return viz.intervals(
            {f"{line.name}\n{line.formula}": line.value for line in self},
            [line.standard_error for line in self], hollow=doubtful,
            reference=None if exact is None else (float(exact), "exact log p(x)"),
            title=title, xlabel="nats per example", ax=ax)


@no_grad()
def ladder(model, x, q, n, *, rng):
    """log p(x) = log E_q[w] >= E_q[log w] = ELBO, as a Ladder of six `Line`s.

        naive Monte Carlo       log E_p(z)[p(x|z)]
     =  with a proposal         log E_q[p(x|z) p(z) / q(z|x)]
     =  importance weights      log E_q[w],   w = p(x,z) / q(z|x)
     >= Jensen's bound          E_q[log w]
     =  rearranged              E_q[log p(x|z)] - E_q[log(q(z|x) / p(z))]
     =  ELBO                    E_q[log p(x|z)] - KL(q(z|x) || p(z)), the divergence in closed form

    x (N, *image) are examples, q has batch_shape (N,): one proposal for each, such as
    `model.encode(x)`.  `model` has `prior` and `decode`.  The first three lines have n draws each
    of their own for every example; the last three rewrite the third, on its draws.  Values are
    means over the examples, in nats; the standard error is that of the draws, for these examples.

    The log of a mean is too low by half its squared error (see `log_mean_exp`).  Two lines are
    equal if they differ by no more than that and z standard errors of their difference, with the z
    of all comparisons here (`critical_value`); on the same draws, the difference is taken draw by
    draw.  No verdict is passed (`holds` is None, `note` says why) on a log of a mean that is not to
    be trusted: if the effective sample size is below 100 for one of the examples; or, where the
    model knows its posterior(x), if q has less than 3/4 of its variance in some direction.  Below
    1/2 the weights of a Gaussian posterior have an infinite variance, below 3/4 their fourth moment
    is infinite, and no error estimated from them means anything.  Nor on the last line where there
    are fewer than 1000 draws in all: its error is then no better known.
    """
    x, rng = as_examples(x), backend.rng(rng)
    _require_one_for_each(x, q)
    a = _draw(model, x, model.prior, n, rng)
    b, c = (_draw(model, x, q, n, rng) for _ in range(2))
    naive, proposal = log_mean_exp(a.log_likelihood), log_mean_exp(b.log_weight)
    weights = log_mean_exp(c.log_weight)
    jensen, divergence = mean(c.log_weight), mean(c.log_q - c.log_p)
    reconstruction = mean(c.log_likelihood)
    exact = ops.astype(backend.to_numpy(raw(kl(q, model.prior))), "float64")
    estimates = [naive, proposal, weights, jensen,
                 Estimate(reconstruction.value - divergence.value, jensen.standard_error),
                 Estimate(reconstruction.value - exact, reconstruction.standard_error)]

    relative = ops.exp(c.log_weight - weights.value)                    # w / E[w]
    steps = [("=", _independent(naive, proposal)),
             ("=", _independent(proposal, weights)),
             (">=", _margin(mean(relative - c.log_weight))),
             ("=", 0.0),
             ("=", _margin(divergence))]
    rounding = c.rounding()
    naive_ess = effective_sample_size(a.log_likelihood)
    proposal_ess = ops.minimum(*(effective_sample_size(s.log_weight) for s in (b, c)))
    doubt = doubts(model, x, "the prior", model.prior, naive_ess, n)
    doubt_q = doubts(model, x, "q", q, proposal_ess, n)
    notes = [doubt, doubt or doubt_q, doubt_q, doubt_q, "", _too_few(n * x.shape[0])]

    lines = []
    for (name, formula), estimate, (relation, slack), note in zip(
            FORMULAS.items(), estimates, [("", None), *steps], notes):
        value, error = over_examples(estimate)
        holds = None
        if lines and not note:
            above = lines[-1].value - value
            holds = (above if relation == ">=" else -abs(above)) >= -slack - rounding
        lines.append(Line(name, formula, value, error, relation, holds))
        lines[-1].note = note
    return Ladder(lines, n, naive_ess, proposal_ess)


# ---- draws ---------------------------------------------------------------------------------------

class _Draws(NamedTuple):
    """Log-densities of draws from a proposal, on the host in float64: each (n, N)."""

    log_likelihood: object
    log_p: object
    log_q: object
    eps: float                  # of the numbers that the model computed with

    @property
    def log_weight(self):
        return self.log_likelihood + self.log_p - self.log_q

    def rounding(self):
        """What rounding leaves of a difference between two sums of these numbers."""
        sizes = [float(ops.mean(ops.abs(part))) for part in self[:3]]
        return 256 * self.eps * (1 + sum(sizes))


def _draw(model, x, proposal, n, rng):
    """n draws an example, decoded a chunk at a time."""
    examples = () if proposal.batch_shape else (x.shape[0],)    # the prior is one for all
    parts, chunk = [], chunk_of(x)
    for start in range(0, n, chunk):
        z = proposal.sample((min(chunk, n - start), *examples), rng=rng)
        found = log_likelihood(model, x, z), model.prior.log_prob(z), proposal.log_prob(z)
        parts.append([raw(y) for y in found])
    like = parts[0][0]
    columns = (ops.concat([backend.to_numpy(y) for y in column]) for column in zip(*parts))
    return _Draws(*(ops.astype(y, "float64") for y in columns),
                  eps=float(backend.namespace(like).finfo(like.dtype).eps))


def _require_one_for_each(x, q):
    if len(q.batch_shape) != 1 or q.batch_shape != tuple(x.shape[:1]):
        raise ShapeError("ladder: q must be one distribution of codes for each example\n"
                         f"  expected  batch_shape ({x.shape[0] if x.shape else 'N'},)\n"
                         f"  got       {q}")


def _too_few(draws):
    if draws >= ENOUGH_FOR_AN_ERROR:
        return ""
    return (f"{draws:,} draws are too few for a standard error that one can go by (wanted "
            f"{ENOUGH_FOR_AN_ERROR:,})")


# ---- how far two lines may be apart --------------------------------------------------------------

def _margin(difference):
    """z standard errors of a mean over examples."""
    return critical_value() * over_examples(difference).standard_error


def _independent(a, b):
    """The same for the difference of two logs of means on independent draws, and their biases."""
    errors = [estimate.standard_error for estimate in (a, b)]
    bias = sum(float(ops.mean(ops.square(error))) / 2 for error in errors)
    return math.hypot(_margin(a), _margin(b)) + bias
