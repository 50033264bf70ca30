"""Which is the better VAE with as many parameters: one of convolutions, or one of dense layers?

    python -m benchmarks.conv_against_dense --data-dir FOLDER --out curves.png

On images of three sizes: digits 8 x 8 and sprites 16 x 16, which need no files, and MNIST 28 x 28
from FOLDER.  Both models are trained with the same optimiser on the same batches, in turns: the
next epoch belongs to whoever has trained for less time, so that a busy machine slows both alike.
After each epoch the bound is measured on validation images; what counts is the bound on the test
images at the best validation bound so far, as early stopping would have it.  Two questions:

    equal time      after so many seconds of training (CPU time of the one thread that trains,
                    evaluation left out): whose is higher?
    equal epochs    after as many epochs as the slower of the two has had by then?

Bounds are in nats per example.  Writes results/conv-against-dense.json.
"""
import argparse
import datetime
import json
import pathlib
import re
import time

import numpy as np

import scratchgen as sg
from scratchgen import backend, data, models, ops, optim, viz
from scratchgen.files import write_text

from . import machine

RESULTS = pathlib.Path(__file__).parent / "results" / "conv-against-dense.json"
MODELS = ("conv", "dense")
# Of the learning rates 1e-3 and 3e-3, the second was better for both models in a trial on MNIST.
SETTINGS = {"optimiser": "Adam", "lr": 3e-3, "batch_size": 100, "threshold": 0.5,
            "validation": 0.1, "test_draws": 5, "activation": "relu", "threads": 1}
CONTESTS = {            # channels and latent of the convolutional model, seconds of training
    "digits": {"channels": (16, 32), "latent": 10, "seconds": 6},
    "sprites": {"channels": (8, 16, 32), "latent": 6, "seconds": 16},
    "mnist": {"channels": (32, 64), "latent": 20, "seconds": 45},
}


def build(shape, latent, channels, seed):
    """{"conv": VAE, "dense": VAE}: one hidden layer in the dense one, as wide as is fair."""
    conv = models.vae_conv(shape, latent, channels, rng=seed)
    width = fair_width(parameters(conv), int(np.prod(shape)), latent)
    return {"conv": conv, "dense": models.vae_dense(shape, latent, (width,), rng=seed)}


def parameters(model):
    """How many numbers are trained."""
    return sum(p.size for p in model.parameters())


def fair_width(n, pixels, latent):
    """The H for which D - H - 2 Z and Z - H - D have n weights and biases, to the nearest one."""
    return round((n - 2 * latent - pixels) / (2 * pixels + 3 * latent + 2))


class Contender:
    """A model in training, with the seconds and the epochs that it has had and its best bounds."""

    def __init__(self, model, parts, seed):
        self.model, self.parts, self.seed = model, parts, seed
        self.optimiser = optim.Adam(model.parameters(), lr=SETTINGS["lr"])
        self.order, self.noise = np.random.default_rng(seed).spawn(2)
        self.epochs, self.seconds, self.best = 0, 0.0, []

    def train(self):
        """One epoch; then, off the clock, what it was good for."""
        start = time.thread_time()
        for x in data.batches(self.parts["train"], SETTINGS["batch_size"], rng=self.order):
            self.optimiser.zero_grad()
            (-ops.mean(self.model.elbo(x, rng=self.noise))).backward()
            self.optimiser.step()
        self.seconds += time.thread_time() - start
        self.epochs += 1
        validation = self.bound("validation", 1).mean()
        if not self.best or validation > self.best[-1]["validation"]:
            self.best.append({"epoch": self.epochs, "seconds": self.seconds,
                              "validation": validation,
                              "test": self.bound("test", SETTINGS["test_draws"])})

    def bound(self, part, draws):
        """The ELBO of each image, in nats, with the same noise at every call.   -> (N,)"""
        rng = np.random.default_rng(self.seed)
        with sg.no_grad():
            return np.concatenate([
                self.model.elbo(x, n=draws, rng=rng).numpy().astype(np.float64)
                for x in data.batches(self.parts[part], 500, rng=None, shuffle=False)])

    def stopped(self, key, limit):
        """The test bound of each image at the best validation bound with `key` up to the limit.

        If the first epoch took longer than that, after the first epoch.
        """
        rows = [row for row in self.best if row[key] <= limit] or self.best[:1]
        return rows[-1]["test"]


def contest(split, channels, latent, seconds, seeds):
    """Train both models from each seed, and what came of it as JSON can hold it."""
    parts = divide(split)
    contenders = {name: [] for name in MODELS}
    for seed in range(seeds):
        pair = {name: Contender(model, parts, seed)
                for name, model in build(split.train.shape, latent, channels, seed).items()}
        while (slower := min(pair.values(), key=lambda c: c.seconds)).seconds < seconds:
            slower.train()
        for name, contender in pair.items():
            contenders[name].append(contender)
    epochs = min(c.epochs for runs in contenders.values() for c in runs)
    first = {name: runs[0].model for name, runs in contenders.items()}
    return {
        "image": list(split.train.shape),
        "images": {name: len(images) for name, images in parts.items()},
        "models": {name: {"parameters": parameters(model), "config": model.config | {"rng": "seed"}}
                   for name, model in first.items()},
        "equal_time": {"seconds": seconds} | verdict(contenders, "seconds", seconds),
        "equal_epochs": {"epochs": epochs} | verdict(contenders, "epoch", epochs),
        "epochs_in_that_time": {name: [c.epochs for c in runs]
                                for name, runs in contenders.items()},
        "curves": {name: [curve(c) for c in runs] for name, runs in contenders.items()},
    }


