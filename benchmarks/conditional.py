"""Generators of a class: are their digits what they should be, and can they tell digits apart?

    python -m benchmarks.conditional --out digits.png

Three densities p(x|y) of the bundled digits, learned from the training images and their labels:

    bernoulli   pixels that are independent given the class, of black-and-white images
    vae         a VAE given the class, of black-and-white images
    gaussian    one Gaussian with full covariance a class, of grey images (dequantised)

and of each three accuracies:

    samples     of its own images, how many a classifier that was trained on real ones takes for
                the class that they were drawn from
    bayes       p(y|x) by Bayes' rule from p(x|y) and counted p(y): how many test images it names
                rightly (of the VAE p(x|y) is the importance-weighted bound)
    generated   of test images, how many are named rightly by a classifier that saw its images
                alone, as many as there are real ones to train on

beside those of the same classifier trained on real images.  Means over seeds; the standard error is
over images, of the share of seeds in which an image was named rightly, or, for samples, which are
others in each seed, of all of them.  Writes results/conditional.json.
"""
import argparse
import datetime
import pathlib

import numpy as np

from scratchgen import backend, data, models, optim, viz
from scratchgen.distributions import Bernoulli, Independent
from scratchgen.distributions.base import raw
from scratchgen.files import write_text
from scratchgen.models.dequantise import dequantise, quantise

from .conv_against_dense import compact
from .machine import describe

RESULTS = pathlib.Path(__file__).parent / "results" / "conditional.json"
SETTINGS = {"latent": 10, "hidden": (256, 128), "epochs": 100, "batch_size": 64, "lr": 1e-3,
            "draws": 100, "classifier": (128,), "classifier_epochs": 50, "threshold": 0.5}
KINDS = {"bernoulli": "bits", "vae": "bits", "gaussian": "grey"}
CLASSES = 10


def images(split):
    """{"bits", "grey"}: (training images, test images), (N, 64)."""
    grey = tuple(part.flat for part in split)
    return {"bits": tuple(data.binarise(x, SETTINGS["threshold"]) for x in grey), "grey": grey}


# ---- the three densities -------------------------------------------------------------------------

def bernoulli(x, y, seed, epochs):
    """Each pixel by itself, its p counted with one white and one black image more (Laplace)."""
    def pixels(x):
        logits = np.log(x.sum(axis=0) + 1) - np.log(len(x) - x.sum(axis=0) + 1)
        return Independent(Bernoulli(logits), 1)

    return models.ClassConditional.fit(pixels, x, y, CLASSES)


def vae(x, y, seed, epochs):
    """One VAE that is told the class, trained on the bound on log p(x|y)."""
    order, noise = np.random.default_rng(seed).spawn(2)
    model = models.vae_dense(x.shape[1], SETTINGS["latent"], SETTINGS["hidden"], condition=CLASSES,
                             rng=seed)
    optimiser = optim.Adam(model.parameters(), lr=SETTINGS["lr"])
    for _ in range(epochs):
        for batch, labels in data.batches((x, y), SETTINGS["batch_size"], rng=order):
            optimiser.zero_grad()
            (-model.given(labels).elbo(batch, rng=noise).mean()).backward()
            optimiser.step()
    return models.ClassConditional([Drawn(model.given(k)) for k in range(CLASSES)], np.bincount(y))


def gaussian(x, y, seed, epochs):
    """N(m_y, S_y) of dequantised images; its samples are rounded to grey levels again."""
    rng, levels = np.random.default_rng(seed), data.load("digits").train.levels

    def one(x):
        mixture = models.GaussianMixture(1).fit(dequantise(x, levels, rng=rng), rng=rng)
        return Grey(mixture, levels)

    return models.ClassConditional.fit(one, x, y, CLASSES)


class Drawn:
    """A VAE whose samples are images of bits, and whose log p(x) is its bound."""

    def __init__(self, model):
        self.model = model

    def log_prob(self, x):
        return raw(self.model.log_prob(x, SETTINGS["draws"], rng=0))

    def sample(self, n, *, rng):
        return raw(self.model.sample(n, rng=rng, draw=True))


class Grey:
    """A density of dequantised images, as one of images with so many grey levels."""

    def __init__(self, density, levels):
        self.density, self.levels = density, levels

    def log_prob(self, x):
        return self.density.log_prob(dequantise(x, self.levels, rng=0))

    def sample(self, n, *, rng):
        return quantise(self.density.sample(n, rng=rng), self.levels).astype(np.float32)


