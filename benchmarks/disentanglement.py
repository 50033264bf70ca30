"""Does a heavier KL make each number of a code hold one factor?  Sprites, five seeds.

    python -m benchmarks.disentanglement --out disentanglement.png

For each beta a dense VAE is trained on the same 5,000 sprites of bits from five seeds (weights,
batches and noise), and measured on 3,000 others: the mutual information gap between the five
factors and draws of q(z|x) (Chen et al. 2018; histogram estimator, see
`scratchgen.models.mutual_information_gap`), the rate and the distortion in nats per example, and
the active units.  All seeds are recorded, none is left out.  Writes results/disentanglement.json.
"""
import argparse
import datetime
import pathlib
import time

import numpy as np

import scratchgen as sg
from scratchgen import backend, data, models, ops, optim, viz
from scratchgen.data.sprites import FACTORS
from scratchgen.files import write_text

from . import machine
from .conv_against_dense import compact

RESULTS = pathlib.Path(__file__).parent / "results" / "disentanglement.json"
BETAS = (1, 2, 4, 8)
SETTINGS = {"train": 5000, "test": 3000, "threshold": 0.5, "latent": 8, "hidden": [256],
            "activation": "relu", "optimiser": "Adam", "lr": 2e-3, "batch_size": 100, "epochs": 80,
            "bins": 20, "factor_bins": 10, "threads": 1}


def sprites(train=SETTINGS["train"], test=SETTINGS["test"]):
    """((bits, factors) to train on, (bits, factors) to measure with): always the same sprites."""
    images, factors = data.sprites(train + test, rng=np.random.default_rng(2018))
    bits = data.binarise(images.reshape(len(images), -1), SETTINGS["threshold"])
    return (bits[:train], factors[:train]), (bits[train:], factors[train:])


def trained(bits, beta, seed, epochs):
    """A VAE trained on E_q[log p(x|z)] - beta KL."""
    model = models.vae_dense(bits.shape[1], SETTINGS["latent"], SETTINGS["hidden"],
                             activation=SETTINGS["activation"], rng=seed)
    optimiser = optim.Adam(model.parameters(), lr=SETTINGS["lr"])
    order, noise = np.random.default_rng(seed).spawn(2)
    for _ in range(epochs):
        for x in data.batches(bits, SETTINGS["batch_size"], rng=order):
            optimiser.zero_grad()
            (-ops.mean(model.elbo(x, beta=beta, rng=noise))).backward()
            optimiser.step()
    return model


def measured(model, bits, factors, seed):
    """What was found of one model, as JSON can hold it."""
    rng = np.random.default_rng(seed)
    with sg.no_grad():
        codes = model.encode(bits).sample(rng=rng).numpy()
    gap = models.mutual_information_gap(codes, factors, bins=SETTINGS["bins"],
                                        factor_bins=SETTINGS["factor_bins"])
    point = models.rate_distortion(model, bits, rng=rng)
    return {"mig": round(gap.mig, 4), "gaps": dict(zip(FACTORS, (round(g, 4) for g in gap.gaps))),
            "rate": round(point.rate.value, 3), "distortion": round(point.distortion.value, 3),
            "active_units": models.units(model, bits).active}


def experiment(betas, seeds, epochs, parts):
    """{beta: [a row for each seed]}, and the seconds that it took."""
    start, (train, _), test = time.perf_counter(), *parts
    found = {}
    for beta in betas:
        found[str(beta)] = [measured(trained(train, beta, seed, epochs), *test, seed)
                            for seed in range(seeds)]
        print(line(beta, found[str(beta)]), flush=True)
    return found, time.perf_counter() - start


def spread(rows, name):
    """(mean over the seeds, standard error over the seeds) of one number."""
    values = np.array([row[name] for row in rows])
    return values.mean(), values.std(ddof=1) / len(values) ** 0.5 if len(values) > 1 else np.nan


def line(beta, rows):
    """One row of the table."""
    cells = (f"{name} {value:6.3f} ± {error:.3f}" for name in ("mig", "rate", "distortion")
             for value, error in [spread(rows, name)])
    units = " ".join(str(row["active_units"]) for row in rows)
    return f"beta {beta:2}:  " + "   ".join(cells) + f"   active units {units}"


def draw(results):
    """The gap and the rate-distortion plane, a dot for each seed."""
    figure, (left, middle, right) = viz.panels(1, 3, size=(4.6, 3.6))
    colours = dict(zip(results, viz.CLASS_COLOURS))
    means = [spread(rows, "mig")[0] for rows in results.values()]
    left.plot([float(beta) for beta in results], means, color="#5c6670", linewidth=1.2)
    for beta, rows in results.items():
        left.scatter([float(beta)] * len(rows), [row["mig"] for row in rows], color=colours[beta],
                     s=26, zorder=3)
        right.scatter([row["rate"] for row in rows], [row["distortion"] for row in rows],
                      color=colours[beta], s=26, label=rf"$\beta$ = {beta}")
    for factor, colour in zip(FACTORS, viz.CLASS_COLOURS[4:]):
        middle.plot([float(beta) for beta in results],
                    [np.mean([row["gaps"][factor] for row in rows]) for rows in results.values()],
                    color=colour, marker="o", markersize=4, label=factor)
    for ax, title in ((left, "Mutual information gap, a dot a seed"), (middle, "For each factor")):
        ax.set_xscale("log", base=2)
        ax.set_xticks([float(beta) for beta in results], list(results))
        ax.set(xlabel=r"$\beta$", ylabel="share of the factor's entropy", ylim=(-0.02, None))
        ax.set_title(title, loc="left", fontsize=11)
    right.set(xlabel="rate, nats per example", ylabel="distortion, nats per example")
    right.set_title("What the code costs, what it leaves unsaid", loc="left", fontsize=11)
    for ax in (middle, right):
        ax.legend(frameon=False, fontsize=8)
    for ax in (left, middle, right):
        ax.grid(color="#d9dce1", linewidth=0.6, alpha=0.7)
        ax.spines[["top", "right"]].set_visible(False)
    return figure


def main(argv=None):
    p = argparse.ArgumentParser(prog="python -m benchmarks.disentanglement",
                                description=__doc__.partition("\n")[0])
    p.add_argument("--betas", nargs="+", type=int, default=BETAS)
    p.add_argument("--seeds", type=int, default=5)
    p.add_argument("--epochs", type=int, default=SETTINGS["epochs"])
    p.add_argument("--results", type=pathlib.Path, default=RESULTS)
    p.add_argument("--out", type=pathlib.Path, help="draw what was found into this PNG")
    arguments = p.parse_args(argv)

    with backend.limit_threads(SETTINGS["threads"]):
        found, seconds = experiment(arguments.betas, arguments.seeds, arguments.epochs, sprites())
    report = {"schema": "scratchgen disentanglement", "version": 1,
              "date": datetime.date.today().isoformat(), "machine": machine.describe(),
              "settings": SETTINGS | {"epochs": arguments.epochs, "seeds": arguments.seeds},
              "unit": "nats per example; gaps as a share of the factor's entropy",
              "seconds": round(seconds), "results": found}
    arguments.results.parent.mkdir(parents=True, exist_ok=True)
    write_text(arguments.results, compact(report))
    if arguments.out:
        viz.save(draw(found), arguments.out)


if __name__ == "__main__":
    main()
