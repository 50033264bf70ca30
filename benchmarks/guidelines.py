"""What is each guideline of DCGAN good for?  Digits of 8 x 8, every one switched off, ten seeds.

    python -m benchmarks.guidelines

The DCGAN of Radford et al. (2016), narrow, and nine variants with one thing changed (in one of
them two: no batchnorm, and other first weights), each trained from ten seeds (weights, batches and
noise) for equally many epochs, at the paper's learning rate.  What learns next to nothing there is
trained once more at five times that rate, beside the first: what only learns more slowly is not to
look like what cannot learn.  Measured are

frechet     d^2 between 2,000 samples and the training images, in the features of one classifier of
            these digits (`scratchgen.models.FrechetDistance`), after some of the epochs and at the
            end; test digits, by other writers, stand beside it
probe       the share of test digits that softmax regression names from the discriminator's features
            when it has learned from 10 labelled digits of each class, the mean over 10 choices of
            them; beside it the same discriminator before training, and the pixels
probe_all   the same with the labels of all training images

All seeds are recorded, none is left out.  Writes results/guidelines.json; half an hour on
a quiet core.
"""
import argparse
import datetime
import pathlib
import time

import numpy as np

from scratchgen import backend, data, models
from scratchgen.files import write_text
from scratchgen.models import FrechetDistance, linear_probe

from . import machine
from .conv_against_dense import compact
from .disentanglement import spread

RESULTS = pathlib.Path(__file__).parent / "results" / "guidelines.json"
SETTINGS = {"latent": 32, "width": 16, "batch_size": 50, "epochs": 40, "optimiser": "Adam",
            "lr": 2e-4, "betas": [0.5, 0.999], "samples": 2000, "labels_per_class": 10,
            "choices_of_labels": 10, "threads": 1}
MEASURED_AT = (10, 20)              # epochs, besides the last
VARIANTS = {
    "all five guidelines": {},
    "pooling instead of strides": {"strided": False},
    "no batchnorm": {"batchnorm": False},
    "no batchnorm, other first weights": {"batchnorm": False, "weight_scale": None},
    "dense hidden layers": {"dense": 64},
    "tanh in the generator": {"generator_activation": "tanh"},
    "sigmoid at the end": {"output": "sigmoid"},
    "ReLU in the discriminator": {"discriminator_activation": "relu"},
    "tanh in the discriminator": {"discriminator_activation": "tanh"},
    "spectral norm": {"spectral": True},
}

AGAIN = {"lr": 1e-3, "variants": ["all five guidelines", "dense hidden layers",
                                  "no batchnorm, other first weights", "no batchnorm"]}


def digits():
    """((images, labels) to train on, (images, labels) of other writers), images (N, 8, 8, 1)."""
    split = data.load("digits", flat=False)
    return [(part.images, part.labels) for part in (split.train, split.test)]


def make(variant, seed):
    """The untrained DCGAN of a variant."""
    return models.dcgan((8, 8, 1), SETTINGS["latent"], SETTINGS["width"], **VARIANTS[variant],
                        rng=seed)


def trained(gan, images, seed, rate, epochs, distance):
    """{epoch: d^2} while it trains, the last epoch included."""
    game = gan.game(lr=rate, betas=tuple(SETTINGS["betas"]))
    rng, found = np.random.default_rng(seed), {}
    for epoch in range(1, epochs + 1):
        for _ in game.play(data.batches(images, SETTINGS["batch_size"], rng=rng), rng=rng):
            pass
        if epoch in (*MEASURED_AT, epochs):
            found[str(epoch)] = round(distance(gan.eval(), n=SETTINGS["samples"],
                                               rng=seed).distance, 3)
            gan.train()
    return found


