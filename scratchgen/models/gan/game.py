"""The game as gradient steps: the discriminator moves, then the generator, each with its optimiser.
"""
from dataclasses import dataclass

from ... import backend, optim
from ...autodiff import ops
from ...autodiff.tensor import no_grad, wrap
from ...distributions.base import raw
from ..latent import as_batch
from .labels import Labels
from .packed import as_judged
from .penalty import R1, GradientPenalty, require_scores_alone
from .turns import Seen, Turns


@dataclass(frozen=True)
class Turn(Seen):
    """What one turn looked like: 0-d arrays, read by `numbers()`.  Means over the batch.

    discriminator_loss      before its step, without the penalty
    generator_loss          after it, before its own; None if the generator did not move
    real                    D(x) before the discriminator's step
    fake_before, fake_after D(G(z)) before and after that step, for the same z; the latter None if
                            the generator did not move
    discriminator_gradient, generator_gradient      norms of the gradients that they moved along
    penalty                 what the penalty added, None without one

    D is sigmoid(score) for losses of cross-entropy; for the others it is the score itself.
    """

    discriminator_loss: object
    real: object
    fake_before: object
    discriminator_gradient: object
    generator_loss: object = None
    fake_after: object = None
    generator_gradient: object = None
    penalty: object = None


class Game(Turns):
    """Alternating steps (Goodfellow et al. 2014, algorithm 1).

        game = gan.game(lr=1e-3)
        for turn in game.play(batches, rng=rng):
            print(turn.numbers())

    gan             the two networks and their loss
    lr, betas       Adam's, for both players; `generator_lr` another one for the generator
    optimisers      instead of Adam: optim.Together(discriminator=..., generator=...)
    critic_steps    the generator moves at every critic_steps-th turn, the discriminator at each
    penalty         f(score, x, y, rng=) -> (N,), added to the discriminator's loss: GradientPenalty
                    or R1; of a `Packed` discriminator a pack is an example.  These two take no
                    discriminator with batch normalisation (ValueError): see `gradient_penalty`
    labels          the targets of cross-entropy: `Labels`
    horizon         how many turns there will be: over the second half of them both rates fall to 0
                    in a line, so that the players come to rest; None: rates stay

    A step of one player leaves the other's weights as they are, and computes no gradient for them:
    the discriminator sees G(z) as data, and the generator a frozen discriminator.
    """

    players = "discriminator", "generator"

    def __init__(self, gan, *, lr=2e-4, betas=(0.5, 0.999), generator_lr=None, optimisers=None,
                 critic_steps=1, penalty=None, labels=Labels(), horizon=None):
        if not isinstance(critic_steps, int) or critic_steps < 1:
            raise ValueError("Game: critic_steps counts the discriminator's steps for one of the "
                             f"generator's\n  expected  1 or more\n  got       {critic_steps!r}")
        if labels.soft and not gan.loss.logits:
            raise ValueError(f"Game: the loss {gan.loss.name!r} has no probabilities to soften\n"
                             "  expected  Labels() for it, or the loss \"non-saturating\"")
        if isinstance(penalty, (GradientPenalty, R1)):
            require_scores_alone("Game: a penalty on the slope", gan.discriminator)
        self.gan, self.penalty, self.labels = gan, penalty, labels
        self.critic_steps = critic_steps
        super().__init__(optimisers or optim.Together(
            discriminator=optim.Adam(gan.discriminator.parameters(), lr=lr, betas=betas),
            generator=optim.Adam(gan.generator.parameters(), betas=betas,
                                 lr=lr if generator_lr is None else generator_lr)), horizon)

    def turn(self, x, *, rng, inspect=None):
        """One step of the discriminator on x, and one of the generator if it is its turn: a Turn.

        `inspect(loss)` is called before each player's gradients are computed, and may raise: that
        player has not moved then.
        """
        (gan, x), rng = self._addressed(x), backend.rng(rng)
        self._set_rates()
        moves = (self.turns + 1) % self.critic_steps == 0
        z = gan.noise(x.shape[0], rng=rng)
        # One G(z) serves both: its graph waits while the discriminator sees it as data.
        y = gan.generate(z) if moves else wrap(gan.image(z))
        seen = self._discriminator_step(gan, x, y.data, rng, inspect)
        if moves:
            seen |= self._generator_step(gan, y, inspect)
        return Turn(**seen)

    def _addressed(self, x):
        """The GAN that is meant and the examples, of a batch x or of a pair (x, y) with labels."""
        gan = self.gan
        if isinstance(x, tuple):
            x, y = x
            gan = gan.given(y)
        return gan, raw(as_batch("turn", x, None))

    def _discriminator_step(self, gan, x, y, rng, inspect):
        real, fake = gan.score(x), gan.score(y)
        targets = self.labels.targets(real, rng=rng) if self.labels.soft else None
        loss = total = ops.mean(gan.loss.discriminator(real, fake, targets))
        seen = {"discriminator_loss": loss.data, "real": self._verdict(real),
                "fake_before": self._verdict(fake)}
        if self.penalty is not None:
            penalty = ops.mean(self.penalty(*as_judged(gan, x, y), rng=rng))
            total, seen["penalty"] = loss + penalty, penalty.data
        seen["discriminator_gradient"] = self._step("discriminator", total, inspect)
        return seen

    def _generator_step(self, gan, y, inspect):
        with gan.discriminator.frozen():
            fake = gan.score(y)
            loss = ops.mean(gan.loss.generator(fake))
            norm = self._step("generator", loss, inspect)
        return {"generator_loss": loss.data, "fake_after": self._verdict(fake),
                "generator_gradient": norm}

    @no_grad()
    def _verdict(self, score):
        return raw(ops.mean(ops.sigmoid(score) if self.gan.loss.logits else score))