def divide(split):
    """{"train", "validation", "test"}: bits, (N, H, W, C)."""
    train, test = (data.binarise(part.spatial, SETTINGS["threshold"]) for part in split)
    order = np.random.default_rng(0).permutation(len(train))
    n = round(SETTINGS["validation"] * len(train))
    return {"train": train[order[n:]], "validation": train[order[:n]], "test": test}


def verdict(contenders, key, limit):
    """Each seed's mean test bound, and how much higher that of the convolutions is.

    The standard error is over test images, of differences that were averaged over seeds.
    """
    bounds = {name: np.array([c.stopped(key, limit) for c in runs])
              for name, runs in contenders.items()}
    difference = (bounds["conv"] - bounds["dense"]).mean(axis=0)
    return {name: b.mean(axis=1).round(3).tolist() for name, b in bounds.items()} | {
        "difference": round(difference.mean(), 3),
        "standard_error": round(difference.std(ddof=1) / len(difference) ** 0.5, 3)}


def curve(contender):
    """{"epoch", "seconds", "validation", "test"}: a column of numbers each, a row a new best."""
    rows = [row | {"test": row["test"].mean()} for row in contender.best]
    return {key: [round(row[key], 3) for row in rows] for key in rows[0]}


# ---- the figure ----------------------------------------------------------------------------------

def draw(results):
    """The early-stopped test bound against epochs and against time, one line a seed."""
    figure, axes = viz.panels(2, len(results), size=(4.3, 3.2))
    colours = dict(zip(MODELS, (viz.CLASS_COLOURS[0], viz.CLASS_COLOURS[2])))
    for column, (name, result) in enumerate(results.items()):
        height, width, _ = result["image"]
        finals = [c["test"][-1] for runs in result["curves"].values() for c in runs]
        low = min(finals) - 3 * max(2, max(finals) - min(finals))
        for row, (key, label) in enumerate((("epoch", "epoch"),
                                            ("seconds", "seconds of training"))):
            ax = axes[row * len(results) + column]
            for model, runs in result["curves"].items():
                for seed, c in enumerate(runs):
                    ax.step(c[key], c["test"], where="post", color=colours[model], linewidth=1.6,
                            alpha=0.8, label=None if seed else
                            f"{model}, {result['models'][model]['parameters']:,} parameters")
            ax.set(xscale="log", ylim=(low, max(finals) + 0.5), xlabel=label)
            ax.set_ylabel("ELBO, nats per test image" if not column else "")
            if not row:
                ax.set_title(f"{name}, {height} x {width}", loc="left", fontsize=11)
                ax.legend(frameon=False, fontsize=8, loc="upper left")
            ax.grid(color="#d9dce1", linewidth=0.6, alpha=0.7)
            ax.spines[["top", "right"]].set_visible(False)
    return figure


# ---- the command ---------------------------------------------------------------------------------

def main(argv=None):
    p = argparse.ArgumentParser(prog="python -m benchmarks.conv_against_dense",
                                description=__doc__.partition("\n")[0])
    p.add_argument("--data", nargs="+", choices=list(CONTESTS), default=list(CONTESTS))
    p.add_argument("--data-dir", help="folder with the IDX files of MNIST")
    p.add_argument("--seeds", type=int, default=3)
    p.add_argument("--time", type=float, default=1.0, metavar="FACTOR",
                   help="multiplies the seconds of every training")
    p.add_argument("--results", type=pathlib.Path, default=RESULTS)
    p.add_argument("--out", type=pathlib.Path, help="draw the curves into this PNG")
    arguments = p.parse_args(argv)

    results = {}
    with backend.limit_threads(SETTINGS["threads"]):
        blas = machine.blas_in_use("scratchgen")
        for name in arguments.data:
            setting = CONTESTS[name] | {"seconds": CONTESTS[name]["seconds"] * arguments.time}
            results[name] = contest(data.load(name, arguments.data_dir), seeds=arguments.seeds,
                                    **setting)
            print(table(name, results[name]), flush=True)
    report = {"schema": "scratchgen conv against dense", "version": 1,
              "date": datetime.date.today().isoformat(),
              "machine": machine.describe() | {"blas_in_use": blas},
              "settings": SETTINGS | {"seeds": arguments.seeds}, "unit": "nats per example",
              "results": results}
    arguments.results.parent.mkdir(parents=True, exist_ok=True)
    write_text(arguments.results, compact(report))
    if arguments.out:
        viz.save(draw(results), arguments.out)


def table(name, result):
    """What was found on one data set, in three lines."""
    lines = [f"{name} {result['image']}, parameters "
             + ", ".join(f"{m} {about['parameters']:,}" for m, about in result["models"].items())]
    for key, unit in (("equal_epochs", "epochs"), ("equal_time", "seconds")):
        v = result[key]
        lines.append(f"  {v[unit]:g} {unit}:".ljust(16)
                     + "  ".join(f"{m} {np.mean(v[m]):8.2f}" for m in MODELS)
                     + f"  difference {v['difference']:+.2f} ± {v['standard_error']:.2f} nats")
    return "\n".join(lines)


def compact(report):
    """JSON with each list of numbers on one line."""
    text = json.dumps(report, indent=1)
    return re.sub(r"\[[^][{}\"]+\]", lambda m: " ".join(m.group().split()), text) + "\n"


if __name__ == "__main__":
    main()
