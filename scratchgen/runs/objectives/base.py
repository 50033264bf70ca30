"""What one step minimises, and the numbers worth writing down."""
import numpy as np

from ... import backend, optim
from ..nonfinite import NonFiniteLoss, first_nonfinite

# Settings of the training, no part of a model.
_TRAINING = ("epochs", "batch_size", "lr", "validation", "threshold", "beta", "betas", "decay",
             "critic_steps", "penalty", "penalty_weight", "real_label", "label_noise", "label_flip")


class Objective:
    """A number for each example that training makes large, by gradients unless said otherwise.

    columns   the names of the numbers written down, each a sum over a batch
    score     the one of them that the best weights have the largest of, on the validation examples;
              None: there is none, no example is held out, and the last weights are the model
    unit      of every column, per example
    takes     the kinds of data it can be of: "images", "points" or both
    shuffle   are the examples of a step drawn?

    An example is an array x, or a pair (x, y) with its label where settings.condition asks for it.
    """

    columns, score, unit = ("log_prob",), "log_prob", "nats"
    takes, shuffle = ("images",), True

    def __init__(self, settings, data):
        self.settings, self.data = settings, data

    @property
    def sums(self):
        """What a number of an example is a sum over, as text to append."""
        return ", summed over pixels" if self.data.noun == "images" else ""

    @property
    def about(self):
        """What the numbers of a row are, in a few words."""
        return f"{self.unit} per example{self.sums}"

    def config(self):
        """The arguments of the model's constructor."""
        own = {name: value for name, value in self.settings.own.items() if name not in _TRAINING}
        return {"image_shape": list(self.data.shape), **own, "rng": self.settings.seed}

    def begin(self, model, x):
        """What the model takes from the training examples before the first step."""

    def optimiser(self, model):
        return optim.Adam(model.parameters(), lr=self.settings.lr)

    def __call__(self, model, x, rng):
        """(loss, the columns summed over the batch)"""
        raise NotImplementedError

    def step(self, model, optimiser, x, rng, number):
        """Step `number`, from 1: the columns summed over the batch, as they were before it.

        Raises NonFiniteLoss, and changes nothing, if they are not finite.
        """
        optimiser.zero_grad()
        loss, sums = self(model, x, rng)
        # reading a GPU's numbers would wait
        if backend.values_are_checked(backend.namespace(*sums)):
            sums = [float(s) for s in sums]
            if not np.isfinite(sums).all():
                images = x[0] if isinstance(x, tuple) else x
                raise NonFiniteLoss(number, first_nonfinite(loss, model, images))
        loss.backward()
        optimiser.step()
        return sums

    def means(self, sums, n):
        """{column of metrics.csv: mean over the n examples of an epoch}"""
        return {f"train_{name}": float(s) / n for name, s in zip(self.columns, sums)}

    def seen(self, model):
        """{column: number} of what else is looked at after an epoch; nothing unless said otherwise.
        """
        return {}

    def finished(self, history):
        """Is there nothing left to gain?"""
        return False

    def line(self, row):
        """An epoch in one line: the training examples and the validation examples."""
        return (f"log p {row['train_log_prob']:8.3f}"
                f"  validation {row['validation_log_prob']:8.3f}")


def value(x):
    """The numbers of x, without its graph."""
    return x.detach().data if hasattr(x, "detach") else x
