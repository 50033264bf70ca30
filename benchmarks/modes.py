r"""How many modes does a GAN find?  PacGAN's ring and grid, seven ways of training, five seeds.

    python -m benchmarks.modes              measure
    python -m benchmarks.modes --table      the rows of the README, from what was measured
    python -m benchmarks.modes --data ring --methods minimax non-saturating "packing of 2" \
        WGAN-GP "R1, rates to 0" --results benchmarks/results/modes-again.json
                                            the same seeds once more, with later kernels

Generator and discriminator have two hidden layers of 64; each is trained for 20,000 turns at batch
256, then 2,500 samples are drawn: which of the modes have one within 3 standard deviations, and
which share of all samples has (Lin et al. 2018, section 4.1).  An exact sampler is the last row.
Writes results/modes.json; most of an hour on one core.
"""
import argparse
import datetime
import json
import pathlib
import statistics
import time

import numpy as np

from scratchgen import backend, data
from scratchgen.files import write_text
from scratchgen.models import R1, coverage, gan_dense, wgan_gp_dense

from . import machine
from .conv_against_dense import compact

RESULTS = pathlib.Path(__file__).parent / "results" / "modes.json"
SETTINGS = {"hidden": [64, 64], "latent": 2, "batch_size": 256, "turns": 20_000, "samples": 2500,
            "optimiser": "Adam", "lr": 1e-3, "betas": [0.5, 0.999], "threads": 1}
# What is done about it: arguments of the networks, arguments of the game.
METHODS = {
    "minimax": ({"loss": "minimax"}, {}),
    "non-saturating": ({}, {}),
    "packing of 2": ({"pack": 2}, {}),
    "spectral norm": ({"spectral": True}, {}),
    "WGAN-GP": ({"penalty": 0.1}, {"critic_steps": 5}),
    "R1": ({}, {"penalty": R1(0.1)}),
    "R1, rates to 0": ({}, {"penalty": R1(0.1), "horizon": True}),
}
# Lin et al. 2018, table 1: another network and 400,000 turns, so not comparable.
PAPER = {"ring": {"GAN": "6.3 modes, 98.2 %", "packing of 2": "7.9 modes, 95.6 %"},
         "grid25": {"GAN": "17.3 modes, 94.8 %", "packing of 2": "23.8 modes, 91.3 %"}}
DATA = {"ring": data.ring, "grid25": data.grid25}


def game(method, seed, turns):
    """(gan, its Game) of one method."""
    network, settings = METHODS[method]
    make = wgan_gp_dense if method == "WGAN-GP" else gan_dense
    gan = make(2, SETTINGS["latent"], SETTINGS["hidden"], **network, rng=seed)
    if settings.get("horizon"):
        settings = settings | {"horizon": turns}
    return gan, gan.game(lr=SETTINGS["lr"], betas=tuple(SETTINGS["betas"]), **settings)


def run(method, target, seed, turns):
    """Train on the density `target`, and count: a dict."""
    gan, players = game(method, seed, turns)
    rng, began = np.random.default_rng(seed), time.process_time()
    batches = (target.sample(SETTINGS["batch_size"], rng=rng) for _ in range(turns))
    for _ in players.play(batches, rng=rng):
        pass
    return counted(gan, target, seed) | {"cpu_seconds": round(time.process_time() - began, 1)}


def counted(source, target, seed):
    """Modes covered and the share of samples near one."""
    found = coverage(source, target.centres, target.scale, n=SETTINGS["samples"], rng=seed)
    return {"modes": found.modes, "quality": round(found.quality.value, 4),
            "kl": round(found.kl, 4)}


def means(seeds):
    """("7.4 ± 0.4", "40.3 ± 5.7"): modes, % of high quality, means with their standard errors."""
    cells = []
    for key, scale in (("modes", 1), ("quality", 100)):
        values = [scale * seed[key] for seed in seeds]
        error = statistics.stdev(values) / len(values)**0.5 if len(values) > 1 else float("nan")
        cells.append(f"{statistics.mean(values):.1f} ± {error:.1f}")
    return cells


def line(name, target, seeds):
    """One row for the terminal."""
    modes, quality = means(seeds)
    return f"{target:7} {name:15} {modes:>11} modes   {quality:>11} % of high quality"


def table(report):
    """The rows of the README: each way of training, both sets, and the paper's figures below."""
    lines = ["| | " + " | ".join(f"{name}, modes | % of high quality" for name in report["results"])
             + " |", "|---" * (1 + 2 * len(report["results"])) + "|"]
    for method in report["results"][next(iter(report["results"]))]:
        cells = [cell for rows in report["results"].values() for cell in means(rows[method])]
        lines.append(f"| {method} | " + " | ".join(cells) + " |")
    for method in next(iter(report["paper"].values())):
        cells = [cell for name in report["results"]
                 for cell in report["paper"][name][method].split(" modes, ")]
        lines.append(f"| *{method}, in the paper* | "
                     + " | ".join(f"*{cell.removesuffix(' %')}*" for cell in cells) + " |")
    return lines


def main(argv=None):
    p = argparse.ArgumentParser(prog="python -m benchmarks.modes",
                                description=__doc__.partition("\n")[0])
    p.add_argument("--seeds", nargs="+", type=int, default=range(5))
    p.add_argument("--turns", type=int, default=SETTINGS["turns"], help="fewer for a quick look")
    p.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    p.add_argument("--data", nargs="+", choices=DATA, default=list(DATA))
    p.add_argument("--results", type=pathlib.Path, default=RESULTS)
    p.add_argument("--table", action="store_true", help="print the rows of the README")
    arguments = p.parse_args(argv)
    if arguments.table:
        print(*table(json.loads(arguments.results.read_text(encoding="utf-8"))), sep="\n")
        return

    results = {}
    with backend.limit_threads(SETTINGS["threads"]):
        for name in arguments.data:
            target = DATA[name]()
            results[name] = {}
            for method in arguments.methods:
                results[name][method] = [run(method, target, seed, arguments.turns)
                                         for seed in arguments.seeds]
                print(line(method, name, results[name][method]), flush=True)
            results[name]["exact sampler"] = [counted(target, target, seed)
                                              for seed in arguments.seeds]
            print(line("exact sampler", name, results[name]["exact sampler"]), flush=True)
    report = {"schema": "scratchgen modes", "version": 1,
              "date": datetime.date.today().isoformat(), "machine": machine.describe(),
              "settings": SETTINGS | {"turns": arguments.turns, "seeds": list(arguments.seeds)},
              "methods": {name: described(name) for name in arguments.methods},
              "paper": PAPER, "results": results}
    arguments.results.parent.mkdir(parents=True, exist_ok=True)
    write_text(arguments.results, compact(report))


def described(name):
    """The settings of a method, as text."""
    network, settings = METHODS[name]
    return ", ".join(f"{key} {value}" for key, value in (network | settings).items()) or "none"


if __name__ == "__main__":
    main()
