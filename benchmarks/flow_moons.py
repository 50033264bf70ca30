"""How near does a flow come to a density that is known: a RealNVP on two moons.

    python -m benchmarks.flow_moons --out moons.png

The examples are drawn from `data.Moons`, whose log p(x) is exact.  A model is judged by its gap on
examples that it was not trained on,

    gap = mean of log p(x) - log model(x)       nats per example,

an unbiased estimate of KL(p, model), so 0 is the best there is.  Beside the flow stand Gaussian
mixtures of 2 and of 20 components, fitted by EM to the same examples.  Two components cannot bend.
Twenty follow the arcs piece by piece, and are nearer to the truth than the flow, with 250 times
fewer numbers: in the plane they are hard to beat.  Writes results/flow-moons.json.
"""
import argparse
import datetime
import json
import pathlib
import time

import numpy as np

import scratchgen as sg
from scratchgen import backend, data, models, optim, viz
from scratchgen.files import write_text

from .machine import describe

RESULTS = pathlib.Path(__file__).parent / "results" / "flow-moons.json"
SETTINGS = {"couplings": 8, "hidden": (64, 64), "activation": "relu", "lr": 5e-3,
            "batch_size": 500}
HELD_OUT = 20_000
LIMITS = (-1.75, 2.75)


def train(examples=20_000, epochs=60, seed=0, mixtures=(2, 20)):
    """({name: model}, {name: record}) of a flow and some mixtures, all from the same examples."""
    toy, rng = data.Moons(), np.random.default_rng(seed)
    x, held_out = toy.sample(examples, rng=rng), toy.sample(HELD_OUT, rng=rng)
    start = time.process_time()
    made = {"real_nvp": (_flow(x, epochs, rng), time.process_time() - start)}
    for k in mixtures:
        start = time.process_time()
        mixture = models.GaussianMixture(k).fit(x, rng=rng)
        made[f"gaussian_mixture_{k}"] = mixture, time.process_time() - start
    exact = toy.log_prob(held_out)
    return ({name: model for name, (model, _) in made.items()},
            {name: _judged(model, held_out, exact) | {"seconds": round(seconds, 1)}
             for name, (model, seconds) in made.items()})


def _flow(x, epochs, rng):
    """Adam on the mean of -log p(x), its rate falling to 0 along half a cosine."""
    model = models.real_nvp(2, SETTINGS["couplings"], SETTINGS["hidden"],
                            activation=SETTINGS["activation"], rng=rng)
    optimiser = optim.Adam(model.parameters(), lr=SETTINGS["lr"])
    steps = epochs * -(-len(x) // SETTINGS["batch_size"])
    schedule = optim.schedules.CosineAnnealingLR(optimiser, steps)
    for _ in range(epochs):
        for batch in data.batches(x, SETTINGS["batch_size"], rng=rng):
            optimiser.zero_grad()
            model.loss(batch, rng=rng).mean().backward()
            optimiser.step()
            schedule.step()
    return model.eval()


def _judged(model, held_out, exact):
    log_prob = log_probs(model, held_out)
    difference = exact - log_prob
    return {"nats": float(-log_prob.mean()), "exact_nats": float(-exact.mean()),
            "gap": float(difference.mean()),
            "standard_error": float(difference.std(ddof=1) / len(difference) ** 0.5),
            "numbers": sum(np.size(values) for values in model.state_dict().values())}


def log_probs(model, x):
    """log model(x) on the host.   (N, 2) -> (N,)"""
    with sg.no_grad():
        y = model.log_prob(x)
    return backend.to_numpy(getattr(y, "data", y)).astype(float)


def draw(made, records):
    """The exact density, and what each model makes of it."""
    figure, axes = viz.panels(2, 2, size=(4.6, 3.8))
    grid, title = viz.plane_grid(LIMITS).astype(np.float32), "{}: {:.3f} nats from it"
    viz.density(np.exp(data.Moons().log_prob(grid)), LIMITS, title="Two moons, exactly",
                ax=axes[0])
    names = {"real_nvp": "RealNVP", "gaussian_mixture_2": "Mixture of 2",
             "gaussian_mixture_20": "Mixture of 20"}
    for ax, (key, name) in zip(axes[1:], names.items()):
        viz.density(np.exp(log_probs(made[key], grid)), LIMITS, ax=ax,
                    title=title.format(name, records[key]["gap"]))
    return figure


def main(argv=None):
    p = argparse.ArgumentParser(prog="python -m benchmarks.flow_moons",
                                description=__doc__.partition("\n")[0])
    p.add_argument("--examples", type=int, default=20_000)
    p.add_argument("--epochs", type=int, default=60)
    p.add_argument("--seeds", type=int, default=3)
    p.add_argument("--results", type=pathlib.Path, default=RESULTS)
    p.add_argument("--out", type=pathlib.Path, help="draw the densities of seed 0 into this PNG")
    arguments = p.parse_args(argv)

    runs = []
    with backend.limit_threads(1):
        for seed in range(arguments.seeds):
            made, records = train(arguments.examples, arguments.epochs, seed)
            runs.append(records)
            print(f"seed {seed}, nats per example from the exact density")
            for name, record in records.items():
                print(f"  {name:<20} {record['gap']:.4f} ± {record['standard_error']:.4f}"
                      f"   {record['numbers']:,} numbers, {record['seconds']:.1f} s",
                      flush=True)
            if arguments.out and seed == 0:
                viz.save(draw(made, records), arguments.out)
    report = {"date": datetime.date.today().isoformat(), "machine": describe(),
              "settings": SETTINGS | {"examples": arguments.examples, "held_out": HELD_OUT,
                                      "epochs": arguments.epochs, "seeds": arguments.seeds},
              "unit": "nats per example", "results": runs}
    arguments.results.parent.mkdir(parents=True, exist_ok=True)
    write_text(arguments.results, json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
