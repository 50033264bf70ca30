"""The figure of the first page: a code, a bound, a density and a game, each beside what is exact.

    python lessons/book/cover.py

Trains the three models (about a minute) and writes cover.png beside this file.
"""
import pathlib

import numpy as np

from scratchgen import data, elbo, models, ops, optim, viz

HERE = pathlib.Path(__file__).parent
SIZE = (3.5, 3.75)


def descend(model, batches, loss, lr):
    """Adam on loss(batch), a mean in nats."""
    optimiser = optim.Adam(model.parameters(), lr=lr)
    for x in batches:
        optimiser.zero_grad()
        loss(x).backward()
        optimiser.step()


def code(ax, rng):
    """The latent plane of a VAE of digits."""
    images = data.binarise(data.load("digits").train.images)
    vae = models.vae_dense(64, 2, rng=0)
    batches = (x for _ in range(150) for x in data.batches(images, 64, rng=rng))
    descend(vae, batches, lambda x: -ops.mean(vae.elbo(x, rng=rng)), 1e-3)
    plane = vae.image(viz.quantile_grid(9)).numpy()
    viz.manifold(plane, shape=(8, 8), title="A VAE's codes, decoded", ax=ax)


def bound(ax, rng):
    """From log p(x) to the ELBO by 20,000 draws, on a model whose log p(x) is known."""
    W, b = np.array([[1.2, 0.6], [0.5, 1.0], [0.2, 0.8]]), np.array([0.5, -0.3, 0.2])
    model, x = models.LinearGaussianVAE(W, b, 0.6), np.array([[2.3, 1.6, 0.6]])
    lines = elbo.ladder(model, x, model.encode(x), 20_000, rng=rng)
    viz.intervals({line.name: line.value for line in lines},
                  [line.standard_error for line in lines], xlabel="nats",
                  reference=(float(model.log_prob(x)[0].item()), "exact log p(x)"),
                  title="The ELBO, line by line", ax=ax)


def density(ax, rng):
    """A flow's density of two moons."""
    moons, flow = data.Moons(), models.real_nvp(2, 8, (64, 64), rng=0)
    batches = (moons.sample(250, rng=rng) for _ in range(3000))
    descend(flow, batches, lambda x: -ops.mean(flow.log_prob(x)), 3e-3)
    grid = viz.plane_grid((-1.6, 2.6), 160).astype(np.float32)
    gap = np.mean(moons.log_prob(x := moons.sample(20_000, rng=rng)) - flow.log_prob(x).numpy())
    viz.density(np.exp(flow.log_prob(grid).numpy()), (-1.6, 2.6),
                title=f"A flow: {gap:.2f} nats from the density", ax=ax)


def game(ax, rng):
    """A GAN on the ring of eight modes."""
    ring, gan = data.ring(), models.gan_dense(2, 2, (64, 64), rng=0)
    turns = 4000
    for _ in gan.game(lr=3e-3, penalty=models.R1(0.1), horizon=turns).play(
            (ring.sample(256, rng=rng) for _ in range(turns)), rng=rng):
        pass
    found = models.coverage(gan, ring.centres, ring.scale, rng=0)
    viz.scatter(gan.sample(2500, rng=0), modes=ring.centres, limits=(-1.35, 1.35),
                title=f"A GAN: {found.modes} of {found.total} modes", ax=ax)


def main():
    figure, axes = viz.panels(1, 4, size=SIZE)
    for panel, ax in zip((code, bound, density, game), axes):
        panel(ax, np.random.default_rng(0))
    viz.save(figure, HERE / "cover.png", dpi=110)


if __name__ == "__main__":
    main()
