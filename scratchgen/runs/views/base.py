"""What a report shows of any model: numbers on the test examples, and figures."""
import math
from typing import NamedTuple

import numpy as np

from ... import backend, viz
from ...distributions.base import raw

_PART = 1000                        # examples measured at a time: convolutions need memory for each


class Number(NamedTuple):
    """A number of the report, with its standard error where it has one."""

    value: float
    error: float | None
    unit: str


class View:
    """A trained model in eval mode beside the test examples x, as `prepare` gives them.

    `numbers()` is {name: Number}; `figures(history)` yields (file name, Axes), in the order of the
    report, `animations(history)` yields (file name, Axes one after the other, how many);
    `captions` says in a sentence what each shows.
    """

    heading = "On the test {noun}"          # of the numbers, and under them:
    note = ("Means over the test {noun}, &plusmn; one standard error.{sums} The weights are the "
            "best ones by the validation {noun}.")
    prefix = "test "                        # of a line of numbers in the terminal
    instruments_title = "What the code does"
    instruments_note = ("On these examples, with new draws of z: the ELBO differs from the one "
                        "above by noise.")
    layout = ()                             # the pictures of the page in order, if not as drawn
    says_instruments = False                # in the terminal too?
    snapshots = None                        # Snapshots of the run, where it has some

    captions = {"loss_curves": "Each epoch: the training examples as they were seen, and the "
                               "validation examples."}

    sums = " Numbers per example are sums over pixels."

    def __init__(self, model, x, split, objective):
        self.model, self.x, self.split, self.objective = model, x, split, objective
        self.test = split.test
        self.seed = objective.settings.seed

    def begin(self):
        """What has to be learned before anything can be measured."""

    @property
    def summary(self):
        """The size of the model, in a few words."""
        return f"{sum(p.size for p in self.model.parameters()):,} parameters"

    def instruments(self, history):
        """What else there is to say of the model and its training, as {name: text}."""
        return {}

    def animations(self, history):
        return ()

    def loss_curves(self, history):
        """("loss_curves", Axes)"""
        return "loss_curves", viz.loss_curves(history, names=self.objective.columns,
                                              ylabel=f"{self.objective.unit} per example")

    def pixels(self, x):
        """Images (N, H, W, C) on the host."""
        return backend.to_numpy(raw(x)).reshape(-1, *self.test.shape)


def rows(f, *examples):
    """f(x), or f(x, y), a row an example, on the host."""
    parts = ([array[start:start + _PART] for array in examples]
             for start in range(0, len(examples[0]), _PART))
    return np.concatenate([backend.to_numpy(raw(f(*part))) for part in parts])


def number(values, unit="nats"):
    """The Number of these values, one an example."""
    values = np.asarray(values, dtype=np.float64)
    return Number(float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values))), unit)
