"""Keeping a critic's slope in bounds: penalties that need the gradient of a gradient."""
from dataclasses import dataclass

from ... import backend, nn
from ...autodiff import ops
from ...autodiff.tensor import wrap
from ...autodiff.transforms import grad
from ...distributions.base import raw
from ...errors import ShapeError


def gradient_penalty(critic, x, y, *, rng, target=1.0):
    """(|grad_u critic(u)| - target)^2  at  u = x + t (y - x),  t ~ U[0, 1), one t an example.

    The norm is one of each example, over all its numbers (Gulrajani et al. 2017, eq. 3 and
    algorithm 1).  x and y are batches (N, ...), real and generated; `critic` maps a batch to scores
    (N,) and must score each example for itself: with batch normalisation the score of one depends
    on all others, and this gradient is not the slope of a function of x.  (To a critic of packs a
    pack is the example: `Game` hands it over as one.)

    With y = x and target 0 it is the penalty R1 of Mescheder et al. (2018, eq. 9).

    -> (N,), a Tensor that depends on the weights of the critic: training differentiates a gradient.
    ShapeError unless there is one score an example: that of their mean would have 1/N of the slope.
    """
    x, y = raw(x), raw(y)
    if x.shape != y.shape:
        raise ShapeError("gradient_penalty: a line joins two examples\n"
                         f"  expected  batches of one shape\n  got       {x.shape} and {y.shape}")
    u = x
    if y is not x:
        t = backend.uniform(rng, (x.shape[0],) + (1,) * (len(x.shape) - 1), x)
        u = x + t * (y - x)
    slope = grad(lambda u: ops.sum(_one_each(critic(u), u)))(wrap(u))
    norm = ops.norm(ops.reshape(slope, (slope.shape[0], -1)), axis=1)
    return ops.square(norm - target)


@dataclass(frozen=True)
class GradientPenalty:
    """weight * (|grad critic| - 1)^2 between real and generated examples: what WGAN-GP adds."""

    weight: float = 10.0
    target: float = 1.0

    def __post_init__(self):
        _require_weight("GradientPenalty", self.weight)

    def __call__(self, critic, x, y, *, rng):
        """What each pair costs the critic.   (N, ...), (N, ...) -> (N,)"""
        return self.weight * gradient_penalty(critic, x, y, rng=rng, target=self.target)


@dataclass(frozen=True)
class R1:
    """(weight / 2) |grad critic|^2 at real examples: the game then converges near its solution.

    Mescheder, Geiger and Nowozin 2018, eq. 9 and theorem 4.1.
    """

    weight: float = 10.0

    def __post_init__(self):
        _require_weight("R1", self.weight)

    def __call__(self, critic, x, y, *, rng):
        """What each real example costs the critic.   (N, ...), ignored -> (N,)"""
        return self.weight / 2 * gradient_penalty(critic, x, x, rng=rng, target=0.0)


def require_scores_alone(owner, critic):
    """ValueError for a critic with batch normalisation, whose score of one example depends on all.
    """
    for name, module in critic.named_modules():
        if isinstance(module, nn.BatchNorm):
            raise ValueError(f"{owner}: the critic has batch normalisation: {name or 'itself'}\n"
                             "  expected  a critic that scores each example for itself\n"
                             "  hint      nn.LayerNorm, or no normalisation (a dcgan with "
                             "batchnorm=False)")


def _one_each(scores, u):
    n = u.shape[0]
    if tuple(scores.shape) not in ((n,), (n, 1)):
        raise ShapeError("gradient_penalty: the critic gives one score an example\n"
                         f"  expected  ({n},) or ({n}, 1)\n  got       {tuple(scores.shape)}")
    return scores


def _require_weight(owner, weight):
    if not weight >= 0:
        raise ValueError(f"{owner}: a penalty has a weight\n  expected  0 or larger\n"
                         f"  got       {weight!r}")
