"""Models with a code: reconstructions, the map of the codes, the bound."""
import numpy as np

from ... import backend, models, viz
from ...autodiff import ops
from .base import View, number, rows

IMPORTANCE_SAMPLES = 100
_INFORMED = 2000                    # examples for the instruments, whose time grows with the square


class AutoencoderView(View):
    """Reconstructions and the map of the codes."""

    captions = View.captions | {
        "reconstructions": "Test images above, decoded from the mean of their code below.",
        "latent_map": "The mean code of each test image, coloured by class, which the model never "
                      "saw."}

    @property
    def summary(self):
        return f"{self.objective.settings.latent} latent dimensions, {super().summary}"

    def numbers(self):
        return {"reconstruction": number(-rows(self.model.loss, self.x), self.objective.unit)}

    def figures(self, history):
        codes = rows(self.model.code, self.x)
        decoded = self.model.image(backend.asarray(codes[:12]))
        yield "reconstructions", viz.reconstructions(self.pixels(self.x[:12]), self.pixels(decoded))
        yield self.loss_curves(history)
        yield "latent_map", viz.latent_map(codes, self.test.labels, classes=self.test.classes)


class VAEView(AutoencoderView):
    """The bound, and what comes out of noise."""

    captions = AutoencoderView.captions | {
        "samples": "What the model makes of noise: means of p(x|z) for z from the prior.",
        "manifold": "Every place of the latent plane decoded, spaced by equal prior mass."}

    def numbers(self):
        rng = np.random.default_rng(self.seed)
        terms = rows(lambda x: ops.stack(self.model.terms(x, rng=rng), axis=1), self.x)
        reconstruction, kl = terms[:, 0], terms[:, 1]
        bound = rows(lambda x: self.model.log_prob(x, IMPORTANCE_SAMPLES, rng=rng), self.x)
        return {"elbo": number(reconstruction - kl), "reconstruction": number(reconstruction),
                "kl": number(kl),
                f"log p(x), importance bound with {IMPORTANCE_SAMPLES} samples": number(bound)}

    def instruments(self, history):
        x = self.x[:_INFORMED]
        found = models.examine(self.model, x, rng=np.random.default_rng(self.seed))
        units = ", ".join(f"{nats:.2f}" for nats in sorted(found.units.kl, reverse=True))
        return {"examples": f"the first {len(x):,}",
                "rate and distortion": found.rate_distortion,
                "active units": f"{found.units.active} of {self.model.latent}",
                "KL of each unit, nats": units,
                "rate, split in two": found.information,
                "posterior collapse": found.collapse}

    def figures(self, history):
        yield from super().figures(history)
        samples = self.model.sample(100, rng=np.random.default_rng(self.seed))
        title = "New images: z drawn from N(0, I), decoded"
        yield "samples", viz.image_grid(self.pixels(samples), title=title)
        if self.model.latent == 2:
            plane = self.model.image(backend.asarray(viz.quantile_grid(15)))
            yield "manifold", viz.manifold(self.pixels(plane))
