"""Generative adversarial networks: what they draw, and how the game went."""
import math

import numpy as np

from ... import backend, viz
from ...distributions.base import raw
from ...models.classifier import Classifier
from ...models.diagnosis import FrechetDistance, diagnose, memorising, two_sample
from ..snapshots import as_numbers
from .base import Number, View, rows

_COMPARED = 5000                    # training images for a classifier, and to look for copies of
_HIDDEN = 128, 32                   # units of that classifier
_SAMPLES, _PAIRED = 1000, 500       # to look for copies in, and to compare with test examples
_STRIP, _ROWS = 8, 4                # snapshots side by side, and images of each
_CELLS = 160                        # D(x) is drawn over so many times so many points


class GANView(View):
    """Images made of noise, and how far they are from real ones."""

    layout = "samples", "film", "snapshots", "game"
    logarithmic_losses = False
    undecided = 1 / 2, "undecided: 1/2"         # D(x) of a discriminator that cannot tell
    loss_of_undecided = math.log(4), "D undecided: log 4"
    says_instruments = True
    heading, prefix = "New {noun}", ""
    instruments_title, instruments_note = "Diagnosis", ""
    note = ("The weights are those of the last epoch: a GAN has no likelihood by which better ones "
            "could be chosen.")
    captions = {
        "samples": "What the generator makes of noise.",
        "snapshots": "From the first step to the last, always with the same noise.",
        "film": "The same noise, from the first step to the last.",
        "game": "The course of the game, means over each epoch.  D(x) is what the discriminator "
                "makes of real examples, D(G(z)) of generated ones, before and after its step."}

    # ---- numbers ---------------------------------------------------------------------------------

    def begin(self):
        train, rng = self.split.train, np.random.default_rng(self.seed)
        with backend.use("numpy"):              # where the images are that it compares
            self.classifier = Classifier(train.shape, len(train.classes), _HIDDEN, rng=rng)
            self.classifier.fit(train.spatial[:_COMPARED], train.labels[:_COMPARED], rng=rng)

    def numbers(self):
        train, test = self.split
        distance = FrechetDistance(self.classifier, test.spatial)
        x, y = self.draw(len(test))
        found = {name: Number(float(distance(images, rng=self.seed)), None, "of features")
                 for name, images in (("Frechet distance to test images", x),
                                      ("the same of training images", train.spatial[:len(x)]))}
        if y is not None:
            named = rows(self.classifier, x).argmax(axis=1) == y
            error = math.sqrt(named.mean() * (1 - named.mean()) / len(y))
            found["taken for their class by a classifier"] = Number(
                100 * float(named.mean()), 100 * error, "%")
        return found

    def instruments(self, history):
        train, test = self.split
        x, _ = self.draw(_SAMPLES)
        copies = memorising(x, train.images[:_COMPARED], test.images[:_SAMPLES], rng=self.seed)
        return self._judged(x, history) | {"copies of training images?": copies}

    def _judged(self, x, history):
        """How the game ended, and whether examples x could be data."""
        seen = {self.objective.renamed.get(name, name): history[name] for name in history}
        modes = self.objective.modes
        ended = diagnose([dict(zip(seen, row)) for row in zip(*seen.values())],
                         modes=None if modes is None else len(modes.centres))
        like_data = two_sample(x[:_PAIRED], self.test.images[:_PAIRED], rng=self.seed)
        return {"how the game ended": f"{ended.verdict}: {'; '.join(ended.evidence)}",
                "drawn like the data?": like_data}

    def draw(self, n):
        """n new examples on the host, and their labels (n,), None for a model of no classes."""
        model, y = self.model, None
        if getattr(model, "condition", None):
            y = np.arange(n) % model.condition
            model = model.given(y)
        return backend.to_numpy(raw(model.sample(n, rng=self.seed))), y

    # ---- figures ---------------------------------------------------------------------------------

    def figures(self, history):
        yield self.samples()
        film = self.film(history)
        last = len(film) - 1
        places = sorted({round(last * (k / (_STRIP - 1)) ** 2) for k in range(_STRIP)})
        yield "snapshots", self.strip([film[k] for k in places])
        yield "game", self._game(history)

    def animations(self, history):
        film = self.film(history)
        frames = (self.frame(examples, f"Epoch {epoch}") for epoch, examples in film)
        yield "film", frames, len(film)

    def film(self, history):
        """[(epoch, examples), ...]"""
        film = self.snapshots.film(int(history["epoch"][-1]), self.model)
        return [(epoch, as_numbers(frame)) for epoch, frame in film]

    def samples(self):
        """(file name, Axes)"""
        x, y = self.draw(100)
        if y is None:
            return "samples", viz.image_grid(self.pixels(x),
                                             title="New images: z drawn from the prior, G(z)")
        order = np.argsort(y, kind="stable")
        ax = viz.image_grid(self.pixels(x)[order], columns=len(y) // self.model.condition,
                            title="New images: a row one class, each of its own z")
        ax.set_yticks(range(self.model.condition), self.test.classes)
        return "samples", ax

    def strip(self, film):
        """Each row one z, each column an epoch."""
        epochs = [epoch for epoch, _ in film]
        sheet = np.stack([examples[:_ROWS] for _, examples in film], axis=1)
        ax = viz.image_grid(self.pixels(sheet), columns=len(film),
                            title="Each row one z, epoch by epoch")
        ax.set_anchor("W")          # where its title begins, which may be wider than two columns
        ax.set_xticks(range(len(epochs)), epochs)
        ax.set_xlabel("epoch")
        return ax

    def frame(self, examples, title):
        return viz.image_grid(self.pixels(examples), title=title)

    def _game(self, history):
        logits = self.objective.loss.logits
        quality = "quality" in history
        _, axes = viz.panels(3 + quality, 1, size=(7.0, 2.3))
        viz.course(history, self.objective.verdicts, ax=axes[0],
                   title="What the discriminator makes of both",
                   ylabel="probability of real" if logits else "score",
                   level=self.undecided if logits else None)
        viz.course(history, self.objective.losses, title="Losses", ax=axes[1],
                   ylabel="nats per example" if logits else "loss",
                   level=self.loss_of_undecided if logits else None,
                   logarithmic=self.logarithmic_losses)
        viz.course(history, self.objective.gradients, title="Gradients", ylabel="norm", ax=axes[2],
                   logarithmic=True)
        if quality:
            self._quality(history, axes[3])
        return axes[0]