GENERATORS = {"bernoulli": bernoulli, "vae": vae, "gaussian": gaussian}


# ---- the accuracies ------------------------------------------------------------------------------

def classifier(x, y, seed):
    """The judge: a perceptron trained on these images."""
    return models.Classifier(x.shape[1], CLASSES, SETTINGS["classifier"], rng=seed).fit(
        x, y, rng=seed, epochs=SETTINGS["classifier_epochs"])


def study(split, seed, kinds=tuple(KINDS), epochs=SETTINGS["epochs"]):
    """({kind: {accuracy: (N,) rightly named?}}, {kind: ClassConditional}).

    The first has "real bits" and "real grey" too: a classifier that saw real images.
    """
    y, test_y = (part.labels for part in split)
    parts, right, made = images(split), {}, {}
    for layout in dict.fromkeys(KINDS[kind] for kind in kinds):
        x, test_x = parts[layout]
        judge = classifier(x, y, seed)
        right[f"real {layout}"] = {"real": judge.predict(test_x) == test_y}
        for kind in (kind for kind in kinds if KINDS[kind] == layout):
            made[kind] = GENERATORS[kind](x, y, seed, epochs)
            new, labels = made[kind].sample(len(x), rng=np.random.default_rng(seed))
            right[kind] = {
                "samples": judge.predict(new) == labels,
                "bayes": made[kind].predict(test_x) == test_y,
                "generated": classifier(new, labels, seed).predict(test_x) == test_y}
    return right, made


def summary(seeds):
    """Accuracies over seeds, as JSON can hold them: each seed's, their mean, its standard error."""
    return {kind: {name: _accuracy(name, np.array([right[kind][name] for right in seeds], float))
                   for name in seeds[0][kind]} for kind in seeds[0]}


def _accuracy(name, right):
    """right (seeds, N): of test images, the same in each seed, the columns are the sample."""
    independent = right.reshape(-1) if name == "samples" else right.mean(axis=0)
    return {"mean": round(right.mean(), 4),
            "standard_error": round(independent.std(ddof=1) / len(independent) ** 0.5, 4),
            "seeds": right.mean(axis=1).round(4).tolist()}


# ---- the command ---------------------------------------------------------------------------------

def draw(made, seed=0):
    """Ten new digits of each class a row, from each generator."""
    figure, axes = viz.panels(1, len(made), size=(4.4, 4.6))
    titles = {"bernoulli": "independent pixels, given the class", "vae": "VAE, given the class",
              "gaussian": "one Gaussian a class, grey levels"}
    for ax, (kind, model) in zip(axes, made.items()):
        rng = np.random.default_rng(seed)
        rows = np.concatenate([density.sample(10, rng=rng) for density in model.densities])
        viz.image_grid(rows.reshape(-1, 8, 8), columns=10, title=titles[kind], ax=ax)
        ax.set_yticks(range(CLASSES), range(CLASSES))
        ax.set_ylabel("class y" if ax is axes[0] else "")
    return figure


def line(kind, result):
    """What was found of one generator, in one line."""
    return f"{kind:10}" + "".join(
        f"  {name} {100 * a['mean']:.1f} ± {100 * a['standard_error']:.1f} %"
        for name, a in result.items())


def main(argv=None):
    p = argparse.ArgumentParser(prog="python -m benchmarks.conditional",
                                description=__doc__.partition("\n")[0])
    p.add_argument("--seeds", type=int, default=5)
    p.add_argument("--epochs", type=int, default=SETTINGS["epochs"])
    p.add_argument("--results", type=pathlib.Path, default=RESULTS)
    p.add_argument("--out", type=pathlib.Path, help="draw samples of each class into this PNG")
    arguments = p.parse_args(argv)

    split, seeds = data.load("digits"), []
    with backend.limit_threads(1):
        for seed in range(arguments.seeds):
            right, made = study(split, seed, epochs=arguments.epochs)
            seeds.append(right)
    results = summary(seeds)
    for kind, result in results.items():
        print(line(kind, result))
    report = {"schema": "scratchgen conditional models", "version": 1,
              "date": datetime.date.today().isoformat(), "machine": describe(),
              "settings": SETTINGS | {"epochs": arguments.epochs, "seeds": arguments.seeds},
              "unit": "share of images named rightly", "results": results}
    arguments.results.parent.mkdir(parents=True, exist_ok=True)
    write_text(arguments.results, compact(report))
    if arguments.out:
        viz.save(draw(made), arguments.out)


if __name__ == "__main__":
    main()
