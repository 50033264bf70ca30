"""What games have in common: optimisers that take steps in turn, and what a turn looked like."""
from dataclasses import asdict

from ... import backend, optim


class Seen:
    """The numbers of a turn, 0-d arrays where they were made."""

    def numbers(self):
        """{name: float, or None for what did not happen}.  On a GPU this waits."""
        return {name: None if value is None else float(value)
                for name, value in asdict(self).items()}


class Turns:
    """A game: each `turn(x, rng=)` is made of steps of its `optimisers`, an optim.Together.

    With a `horizon`, the number of turns that there will be, all learning rates fall to 0 in a line
    over its second half, so that the players come to rest; None: they stay.

    players     whose optimisers there are, by name; ValueError for those of others
    """

    players = ()

    def __init__(self, optimisers, horizon=None):
        names = [name for name, _ in optimisers.items()]
        if sorted(names) != sorted(self.players):
            raise ValueError(f"{type(self).__name__}: each player has an optimiser\n"
                             f"  expected  optim.Together({'=..., '.join(self.players)}=...)\n"
                             f"  got       {', '.join(names) or 'none'}")
        if horizon is not None and not horizon >= 1:
            raise ValueError("a game has a horizon of turns\n  expected  1 or more, or None\n"
                             f"  got       {horizon!r}")
        self.optimisers, self.horizon = optimisers, horizon
        self._rates = {name: optimiser.lr for name, optimiser in optimisers.items()}

    @property
    def turns(self):
        """How many turns were played: the discriminator takes a step in each."""
        return self.optimisers["discriminator"].steps

    def play(self, batches, *, rng):
        """A turn for each batch, yielded when it is over.

        `batches` yields arrays (N, ...), or pairs (x, y) with labels for a conditional GAN; it may
        have no end.
        """
        rng = backend.rng(rng)
        for x in batches:
            yield self.turn(x, rng=rng)

    def turn(self, x, *, rng, inspect=None):
        """What each player does with a batch x (N, ...)."""
        raise NotImplementedError(f"{type(self).__name__} has no turn(x, *, rng)")

    def _set_rates(self):
        """The learning rates of the turn that begins."""
        if self.horizon is not None:
            left = max(0.0, min(1.0, 2 * (1 - self.turns / self.horizon)))
            for name, optimiser in self.optimisers.items():
                optimiser.lr = left * self._rates[name]

    def _step(self, player, loss, inspect):
        """Move one player down its loss: the norm of its gradient.

        `inspect(loss)` comes before anything is computed, and may raise.
        """
        optimiser = self.optimisers[player]
        optimiser.zero_grad()
        if inspect is not None:
            inspect(loss)
        loss.backward()
        optimiser.step()
        return optim.grad_norm(optimiser.parameters)
