"""Which of several models makes the same examples likelier?  Asked only where it has an answer."""
from typing import NamedTuple

from .. import backend
from ..autodiff.tensor import no_grad
from ..distributions import Estimate
from ..elbo import estimates
from .autoregressive import AutoregressiveBits
from .outliers import outlier_scores

_PIXELS = {"Bernoulli": "bernoulli", "ContinuousBernoulli": "continuous-bernoulli",
           "Normal": "gaussian"}


class Compared(NamedTuple):
    """A model among others: its bound, and how far it is behind the best, in nats per example."""

    name: str
    bound: Estimate
    behind: Estimate        # of paired differences, example by example; 0 +- 0 for the best


class Comparison(tuple):
    """The models, the best first; prints as a table."""

    def __str__(self):
        width = max(len(row.name) for row in self)
        return "\n".join(
            f"{row.name:{width}}  {row.bound.value:9.2f} +- {row.bound.standard_error:.2f} nats"
            + (f"   {row.behind.value:6.2f} +- {row.behind.standard_error:.2f} behind" if i else "")
            for i, row in enumerate(self))


def compare(models, x, *, draws=1, rng):
    """log p(x) of each of {name: model} on the same examples, the best first.   -> Comparison

    With one draw an example it is the ELBO (with a sampled KL), with more the importance-weighted
    bound, and exact where the model is (`draws` then does nothing).

    Models of different likelihoods are refused (ValueError).  Bits have probabilities, at most 0
    nats; a density of grey levels has no such limit, changes with the unit of the pixels, and that
    of a continuous Bernoulli goes to infinity at a pixel that is always 0.  A difference between
    them says nothing about which model is better.
    """
    kinds = {name: likelihood_of(model) for name, model in models.items()}
    if len(set(kinds.values())) > 1:
        width = max(map(len, kinds))
        found = "\n            ".join(f"{name:{width}}  {kind}" for name, kind in kinds.items())
        raise ValueError("compare: nats of different likelihoods cannot be compared\n"
                         f"  expected  one likelihood for all models\n  got       {found}\n"
                         "  hint      train them with the same likelihood, on the same pixels")
    rng = backend.rng(rng)
    values = {name: -outlier_scores(model, x, draws=draws, rng=rng)
              for name, model in models.items()}
    best = max(values.values(), key=lambda v: v.mean())
    rows = [Compared(name, _mean(v), _mean(best - v)) for name, v in values.items()]
    return Comparison(sorted(rows, key=lambda row: row.behind.value))


@no_grad()
def likelihood_of(model):
    """ "bernoulli", "gaussian" or "continuous-bernoulli": what p(x|z) is for one pixel.

    Exact models of images of bits count as "bernoulli": both give probabilities of the same bits.
    TypeError for models that say neither.
    """
    if isinstance(model, AutoregressiveBits):
        return "bernoulli"
    if not hasattr(model, "decode"):
        raise TypeError(f"likelihood_of: a {type(model).__name__} has no p(x|z)\n"
                        "  expected  a VAE, or an autoregressive model of bits")
    return _PIXELS[type(model.decode(model.prior.sample(1, rng=0)).base).__name__]


def _mean(values):
    return Estimate(*map(float, estimates.mean(values)))
