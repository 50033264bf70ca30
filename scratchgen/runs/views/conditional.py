"""What a report shows of a model that is told the class of an image."""
import numpy as np

from ... import backend, viz
from ...autodiff import ops
from .base import number, rows
from .code import IMPORTANCE_SAMPLES, VAEView

_COLUMNS = 10


class ConditionalVAEView(VAEView):
    """The bound on log p(x|y), and the same noise in every class."""

    captions = VAEView.captions | {
        "latent_map": "The mean code of each test image, coloured by class: the model is told the "
                      "class, so the code has no need to hold it.",
        "samples": "What the model makes of noise: a row has one class y, a column one z from the "
                   "prior; means of p(x|z,y)."}

    def __init__(self, model, x, split, objective):
        super().__init__(model, x, split, objective)
        self.labels = backend.asarray(self.test.labels)

    def numbers(self):
        given, rng = self.model.given, np.random.default_rng(self.seed)
        terms = rows(lambda x, y: ops.stack(given(y).terms(x, rng=rng), axis=1), self.x,
                     self.labels)
        reconstruction, kl = terms[:, 0], terms[:, 1]
        bound = rows(lambda x, y: given(y).log_prob(x, IMPORTANCE_SAMPLES, rng=rng), self.x,
                     self.labels)
        return {"elbo": number(reconstruction - kl), "reconstruction": number(reconstruction),
                "kl": number(kl),
                f"log p(x|y), importance bound with {IMPORTANCE_SAMPLES} samples": number(bound)}

    def instruments(self, history):
        return {}

    def figures(self, history):
        codes = rows(lambda x, y: self.model.given(y).code(x), self.x, self.labels)
        decoded = self.model.given(self.labels[:12]).image(backend.asarray(codes[:12]))
        yield "reconstructions", viz.reconstructions(self.pixels(self.x[:12]), self.pixels(decoded))
        yield self.loss_curves(history)
        yield "latent_map", viz.latent_map(codes, self.test.labels, classes=self.test.classes)
        yield "samples", self._samples()

    def _samples(self):
        classes = self.test.classes
        z = self.model.prior.sample(_COLUMNS, rng=np.random.default_rng(self.seed))
        y = backend.asarray(np.repeat(np.arange(len(classes)), _COLUMNS))
        images = self.model.given(y).image(ops.tile(z, (len(classes), 1)))
        ax = viz.image_grid(self.pixels(images), columns=_COLUMNS,
                            title="New images: a row one class, a column one z from N(0, I)")
        ax.set_yticks(range(len(classes)), classes)
        return ax
