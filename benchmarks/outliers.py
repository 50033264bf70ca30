"""Does a likelihood recognise a digit that it has never seen?  Class by class, without choosing.

    python -m benchmarks.outliers

For each of the ten digits a VAE and a MADE are trained on the nine others, in bits, and score all
digits of the class held out against the test digits of the nine: AUROC by -log p(x), 1 if every
unseen digit is less likely than every other, 1/2 if the score says nothing, below 1/2 where the
likelihood *prefers* the class that it has never seen.  Two easier kinds of outlier beside it: fair
coin tosses for pixels, and test digits with their pixels shuffled.  All classes are recorded.
Writes results/outliers.json.
"""
import argparse
import datetime
import pathlib

import numpy as np

from scratchgen import backend, data, models, ops, optim
from scratchgen.files import write_text
from scratchgen.models import auroc, outlier_scores

from . import machine
from .conv_against_dense import compact

RESULTS = pathlib.Path(__file__).parent / "results" / "outliers.json"
SETTINGS = {"threshold": 0.5, "optimiser": "Adam", "batch_size": 100, "draws": 100, "seed": 0,
            "threads": 1, "vae": {"latent": 10, "hidden": [128], "activation": "tanh", "lr": 1e-2,
                                  "epochs": 40},
            "made": {"hidden": [300], "lr": 3e-3, "epochs": 25}}


def trained(kind, bits, epochs=None):
    """A "vae" or a "made", fitted to these images by maximum likelihood, or its bound."""
    settings, noise = SETTINGS[kind], np.random.default_rng(SETTINGS["seed"])
    if kind == "vae":
        model = models.vae_dense(64, settings["latent"], settings["hidden"],
                                 activation=settings["activation"], rng=SETTINGS["seed"])
        log_prob = lambda x: model.elbo(x, rng=noise)                               # noqa: E731
    else:
        model = models.MADE(64, settings["hidden"], rng=SETTINGS["seed"])
        log_prob = model.log_prob
    optimiser = optim.Adam(model.parameters(), lr=settings["lr"])
    for _ in range(epochs or settings["epochs"]):
        for x in data.batches(bits, SETTINGS["batch_size"], rng=noise):
            optimiser.zero_grad()
            (-ops.mean(log_prob(x))).backward()
            optimiser.step()
    return model


def outliers(test, rng):
    """Two kinds of image that are no digits, as many as there are test digits."""
    return {"coin tosses": (rng.random(test.shape) < 0.5).astype(test.dtype),
            "shuffled": rng.permuted(test, axis=1)}


def held_out(k, split, epochs=None):
    """{kind of model: {outliers: [AUROC, standard error]}} of models that never saw digit k."""
    (train, labels), (test, test_labels) = (
        (data.binarise(part.images, SETTINGS["threshold"]), part.labels) for part in split)
    unseen = np.concatenate([train[labels == k], test[test_labels == k]])
    seen, rng = test[test_labels != k], np.random.default_rng(k)
    sets = {"unseen class": unseen, **outliers(seen, rng)}
    found = {}
    for kind in ("vae", "made"):
        model = trained(kind, train[labels != k], epochs)
        inside = outlier_scores(model, seen, draws=SETTINGS["draws"], rng=rng)
        found[kind] = {name: [round(number, 4) for number in auroc(inside, outlier_scores(
            model, x, draws=SETTINGS["draws"], rng=rng))] for name, x in sets.items()}
    return found


def main(argv=None):
    p = argparse.ArgumentParser(prog="python -m benchmarks.outliers",
                                description=__doc__.partition("\n")[0])
    p.add_argument("--classes", nargs="+", type=int, default=range(10))
    p.add_argument("--epochs", type=int, help="of both models, for a quick look")
    p.add_argument("--results", type=pathlib.Path, default=RESULTS)
    arguments = p.parse_args(argv)

    split, results = data.load("digits"), {}
    with backend.limit_threads(SETTINGS["threads"]):
        for k in arguments.classes:
            results[str(k)] = held_out(k, split, arguments.epochs)
            print(line(k, results[str(k)]), flush=True)
    report = {"schema": "scratchgen outliers", "version": 1,
              "date": datetime.date.today().isoformat(), "machine": machine.describe(),
              "settings": SETTINGS | {"epochs": arguments.epochs}, "unit": "AUROC",
              "results": results}
    arguments.results.parent.mkdir(parents=True, exist_ok=True)
    write_text(arguments.results, compact(report))


def line(k, found):
    """One row of the table."""
    cells = (f"{name} {value:.3f} ± {error:.3f}" for rows in found.values()
             for name, (value, error) in rows.items())
    return f"without {k}:  " + "   ".join(cells)


if __name__ == "__main__":
    main()
