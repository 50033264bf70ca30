"""Models with an exact density: log p(x), beside the exact one where that is known."""
import math

import numpy as np

from ... import backend, viz
from ...distributions.base import raw
from ...models.dequantise import bits_per_dimension
from .base import View, number, rows

_CELLS = 240                        # a density is drawn over so many times so many points
_LINES = 25                         # of a deformed grid, over (-3, 3) in each direction


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
