"""Models with an exact density: maximum likelihood, by gradients or by EM."""
import math

from ...autodiff import ops
from ...models.dequantise import dequantise
from .base import Objective, value


class BitsObjective(Objective):
    """Maximise log P(x) of images of bits, in nats per example: maximum likelihood."""

    def __call__(self, model, x, rng):
        log_p = self.log_prob(model, x, rng)
        return -ops.mean(log_p), (ops.sum(value(log_p)),)

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

    def begin(self, model, x):
        """Its normalising layers begin with the spread of the first batch: ValueError if that is of
        one example.
        """
        if min(self.settings.batch_size, len(x)) < 2:
            raise ValueError(f"the model {self.settings.model!r} begins with the spread of its "
                             "first batch\n  expected  two examples or more\n  got       "
                             f"batch_size = {self.settings.batch_size}, {len(x)} to train on")


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
