"""What one step minimises, and the numbers worth writing down, for each kind of model."""
import math

import numpy as np

from .. import backend, models, optim
from ..autodiff import ops
from ..models.dequantise import dequantise
from .nonfinite import NonFiniteLoss, first_nonfinite


class Objective:
    """A number for each example that training makes large, by gradients unless said otherwise.

    columns   the names of the numbers written down, each a sum over a batch
    score     the one of them that the best weights have the largest of, on the validation examples
    unit      of every column, per example
    takes     the kinds of data it can be of: "images", "points" or both
    shuffle   are the examples of a step drawn?

    An example is an array x, or a pair (x, y) with its label where settings.condition asks for it.
    """

    columns, score, unit = ("log_prob",), "log_prob", "nats"
    takes, shuffle = ("images",), True

    def __init__(self, settings, data):
        self.settings, self.data = settings, data
        if data.noun not in self.takes:
            fitting = [name for name, other in OBJECTIVES.items() if data.noun in other.takes]
            raise ValueError(f"the model {settings.model!r} is one of {' and '.join(self.takes)}, "
                             f"and {settings.data!r} holds {data.noun}\n"
                             f"  expected  one of {', '.join(fitting)}, or other data")

    @property
    def sums(self):
        """What a number of an example is a sum over, as text to append."""
        return ", summed over pixels" if self.data.noun == "images" else ""

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

    def finished(self, history):
        """Is there nothing left to gain?"""
        return False

    def line(self, row):
        """An epoch in one line: the training examples and the validation examples."""
        return (f"log p {row['train_log_prob']:8.3f}"
                f"  validation {row['validation_log_prob']:8.3f}")


_TRAINING = ("epochs", "batch_size", "lr", "threshold", "beta")     # no part of a model


# ---- models with a code ------------------------------------------------------------------------

class VAEObjective(Objective):
    """Maximise E_q[log p(x|z)] - beta KL(q(z|x) || p(z)), in nats per example.

    Kingma and Welling 2014, eq. 3; beta: Higgins et al. 2017; all of it given the class of x, where
    settings.condition says so: Sohn et al. 2015.
    """

    columns, score = ("elbo", "reconstruction", "kl"), "elbo"

    def config(self):
        classes = len(self.data.classes) if self.settings.condition else None
        return super().config() | {"condition": classes}

    def __call__(self, model, x, rng):
        if self.settings.condition:
            x, y = x
            model = model.given(y)
        reconstruction, kl = model.terms(x, rng=rng)
        loss = -ops.mean(reconstruction - self.settings.beta * kl)
        r, k = ops.sum(_value(reconstruction)), ops.sum(_value(kl))
        return loss, (r - k, r, k)

    def line(self, row):
        """An epoch in one line: the training images, and the bound on the validation images."""
        return (f"elbo {row['train_elbo']:8.3f} = reconstruction {row['train_reconstruction']:8.3f}"
                f" - kl {row['train_kl']:6.3f}  validation elbo {row['validation_elbo']:8.3f}")


class AutoencoderObjective(Objective):
    """Minimise the loss of reconstructing x, per example, summed over pixels.

    Its column is the negated loss, so that larger is better as in the bound: the log-likelihood,
    in nats; but for "gaussian" the negated squared error, which is no log-likelihood before a
    variance is chosen, and so has no unit of nats.
    """

    columns, score = ("reconstruction",), "reconstruction"

    def __init__(self, settings, data):
        super().__init__(settings, data)
        self.unit = "negated squared error" if settings.likelihood == "gaussian" else "nats"

    def __call__(self, model, x, rng):
        losses = model.loss(x)
        return ops.mean(losses), (-ops.sum(_value(losses)),)

    def line(self, row):
        """An epoch in one line: the training images and the validation images."""
        return (f"reconstruction {row['train_reconstruction']:8.3f}"
                f"  validation {row['validation_reconstruction']:8.3f}")


# ---- models with an exact density --------------------------------------------------------------

class BitsObjective(Objective):
    """Maximise log P(x) of images of bits, in nats per example: maximum likelihood."""

    def __call__(self, model, x, rng):
        log_p = self.log_prob(model, x, rng)
        return -ops.mean(log_p), (ops.sum(_value(log_p)),)

    def log_prob(self, model, x, rng):
        """log P(x) in nats.   (N, D) -> (N,)"""
        return model.log_prob(x)


class DensityObjective(BitsObjective):
    """Maximise log p(x): the density of points, or a bound on log P(x) of images of L grey levels.

    Images are dequantised anew at each step, y = (level + u) / L with u ~ U[0, 1), and by Jensen's
    inequality E[log p(y)] - D log L <= log P(x) (Theis, van den Oord and Bethge 2016).
    """

    takes = ("images", "points")

    def log_prob(self, model, x, rng):
        """log p(x), or the bound on log P(x) with one u an image, in nats.   (N, D) -> (N,)"""
        if self.data.levels is None:
            return model.log_prob(x)
        y = dequantise(x, self.data.levels, rng=rng)
        return model.log_prob(y) - math.prod(self.data.shape) * math.log(self.data.levels)


class FlowObjective(DensityObjective):
    """The flow has to know the number of grey levels: it ends in a sigmoid if there are any."""

    def config(self):
        return super().config() | {"levels": self.data.levels}


class AffineObjective(DensityObjective):
    """One Gaussian, by gradients."""

    def config(self):
        return {"dimensions": math.prod(self.data.shape)}


class EMObjective(DensityObjective):
    """A mixture of Gaussians: an epoch is one iteration of EM over all examples.

    They are dequantised once, always with the same noise: EM never goes down on data that stays.
    """

    shuffle, tolerance = False, 1e-6

    def config(self):
        settings = self.settings
        return {"k": settings.components, "covariance": settings.covariance,
                "prior": settings.prior, "dimensions": math.prod(self.data.shape)}

    def optimiser(self, model):
        return None

    def begin(self, model, x):
        model.start(self._fixed(x), rng=self.settings.seed)

    def step(self, model, optimiser, x, rng, number):
        log_prior, n = model.log_prior(), x.shape[0]
        per_image = math.prod(self.data.shape) * math.log(self.data.levels or 1)
        objective = model.step(self._fixed(x))
        return [n * (objective - per_image) - log_prior]

    def _fixed(self, x):
        return x if self.data.levels is None \
            else dequantise(x, self.data.levels, rng=self.settings.seed)

    def finished(self, history):
        last = [row["train_log_prob"] for row in history[-2:]]
        return len(last) == 2 and abs(last[1] - last[0]) < self.tolerance


def _value(x):
    return x.detach().data if hasattr(x, "detach") else x


OBJECTIVES = {"vae": VAEObjective, "ae": AutoencoderObjective,
              "vae-conv": VAEObjective, "ae-conv": AutoencoderObjective,
              "affine": AffineObjective, "gmm": EMObjective, "flow": FlowObjective,
              "maf": FlowObjective, "made": BitsObjective, "pixelcnn": BitsObjective}


def build(settings, data):
    """(model, objective) for these settings and examples like those of `data`."""
    if settings.model not in OBJECTIVES:
        raise ValueError(f"there is no model {settings.model!r} to train\n"
                         f"  expected  one of {', '.join(OBJECTIVES)}")
    objective = OBJECTIVES[settings.model](settings, data)
    return models.build(settings.model, objective.config()), objective