def probes(features, parts, seed):
    """(accuracy with few labels, accuracy with all of them)"""
    (images, labels), test = parts
    rng, few = np.random.default_rng(seed), []
    for _ in range(SETTINGS["choices_of_labels"]):
        chosen = np.concatenate([rng.choice(np.flatnonzero(labels == k),
                                            SETTINGS["labels_per_class"], replace=False)
                                 for k in range(10)])
        few.append(linear_probe(features, (images[chosen], labels[chosen]), test, rng=seed).value)
    everything = linear_probe(features, parts[0], test, rng=seed).value
    return round(float(np.mean(few)), 4), round(everything, 4)


def run(variant, seed, rate, epochs, parts, distance):
    """One row: what was found of one variant from one seed."""
    gan = make(variant, seed).eval()
    before = probes(gan.discriminator.features, parts, seed)
    start = time.process_time()
    curve = trained(gan.train(), parts[0][0], seed, rate, epochs, distance)
    seconds = time.process_time() - start
    after = probes(gan.eval().discriminator.features, parts, seed)
    return {"frechet": curve[str(epochs)], "curve": curve, "probe": after[0],
            "probe_before": before[0], "probe_all": after[1], "probe_all_before": before[1],
            "cpu_seconds": round(seconds, 1)}


def line(variant, rate, rows):
    """One row of the table: the mean over the seeds with its standard error."""
    found = {name: spread(rows, name) for name in ("frechet", "probe", "probe_all")}
    cells = "   ".join(f"{name} {value:6.3f} ± {error:.3f}"
                       for name, (value, error) in found.items())
    return f"{rate:6g} {variant:34} {cells}   {spread(rows, 'cpu_seconds')[0]:.0f} s a seed"


def main(argv=None):
    p = argparse.ArgumentParser(prog="python -m benchmarks.guidelines",
                                description=__doc__.partition("\n")[0])
    p.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    p.add_argument("--seeds", type=int, default=10)
    p.add_argument("--epochs", type=int, default=SETTINGS["epochs"])
    p.add_argument("--results", type=pathlib.Path, default=RESULTS)
    arguments = p.parse_args(argv)

    parts, results = digits(), {}
    arguments.results.parent.mkdir(parents=True, exist_ok=True)
    with backend.limit_threads(SETTINGS["threads"]):
        distance = FrechetDistance.fit(*parts[0], rng=0)
        beside = references(arguments.seeds, parts, distance)
        for rate, variant in plan(arguments.variants):
            rows = [run(variant, seed, rate, arguments.epochs, parts, distance)
                    for seed in range(arguments.seeds)]
            results.setdefault(str(rate), {})[variant] = rows
            print(line(variant, rate, rows), flush=True)
            write_text(arguments.results, compact(report(arguments, results, beside)))


def plan(variants):
    """(learning rate, variant) of all that is to be trained."""
    return ([(SETTINGS["lr"], variant) for variant in variants]
            + [(AGAIN["lr"], variant) for variant in AGAIN["variants"] if variant in variants])


def references(seeds, parts, distance):
    """What the numbers are held against: test digits, and the pixels as features."""
    (_, test), names = parts, ("probe", "probe_all")
    real = distance(test[0], rng=0)
    return {"test_digits": {"frechet": round(real.distance, 3),
                            "by_chance": round(real.by_chance, 3)},
            "pixels": [dict(zip(names, probes(None, parts, seed))) for seed in range(seeds)]}


def report(arguments, results, beside):
    """All that is known so far, as JSON can hold it."""
    means = {rate: {variant: {name: [round(float(number), 4) for number in spread(rows, name)]
                              for name in rows[0] if name != "curve"}
                    for variant, rows in variants.items()}
             for rate, variants in results.items()}
    return {"schema": "scratchgen guidelines", "version": 1,
            "date": datetime.date.today().isoformat(), "machine": machine.describe(),
            "settings": SETTINGS | {"epochs": arguments.epochs, "seeds": arguments.seeds},
            "again": AGAIN,
            "unit": "frechet: d^2, see FrechetDistance; probe: share of 297 test digits",
            "variants": {variant: VARIANTS[variant] for variant in arguments.variants},
            "means": means, "results": results, **beside}


if __name__ == "__main__":
    main()
