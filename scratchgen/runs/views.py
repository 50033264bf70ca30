"""What a report shows of each kind of model: numbers on the test examples, and figures."""
import math
from typing import NamedTuple

import numpy as np

from .. import backend, models, viz
from ..autodiff import ops
from ..distributions.base import raw
from ..models.dequantise import bits_per_dimension

IMPORTANCE_SAMPLES = 100
_PART = 1000                        # examples measured at a time: convolutions need memory for each
_INFORMED = 2000                    # of them the instruments, whose time grows with the square
_CELLS = 240                        # a density is drawn over so many times so many points
_LINES = 25                         # of a deformed grid, over (-3, 3) in each direction


class Number(NamedTuple):
    """A mean over the test examples, with its standard error."""

    value: float
    error: float
    unit: str


class View:
    """A trained model in eval mode beside the test examples x, as `prepare` gives them.

    `numbers()` is {name: Number}; `figures(history)` yields (file name, Axes), in the order of the
    report; `captions` says in a sentence what each shows.
    """

    captions = {"loss_curves": "Each epoch: the training examples as they were seen, and the "
                               "validation examples."}

    sums = " Numbers per example are sums over pixels."

    def __init__(self, model, x, test, objective):
        self.model, self.x, self.test, self.objective = model, x, test, objective
        self.seed = objective.settings.seed

    @property
    def summary(self):
        """The size of the model, in a few words."""
        return f"{sum(p.size for p in self.model.parameters()):,} parameters"

    def instruments(self):
        """What the model does with its code, as {name: text}; nothing for models without one."""
        return {}

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


# ---- models with a code ------------------------------------------------------------------------

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

    def instruments(self):
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


# ---- models with an exact density --------------------------------------------------------------

class DensityView(View):
    """log p(x) of images, and new ones."""

    captions = View.captions | {"samples": "Images drawn from the model.",
                                "data": "Test images, as the model was given them."}

    def log_prob(self):
        """log p(x) of each test example, in nats, float64 on the host."""
        rng = np.random.default_rng(self.seed)
        return rows(lambda x: self.objective.log_prob(self.model, x, rng), self.x).astype(float)

    def numbers(self):
        log_p = self.log_prob()
        name = "log P(x)" if self.objective.settings.bits else "log P(x), at least"
        bits = bits_per_dimension(-log_p, math.prod(self.test.shape))
        return {name: number(log_p), "bits per dimension": number(bits, "bits")}

    def figures(self, history):
        yield "data", viz.image_grid(self.pixels(self.x[:100]), title="Test images")
        samples = self.model.sample(100, rng=np.random.default_rng(self.seed))
        yield "samples", viz.image_grid(self.pixels(samples), title="New images, drawn from p(x)")
        yield self.loss_curves(history)


class _Components:
    """A mixture counts components where others count parameters."""

    @property
    def summary(self):
        return f"{self.model.k} components, {self.model.covariance} covariances"


class MixtureOfImagesView(_Components, DensityView):
    """The components, too, are images."""

    captions = DensityView.captions | {"means": "The mean of each component, the heaviest first."}

    def figures(self, history):
        yield from super().figures(history)
        order = np.argsort(-backend.to_numpy(self.model.log_weights))
        yield "means", viz.image_grid(self.pixels(self.model.means)[order], columns=10,
                                      title="Means of the components")


class PointsView(DensityView):
    """A density of the plane beside the exact one."""

    sums = ""

    captions = View.captions | {
        "density": "Test points and as many from the model; the exact density and the one that was "
                   "learned, in the same colours."}

    def numbers(self):
        log_p, exact = self.log_prob(), self.test.density.log_prob(self.test.images)
        return {"log p(x)": number(log_p), "log p(x) by the exact density": number(exact),
                "KL(exact || model), their difference": number(exact - log_p)}

    @property
    def limits(self):
        """(low, high) of a square that holds the test points."""
        low, high = float(self.test.images.min()), float(self.test.images.max())
        return low - 0.05 * (high - low), high + 0.05 * (high - low)

    def figures(self, history):
        yield "density", self._density()
        yield self.loss_curves(history)

    def _density(self):
        n, limits = min(len(self.x), 4000), self.limits
        samples = backend.to_numpy(raw(self.model.sample(n, rng=np.random.default_rng(self.seed))))
        grid = viz.plane_grid(limits, _CELLS).astype(np.float32)
        exact = np.exp(self.test.density.log_prob(grid))
        learned = np.exp(rows(self.model.log_prob, backend.asarray(grid)))
        _, (data, drawn, left, right) = viz.panels(2, 2, size=(5.2, 4.3))
        viz.scatter(self.test.images[:n], limits=limits, title="Test points", ax=data)
        viz.scatter(samples, limits=limits, title="Points drawn from the model", ax=drawn)
        for ax, values, title in ((left, exact, "Exact density"), (right, learned, "Learned")):
            viz.density(values, limits, title=title, highest=exact.max(), ax=ax)
        return data


class MapView(PointsView):
    """x = f(z): what f does to the plane of z."""

    captions = PointsView.captions | {
        "grid": "The square grid of z, from -3 to 3, taken to x by the model, over test points: "
                "where its lines crowd, it packs what it is given."}

    def figures(self, history):
        yield from super().figures(history)
        z = backend.asarray(viz.plane_grid((-3, 3), 10 * _LINES + 1).astype(np.float32))
        fine = rows(self.model.image, z).reshape(10 * _LINES + 1, -1, 2)
        yield "grid", viz.deformed_grid(fine, every=10, points=self.test.images[:2000],
                                        limits=self.limits, title="The grid of z, taken to x")


class MixtureView(_Components, PointsView):
    """The components as ellipses."""

    captions = PointsView.captions | {
        "components": "Each component as the ellipse of 2 standard deviations, over test points."}

    def figures(self, history):
        yield from super().figures(history)
        means, roots = (backend.to_numpy(a) for a in (self.model.means, self.model.scale_tril))
        yield "components", viz.ellipses(means, roots, points=self.test.images[:2000],
                                         limits=self.limits, title="The components")


VIEWS = {("vae", "images"): VAEView, ("vae-conv", "images"): VAEView,
         ("ae", "images"): AutoencoderView, ("ae-conv", "images"): AutoencoderView,
         ("made", "images"): DensityView, ("pixelcnn", "images"): DensityView,
         ("flow", "images"): DensityView, ("maf", "images"): DensityView,
         ("affine", "images"): DensityView, ("gmm", "images"): MixtureOfImagesView,
         ("flow", "points"): MapView, ("maf", "points"): MapView, ("affine", "points"): MapView,
         ("gmm", "points"): MixtureView}
