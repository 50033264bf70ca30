"""What each player of a GAN makes small, as formulas of scores s, the discriminator's output.

For the losses of cross-entropy a score is a logit: D(x) = sigmoid(s) is the probability that x is
real, and the label 1 means real.  For the others it is any number, larger for what looks real.
"""
from dataclasses import dataclass
from typing import Callable

from ... import backend
from ...autodiff import ops
from ...distributions.base import raw
from ...errors import ShapeError


@dataclass(frozen=True)
class Loss:
    """Three formulas, elementwise, (N,) -> (N,), never averaged.

    real(s, t)      what the discriminator pays for a real example with target t
    fake(s, t)      what it pays for a generated one
    generator(s)    what the generator pays for it
    logits          is sigmoid(s) a probability?  Its losses are in nats, and t may be a soft label
    """

    name: str
    real: Callable
    fake: Callable
    generator: Callable
    logits: bool = False

    def __reduce__(self):
        return (find, (self.name,)) if LOSSES.get(self.name) is self else super().__reduce__()

    def discriminator(self, real, fake, targets=None):
        """The discriminator's loss, real and generated examples in pairs.   (N,), (N,) -> (N,)

        `targets` is a pair of arrays (N,), the labels of real and of generated examples: ones and
        zeros where none are given.  ShapeError unless all of them pair up.
        """
        if tuple(real.shape) != tuple(fake.shape):
            raise ShapeError("a discriminator sees a generated example for each real one\n"
                             "  expected  scores of one shape\n"
                             f"  got       {tuple(real.shape)} and {tuple(fake.shape)}")
        if targets is None:
            array = raw(real)
            space = backend.namespace(array)
            targets = space.ones_like(array), space.zeros_like(array)
        for score, target in zip((real, fake), targets):
            if tuple(getattr(target, "shape", ())) != tuple(score.shape):
                raise ShapeError("a score has one label\n"
                                 f"  expected  targets {tuple(score.shape)}, like the scores\n"
                                 f"  got       {tuple(getattr(target, 'shape', ()))}")
        return self.real(real, targets[0]) + self.fake(fake, targets[1])


def _cross_entropy(s, t):
    """-t log D - (1 - t) log(1 - D), D = sigmoid(s)"""
    return ops.bce_with_logits(s, t)


def _half_square(s, t):
    """(s - t)^2 / 2"""
    return 0.5 * ops.square(s - t)


LOSSES = {loss.name: loss for loss in (
    # The game itself, min_G max_D E[log D(x)] + E[log(1 - D(G(z)))]: Goodfellow et al. 2014, eq. 1.
    Loss("minimax", _cross_entropy, _cross_entropy, lambda s: -ops.softplus(s), logits=True),
    # -log D(G(z)) has its steepest slope where the generator loses (there, section 3).
    Loss("non-saturating", _cross_entropy, _cross_entropy, lambda s: ops.softplus(-s), logits=True),
    # E[s(x)] - E[s(G(z))], the Wasserstein-1 distance if s is 1-Lipschitz: Arjovsky et al. 2017.
    Loss("wasserstein", lambda s, t: -s, lambda s, t: s, lambda s: -s),
    # Mao et al. 2017, eq. 9: labels 0 and 1 are numbers to hit, and the generator aims at 1.
    Loss("least-squares", _half_square, _half_square, lambda s: 0.5 * ops.square(s - 1)),
    # Lim and Ye 2017; Miyato et al. 2018, eq. 16-17: no gradient from what is beyond the margin.
    Loss("hinge", lambda s, t: ops.relu(1 - s), lambda s, t: ops.relu(1 + s), lambda s: -s),
)}


def find(name):
    """The loss of this name; ValueError names the choice."""
    if not isinstance(name, str) or name not in LOSSES:
        raise ValueError(f"there is no GAN loss {name!r}\n"
                         f"  expected  one of {', '.join(LOSSES)}\n  got       {name!r}")
    return LOSSES[name]