class GANOfPointsView(GANView):
    """Points of the plane: modes that are known can be counted."""

    layout = "plane", "snapshots", "game", "film"
    captions = GANView.captions | {
        "plane": "New points, with a circle at each mode of the data, and what the discriminator "
                 "makes of every place."}

    def begin(self):
        """There are no classes to learn."""

    def instruments(self, history):
        return self._judged(self.draw(_PAIRED)[0], history)

    @property
    def limits(self):
        """(low, high) of a square that holds the test points and a margin."""
        most = 1.25 * float(np.abs(self.test.images).max())
        return -most, most

    @property
    def centres(self):
        """(K, 2), or None where nobody knows the modes."""
        return None if self.objective.modes is None else self.objective.modes.centres

    def numbers(self):
        if self.centres is None:
            return {}
        found = self.objective.covered(self.model)
        share = Number(100 * found.quality.value, 100 * found.quality.standard_error, "%")
        return {"modes covered": Number(found.modes, None, f"of {found.total}"),
                "points within 3 sd of a mode": share}

    def samples(self):
        x, _ = self.draw(2000)
        judged = self.objective.settings.pack in (None, 1)
        _, axes = viz.panels(1, 2 if judged else 1, size=(4.8, 4.4))
        viz.scatter(x, modes=self.centres, limits=self.limits, title="New points", ax=axes[0])
        if judged:
            grid = backend.asarray(viz.plane_grid(self.limits, _CELLS).astype(np.float32))
            logits = self.objective.loss.logits
            values = rows(self.model.probability if logits else self.model.score, grid)
            viz.density(values if logits else values - values.min(), self.limits, ax=axes[1],
                        title="What the discriminator makes of it", highest=1 if logits else None,
                        label="D(x), probability of real" if logits else "score above the lowest")
        return "plane", axes[0]

    def strip(self, film):
        columns = -(-len(film) // 2)
        _, axes = viz.panels(2, columns, size=(2.5, 2.7))
        for ax, (epoch, x) in zip(axes, film):
            self.frame(x, f"Epoch {epoch}", ax)
        for ax in axes:
            ax.set(xlabel="", ylabel="", xticks=[], yticks=[])
        for ax in axes[len(film):]:
            ax.set_axis_off()
        return axes[0]

    def frame(self, examples, title, ax=None):
        return viz.scatter(examples, modes=self.centres, limits=self.limits, title=title, ax=ax)

    def _quality(self, history, ax):
        shares = {"epoch": history["epoch"], "quality": history["quality"],
                  "modes": np.asarray(history["modes"]) / len(self.centres)}
        viz.course(shares, {"modes": f"modes, of {len(self.centres)}",
                            "quality": "points within 3 sd"},
                   title="Share of the modes covered, and of points near one", ylabel="share",
                   ax=ax)
        ax.set_ylim(0, 1.02)


class VAEGANView(GANView):
    """Reconstructions beside samples."""

    layout = "reconstructions", *GANView.layout
    logarithmic_losses = True
    undecided = 1 / 3, "undecided: 1/3"         # an image in three is real
    loss_of_undecided = math.log(27 / 4), "D undecided: 1.91"
    captions = GANView.captions | {
        "reconstructions": "Test images above, decoded from the mean of their code below.",
        "game": "The course of the game, means over each epoch.  An image in three that the "
                "discriminator sees is real, one is a sample, one a reconstruction."}

    def figures(self, history):
        x = self.x[:12].reshape(-1, *self.test.shape)
        decoded = self.model.image(self.model.code(x))
        yield "reconstructions", viz.reconstructions(self.pixels(x), self.pixels(decoded))
        yield from super().figures(history)
