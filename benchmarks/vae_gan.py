"""VAE, VAE with the features of a discriminator, VAE/GAN and GAN: which is best, and at what?

    python -m benchmarks.vae_gan

Digits of 8 x 8, five seeds (weights, batches and noise), equally many epochs for all four.  The
three with an encoder have the same encoder and decoder, and start from the same weights.  The
features of VAE_Dis_l (Larsen et al. 2016, section 4) are those of the GAN of the same seed.
Measured on the test digits, which are by other writers:

squared_error       |x - x~|^2 of an image and its reconstruction from the mean code
feature_distance    |h(x) - h(x~)|^2 in the last hidden layer h of one classifier of these digits,
                    which no model has seen; 1 is what two different test digits have on average
edges               the total variation of the reconstructions, 1 is that of the test digits

and on as many samples as there are training digits

frechet             d^2 to the training digits in h (`scratchgen.models.FrechetDistance`)
sample_edges        their total variation, 1 is that of the training digits

All seeds are recorded, none is left out.  Writes results/vae-gan.json; 6 minutes on one core.
"""
import argparse
import datetime
import pathlib

import numpy as np

import scratchgen as sg
from scratchgen import backend, data, models, ops, optim
from scratchgen.files import write_text
from scratchgen.models import FrechetDistance

from . import machine
from .conv_against_dense import compact
from .disentanglement import spread

RESULTS = pathlib.Path(__file__).parent / "results" / "vae-gan.json"
SETTINGS = {"latent": 16, "channels": [16, 32], "width": 16, "optimiser": "Adam", "lr": 1e-3,
            "batch_size": 64, "epochs": 100, "feature_scale": 0.5, "scale": 0.2, "gamma": 0.1,
            "classifier": {"hidden": [128, 32], "epochs": 30, "seed": 2016}, "threads": 1}
NAMES = "VAE", "VAE_Dis_l", "VAE/GAN", "GAN"


class Judge:
    """The classifier, and what is measured with it and without it."""

    def __init__(self, train, test):
        settings = SETTINGS["classifier"]
        self.images, self.test = train.images, test.images
        self.distance = FrechetDistance.fit(train.images, train.labels, rng=settings["seed"],
                                            hidden=settings["hidden"], epochs=settings["epochs"])
        of_test = self.features(self.test)
        self.apart = 2 * of_test.var(axis=0).sum()      # E|h(x) - h(y)|^2 of independent x and y

    def features(self, x):
        with sg.no_grad():
            return self.distance.features(x.reshape(len(x), -1)).numpy().astype(np.float64)

    def __call__(self, model, seed):
        """A row of results for one trained model."""
        model.eval()
        with sg.no_grad():
            samples = ops.reshape(model.sample(len(self.images), rng=seed), self.images.shape)
            found = {"frechet": self.distance(samples, rng=None).distance,
                     "sample_edges": edges(samples) / edges(self.images)}
            if hasattr(model, "encoder"):
                x = model(self.test).numpy().reshape(self.test.shape)
                moved = np.square(self.features(x) - self.features(self.test)).sum(axis=1)
                found |= {"squared_error": np.square(x - self.test).sum(axis=1).mean(),
                          "feature_distance": moved.mean() / self.apart,
                          "edges": edges(x) / edges(self.test)}
        return {name: round(float(value), 4) for name, value in found.items()}


def edges(x):
    """The mean total variation: sum |difference| of pixels side by side or one above the other."""
    x = np.asarray(getattr(x, "data", x)).reshape(-1, 8, 8)
    return sum(abs(np.diff(x, axis=axis)).sum(axis=(1, 2)) for axis in (1, 2)).mean()


def start(seed):
    """The encoder and decoder that all three begin with."""
    model = models.vaegan_conv((8, 8), SETTINGS["latent"], SETTINGS["channels"], rng=seed,
                               scale=SETTINGS["scale"], gamma=SETTINGS["gamma"])
    return model, {"latent": model.latent, "image_shape": (8, 8)}


def climb(model, images, seed, epochs):
    """Adam on the model's bound."""
    optimiser = optim.Adam(model.parameters(), lr=SETTINGS["lr"])
    order, noise = np.random.default_rng(seed).spawn(2)
    for _ in range(epochs):
        for x in data.batches(images, SETTINGS["batch_size"], rng=order):
            optimiser.zero_grad()
            (-ops.mean(model.elbo(x, rng=noise))).backward()
            optimiser.step()
    return model


def play(model, images, seed, epochs):
    """The turns of a game."""
    game, (order, noise) = model.game(lr=SETTINGS["lr"]), np.random.default_rng(seed).spawn(2)
    for _ in range(epochs):
        for _turn in game.play(data.batches(images, SETTINGS["batch_size"], rng=order), rng=noise):
            pass
    return model


def trained(images, seed, epochs):
    """The four models by name, in the order in which they need each other."""
    gan = play(models.dcgan((8, 8), SETTINGS["latent"], SETTINGS["width"], rng=seed), images, seed,
               epochs)
    (vae, form), (other, _), (whole, _) = (start(seed) for _ in range(3))
    features = gan.discriminator[:gan.discriminator.ends[-1]]
    return {"GAN": gan,
            "VAE": climb(models.VAE(vae.encoder, vae.decoder, likelihood="gaussian", **form),
                         images, seed, epochs),
            "VAE_Dis_l": climb(models.FeatureVAE(other.encoder, other.decoder, features, **form,
                                                 scale=SETTINGS["feature_scale"]),
                               images, seed, epochs),
            "VAE/GAN": play(whole, images, seed, epochs)}


def line(name, rows):
    """One row of the table."""
    cells = (f"{what} {value:6.3f} ± {error:.3f}" for what in rows[0]
             for value, error in [spread(rows, what)])
    return f"{name:10} " + "   ".join(cells)


def main(argv=None):
    p = argparse.ArgumentParser(prog="python -m benchmarks.vae_gan",
                                description=__doc__.partition("\n")[0])
    p.add_argument("--seeds", type=int, default=5)
    p.add_argument("--epochs", type=int, default=SETTINGS["epochs"], help="of all four")
    p.add_argument("--results", type=pathlib.Path, default=RESULTS)
    arguments = p.parse_args(argv)

    train, test = data.load("digits")
    images, results = train.images.reshape(-1, 8, 8), {name: [] for name in NAMES}
    with backend.limit_threads(SETTINGS["threads"]):
        judge = Judge(train, test)
        for seed in range(arguments.seeds):
            found = trained(images, seed, arguments.epochs)
            for name in NAMES:
                results[name].append(judge(found[name], seed))
            print(f"seed {seed}\n" + "\n".join(line(n, r[-1:]) for n, r in results.items()),
                  flush=True)
    report = {"schema": "scratchgen vae-gan", "version": 1,
              "date": datetime.date.today().isoformat(), "machine": machine.describe(),
              "settings": SETTINGS | {"epochs": arguments.epochs, "seeds": arguments.seeds},
              "frechet_of_test_digits": round(judge.distance(test.images, rng=None).distance, 4),
              "results": results}
    arguments.results.parent.mkdir(parents=True, exist_ok=True)
    write_text(arguments.results, compact(report))


if __name__ == "__main__":
    main()
