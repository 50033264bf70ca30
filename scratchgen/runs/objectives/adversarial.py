"""Two networks that play against each other: no number says how good the generator is."""
import math

import numpy as np

from ... import backend
from ...data.toy2d import Modes
from ...distributions.base import raw
from ...models.diagnosis import coverage
from ...models.gan import LOSSES, R1, GradientPenalty, Labels
from ...models.gan.losses import find
from ..nonfinite import NonFiniteLoss, first_nonfinite
from .base import Objective

_PENALTIES = {"none": lambda weight: None, "gradient": GradientPenalty, "r1": R1}


class GameObjective(Objective):
    """A turn of a game for each batch: means of what the turns of an epoch looked like.

    No loss says how good the samples are: each is worth what the other network makes of it.  So
    there is no score, all examples are trained on, and the last weights are the model.  Where the
    modes of the data are known, an epoch ends with counting those that samples cover.

    losses, verdicts, gradients   {column: what a figure calls it}: numbers of a Turn, means over
                                  examples;  rare  those of turns at which the generator moved
    renamed                       {column: what `diagnose` calls it}
    """

    score = None
    losses, verdicts, gradients, others, rare, renamed = {}, {}, {}, (), (), {"modes_kl": "kl"}

    def __init__(self, settings, data):
        super().__init__(settings, data)
        self.loss = self._loss()
        self.unit = "nats" if self.loss.logits else ""
        self.columns = (*self.losses, *self.verdicts, *self.gradients, *self.others, "moved")

    def _loss(self):
        return find(self.settings.loss)

    @property
    def about(self):
        unit = "in nats per example" if self.unit else "of scores, without a unit"
        return f"no likelihood, so the last weights are the model; losses {unit}"

    @property
    def steps(self):
        """Of an epoch."""
        return math.ceil(len(self.data) / self.settings.batch_size)

    @property
    def horizon(self):
        """How many steps there will be if rates are to fall until then, else None."""
        return self.settings.epochs * self.steps if self.settings.decay else None

    def optimiser(self, model):
        self.game = model.game(**self.rules())
        return self.game.optimisers

    def rules(self):
        """The arguments of model.game."""
        return {"lr": self.settings.lr, "betas": self.settings.betas, "horizon": self.horizon}

    def step(self, model, optimiser, x, rng, number):
        x, y = x if isinstance(x, tuple) else (x, None)
        n, x = len(x), x.reshape(-1, *self.data.shape)
        turn = self.game.turn(x if y is None else (x, y), rng=rng,
                              inspect=lambda loss: self._inspect(loss, model, x, number))
        seen = [getattr(turn, name) for name in self.columns[:-1]]
        moved = all(getattr(turn, name) is not None for name in self.rare)
        return [*(0.0 if value is None else n * value for value in seen), n * moved]

    def _inspect(self, loss, model, x, number):
        values = raw(loss)
        if backend.values_are_checked(backend.namespace(values)) and not np.isfinite(float(values)):
            raise NonFiniteLoss(number, first_nonfinite(loss, model, x))

    def means(self, sums, n):
        sums = {name: float(s) for name, s in zip(self.columns, sums)}
        moved = sums.pop("moved")
        return {name: s / (moved if name in self.rare else n) for name, s in sums.items()}

    # ---- what an epoch ends with -----------------------------------------------------------------

    @property
    def modes(self):
        """The modes of the data, or None if nobody knows them."""
        return self.data.density if isinstance(self.data.density, Modes) else None

    def covered(self, model):
        """The Coverage of the known modes, always by the same noise."""
        return coverage(model, self.modes.centres, self.modes.scale, rng=self.settings.seed)

    def seen(self, model):
        if self.modes is None:
            return {}
        found = self.covered(model)
        return {"modes": found.modes, "quality": found.quality.value, "modes_kl": found.kl}


class GANObjective(GameObjective):
    """Discriminator and generator: both verdicts of the former, before and after its step."""

    takes = ("images", "points")
    losses = {"discriminator_loss": "discriminator", "generator_loss": "generator"}
    verdicts = {"real": "D(x)", "fake_before": "D(G(z)), before", "fake_after": "D(G(z)), after"}
    gradients = {"discriminator_gradient": "discriminator", "generator_gradient": "generator"}
    rare = ("generator_loss", "fake_after", "generator_gradient")

    def __init__(self, settings, data):
        self.others = () if settings.penalty == "none" else ("penalty",)
        super().__init__(settings, data)
        if settings.critic_steps > self.steps:
            raise ValueError("the generator would not move in a whole epoch\n"
                             f"  expected  critic_steps of at most {self.steps}, the steps of an "
                             f"epoch\n  got       {settings.critic_steps}")
        size, pack = settings.batch_size, settings.pack or 1
        if size % pack or len(data) % size % pack:
            raise ValueError("examples are judged in packs, and some would be left over\n"
                             f"  expected  a batch_size that pack = {pack} divides, and with it "
                             f"the last batch of {len(data):,} examples\n  got       {size}")
        if settings.condition and len(data.classes) < 2:
            raise ValueError(f"{settings.data!r} has no classes that a model could be told\n"
                             "  expected  condition=false, or other data")

    def config(self):
        config = super().config()
        if "condition" in config:
            config["condition"] = len(self.data.classes) if config["condition"] else None
        return config

    def rules(self):
        s = self.settings
        return super().rules() | {
            "critic_steps": s.critic_steps, "penalty": _PENALTIES[s.penalty](s.penalty_weight),
            "labels": Labels(real=s.real_label, noise=s.label_noise, flip=s.label_flip)}

    def line(self, row):
        """An epoch in one line: modes, verdicts, losses."""
        modes = ""
        if "modes" in row:
            modes = (f"modes {row['modes']:2}/{len(self.modes.centres)}  quality "
                     f"{100 * row['quality']:5.1f} %  ")
        return (f"{modes}D(x) {row['real']:6.3f}  D(G(z)) {row['fake_before']:6.3f} -> "
                f"{row['fake_after']:6.3f}  losses D {row['discriminator_loss']:6.3f} "
                f"G {row['generator_loss']:6.3f}")


class WGANGPObjective(GANObjective):
    """The critic, its loss and its penalty are the model's own."""

    def _loss(self):
        return LOSSES["wasserstein"]

    def config(self):
        return super().config() | {"penalty": self.settings.penalty_weight}

    def rules(self):
        return GameObjective.rules(self) | {"critic_steps": self.settings.critic_steps}


class DCGANObjective(GANObjective):
    """A game of convolutions."""

    takes = ("images",)


class VAEGANObjective(GameObjective):
    """Encoder, decoder and discriminator, each by its own loss."""

    losses = {"discriminator_loss": "discriminator", "decoder_loss": "decoder",
              "kl": "encoder: KL", "distance": "encoder: distance of features"}
    verdicts = {"real": "D(x)", "fake": "D of samples", "reconstructed": "D of reconstructions"}
    gradients = {"discriminator_gradient": "discriminator", "encoder_gradient": "encoder",
                 "decoder_gradient": "decoder"}
    renamed = {"fake": "fake_before", "decoder_loss": "generator_loss",
               "decoder_gradient": "generator_gradient", "kl": "kl_of_code"}

    def line(self, row):
        """An epoch in one line: verdicts, losses."""
        return (f"D(x) {row['real']:.3f}  D(G(z)) {row['fake']:.3f}  D(reconstructed) "
                f"{row['reconstructed']:.3f}  kl {row['kl']:6.2f}  distance {row['distance']:6.2f}"
                f"  losses D {row['discriminator_loss']:6.3f} G {row['decoder_loss']:6.3f}")
