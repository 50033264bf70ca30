"""Training as a generator: `for row in training.epochs(): ...` yields the numbers of each epoch.

The generator owns no screen and no signal handler; who runs it decides what to print and when to
stop. Its whole state fits in one checkpoint, so a run that was killed goes on bit for bit as if it
never had been: the order of an epoch's batches is drawn from `order_rng` when the epoch begins
(that state is kept), and each step's noise from `noise_rng` (its state is kept as it is now).
"""
import itertools
import pathlib
import time

import numpy as np

from .. import backend, data, nn
from ..autodiff.tensor import no_grad
from ..errors import CheckpointError, DataError
from . import folder as run_folder
from .nonfinite import NonFiniteLoss
from .objectives import build
from .settings import Settings
from .snapshots import Snapshots

_EVALUATION_BATCH = 1000


class Training:
    """A model, its data, its optimiser and its random generators, between first and last step.

    settings   what to train (see Settings)
    folder     where checkpoints and metrics go; None keeps everything in memory
    save_every seconds between two checkpoints; the end, `stop()` and leaving the loop always save
               (an exception amid a step does not: the step may be half done)

    `stop()` asks for an end after the current step: a step is applied whole or not at all.
    """

    def __init__(self, settings, folder=None, save_every=10.0):
        self.settings, self.save_every = settings, save_every
        self.folder = None if folder is None else pathlib.Path(folder)
        self.split = load_split(settings)
        self.model, self.objective = build(settings, self.split.train)
        self.optimiser = self.objective.optimiser(self.model)
        self.order_rng, self.noise_rng = np.random.default_rng(settings.seed).spawn(2)
        images = prepare(self.split.train.images, settings)
        self.train_images, self.validation_images = held_out(images, settings)
        self.train_labels = self.validation_labels = None
        if settings.condition:
            labels = backend.asarray(self.split.train.labels)
            self.train_labels, self.validation_labels = held_out(labels, settings)
        self.objective.begin(self.model, self.train_images)
        self.snapshots = None
        if self.objective.score is None:
            self.snapshots = Snapshots(settings.seed)
            self.snapshots.take(0, self.model)
        self.epoch = self.step_in_epoch = self.step = 0
        self.history, self.best, self.best_state, self.seconds = [], -np.inf, None, 0.0
        self._sums = [0.0] * len(self.objective.columns)
        self._stopping = False

    # ---- the loop --------------------------------------------------------------------------------

    def epochs(self, on_step=None):
        """Train up to settings.epochs, yielding one row (a dict) for each epoch that was completed.

        Ends before, if the objective says that there is nothing left to gain.

        `on_step(k, n)` is called after step k of the n in an epoch.  Saves now and then, at the
        end, after `stop()` and when the caller leaves the loop.  Raises NonFiniteLoss, with the
        step and the first op that made it, if the loss is not a number; the last good checkpoint
        then stays.
        """
        saved = time.perf_counter()
        while self.epoch < self.settings.epochs and not self._stopping \
                and not self.objective.finished(self.history):
            try:
                with backend.limit_threads(self.settings.threads):
                    row = self._one_epoch(on_step)
            except np.linalg.LinAlgError as error:      # a matrix has become singular
                raise NonFiniteLoss(self.step + 1, f"{error}\n"
                                    "  hint      a smaller learning rate") from error
            if row is None:
                break
            if time.perf_counter() - saved > self.save_every:
                self.save()
                saved = time.perf_counter()
            try:
                yield row
            except GeneratorExit:
                self.save()
                raise
        self.save()

    def stop(self):
        self._stopping = True

    def _one_epoch(self, on_step):
        start = time.perf_counter()
        before = self.order_rng.bit_generator.state
        size = self.settings.batch_size or len(self.train_images)
        batches = data.batches(_paired(self.train_images, self.train_labels), size,
                               rng=self.order_rng, shuffle=self.objective.shuffle)
        count = -(-len(self.train_images) // size)
        for x in itertools.islice(batches, self.step_in_epoch, None):
            self._one_step(x)
            self.step_in_epoch += 1
            if on_step is not None:
                on_step(self.step_in_epoch, count)
            if self._stopping and self.step_in_epoch < count:
                self.order_rng.bit_generator.state = before     # resume draws this order again
                backend.synchronize()
                self.seconds += time.perf_counter() - start
                return None
        backend.synchronize()           # steps wait for nothing: a device may be far behind
        self.epoch, self.step_in_epoch = self.epoch + 1, 0
        row = self._row(time.perf_counter() - start)
        self.history.append(row)
        if self.snapshots is not None:
            self.snapshots.take(self.epoch, self.model)
        return row

    def _one_step(self, x):
        sums = self.objective.step(self.model, self.optimiser, x, self.noise_rng, self.step + 1)
        self._sums = [total + s for total, s in zip(self._sums, sums)]
        self.step += 1

    def _row(self, seconds):
        """The epoch's numbers: means over its steps, and what the model is worth after it."""
        self.seconds += seconds
        train = self.objective.means(self._sums, len(self.train_images))
        if not np.isfinite(list(train.values())).all():
            raise NonFiniteLoss(self.step, "somewhere in the epoch before\n"
                                "  hint      with sg.backend.checked(): looks at every step")
        self._sums = [0.0] * len(self.objective.columns)
        row = {"epoch": self.epoch, "step": self.step} | train
        if self.objective.score is not None:
            row |= self._validate()
        return row | self.objective.seen(self.model) | {"seconds": round(self.seconds, 3)}

    def _validate(self):
        """The validation images with fixed noise; weights better than all before are kept."""
        found = self.evaluate(self.validation_images, self.validation_labels)
        if found[self.objective.score] > self.best:
            self.best = found[self.objective.score]
            self.best_state = self.model.state_dict()
        return {f"validation_{name}": value for name, value in found.items()}

    def evaluate(self, images, labels=None):
        """{column: mean over the images}, with the same noise at every call."""
        rng, sums = np.random.default_rng(self.settings.seed), np.zeros(len(self.objective.columns))
        self.model.eval()
        with no_grad():
            for x in data.batches(_paired(images, labels), _EVALUATION_BATCH, rng=None,
                                  shuffle=False):
                sums += [float(s) for s in self.objective(self.model, x, rng)[1]]
        self.model.train()
        return dict(zip(self.objective.columns, (sums / len(images)).tolist()))

    # ---- the state -------------------------------------------------------------------------------

    def save(self):
        """last.npz (everything), best.npz (weights), config.json and metrics.csv, each replaced
        atomically.

        Where no score tells which weights are best, snapshots.npz stands in the place of best.npz.
        """
        if self.folder is None:
            return
        if self.snapshots is not None:
            self.snapshots.write(self.folder / "snapshots.npz")
        if self.best_state is not None:
            nn.checkpoint.write(self.folder / "best.npz", self.best_state, self._about(best=True))
        nn.save(self.folder / "last.npz", self.model, self.optimiser, **self._about(best=False))
        run_folder.write_settings(self.folder, self.settings)
        run_folder.write_metrics(self.folder, self.history)

    def _about(self, best):
        about = {"model": {"name": self.settings.model, "config": self.model.config},
                 "settings": self.settings.to_dict(), "shape": list(self.split.train.shape)}
        if not best:
            about["state"] = {
                "epoch": self.epoch, "step": self.step, "step_in_epoch": self.step_in_epoch,
                "order_rng": self.order_rng.bit_generator.state,
                "sums": [float(s) for s in self._sums],
                "noise_rng": self.noise_rng.bit_generator.state, "history": self.history,
                "best": self.best if self.best_state is not None else None,
                "seconds": self.seconds}
        return about


def resume(folder, epochs=None, save_every=10.0, device=None, data_dir=None):
    """The Training that was saved in this run folder, ready to go on exactly where it stopped.

    `epochs` sets another total, `device` another device, which rounds otherwise, and `data_dir`
    says where the same data files are by now.  Raises FileNotFoundError, DataError or
    CheckpointError.
    """
    folder = run_folder.require_run(folder)
    _, meta = nn.checkpoint.read(folder / "last.npz")
    settings = Settings.of(meta, folder / "last.npz")
    if "state" not in meta:
        raise CheckpointError(f"{folder / 'last.npz'} holds weights alone, not where a run stopped")
    settings = settings.replace(epochs=epochs, device=device, data_dir=data_dir)
    use_device(settings.device)
    training = Training(settings, folder, save_every)
    state = nn.load(folder / "last.npz", training.model, training.optimiser)["state"]
    for name in ("epoch", "step", "step_in_epoch", "history", "seconds"):
        setattr(training, name, state[name])
    training.order_rng.bit_generator.state = state["order_rng"]
    training.noise_rng.bit_generator.state = state["noise_rng"]
    training._sums = state["sums"]
    if state["best"] is not None:
        training.best = state["best"]
        training.best_state = nn.checkpoint.read(folder / "best.npz")[0]
    if training.snapshots is not None:
        training.snapshots.read(folder / "snapshots.npz", training.epoch)
    return training


def use_device(device):
    """cpu -> NumPy, gpu -> CuPy, for every array created from now on in this thread."""
    backend.use({"cpu": "numpy", "gpu": "cupy"}[device])


# ---- data ---------------------------------------------------------------------

def load_split(settings):
    """The data set that these settings name; `n` is for what is drawn and can be had in any number.

    DataError if there are fewer than two examples to train on, one of which may be held out, or
    fewer than two to test with, which a standard error takes.
    """
    if settings.n is None:
        split = data.load(settings.data, settings.data_dir)
    else:
        split = data.points_split(settings.data, settings.n)
    if min(map(len, split)) < 2:
        raise DataError(f"there are too few {split.train.noun} to learn from and to be judged on\n"
                        "  expected  two or more for training, two or more for testing\n"
                        f"  got       {split.train.description}")
    return split


def prepare(images, settings):
    """Examples as the model needs them, on the device in use: bits for a Bernoulli."""
    if settings.bits:
        images = data.binarise(images, settings.threshold)
    return backend.asarray(images)


def held_out(examples, settings):
    """(training, validation): a fixed share of the training examples, the same for every seed.

    All and none, if settings.validation is None.
    """
    if settings.validation is None:
        return examples, examples[:0]
    order = np.random.default_rng(0).permutation(len(examples))
    n = max(1, min(round(settings.validation * len(examples)), len(examples) - 1))
    return examples[np.sort(order[n:])], examples[np.sort(order[:n])]


def _paired(images, labels):
    """What a step is given: images, or pairs where the model is told labels."""
    return images if labels is None else (images, labels)
