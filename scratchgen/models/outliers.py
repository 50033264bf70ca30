"""Which examples does a model find unlikely, and does that tell two kinds of example apart?"""
import inspect

from .. import backend
from ..autodiff import ops
from ..autodiff.tensor import no_grad
from ..distributions import Estimate
from ..distributions.base import raw
from ..elbo.bounds import as_examples

_PART = 500             # examples at a time


@no_grad()
def outlier_scores(model, x, *, draws=100, rng):
    """-log p(x) in nats: the higher, the less likely.   (N, *image) -> (N,) on the host, float64

    For any model with `log_prob`.  Where that is a bound by importance sampling, as for a VAE, it
    is made of `draws` codes an example; an exact log p(x) leaves `rng` as it is.

    A low density is no proof of an outlier, nor a high one of the opposite: an image that is simple
    may be likelier than all that the model was trained on (Nalisnick et al. 2019).
    """
    sampled = "rng" in inspect.signature(model.log_prob).parameters
    given = (draws,) if sampled else ()
    options = {"rng": backend.rng(rng)} if sampled else {}
    x = as_examples(x)
    n = x.shape[0]
    parts = [model.log_prob(x[start:min(start + _PART, n), ...], *given, **options)
             for start in range(0, n, _PART)]
    return -ops.concat([ops.astype(backend.to_numpy(raw(part)), "float64") for part in parts])


def auroc(inside, outside):
    """P(an outlier has the higher score) + P(both have the same) / 2, as an Estimate.   (M,), (N,)

    The area under the ROC curve of scores that are high for outliers: 1 if every outlier is above
    every other example, 1/2 if scores say nothing, below 1/2 if they prefer the outliers.  It is
    the statistic of Mann and Whitney; its standard error is that of DeLong et al. (1988), from how
    much the share of beaten opponents varies on each side, and supposes no shape of either.  Where
    all examples agree the error is 0, which says only that none of those M N pairs was wrong.
    Raises ValueError for fewer than two scores on either side, or NaN.
    """
    inside, outside = _scores("inside", inside), _scores("outside", outside)
    wins = _beaten(outside, inside)                     # share of inside below each outlier
    losses = 1.0 - _beaten(inside, outside)             # share of outliers above each other example
    error = ops.var(wins, correction=1) / len(wins) + ops.var(losses, correction=1) / len(losses)
    return Estimate(float(ops.mean(wins)), float(error) ** 0.5)


def _beaten(scores, opponents):
    """The share of opponents below each score; ties count half.   (N,), (M,) -> (N,)"""
    space = backend.namespace(scores)
    ranked = space.sort(opponents)
    below, up_to = (space.searchsorted(ranked, scores, side=side) for side in ("left", "right"))
    return (below + up_to) / (2 * len(ranked))


def _scores(what, values):
    values = ops.astype(backend.to_numpy(raw(values)), "float64")
    if len(values.shape) != 1 or len(values) < 2 or bool(ops.max(values != values)):
        raise ValueError(f"auroc: the scores {what} are no list of numbers\n"
                         "  expected  (N,) with N >= 2, without NaN\n"
                         f"  got       {tuple(values.shape)}")
    return values
