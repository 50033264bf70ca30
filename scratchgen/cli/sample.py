"""scratchgen sample RUN: new images from a trained model."""
import pathlib

import numpy as np

from .. import backend, models, runs, viz
from .usage import UsageError


def add_to(commands):
    p = commands.add_parser("sample", help="draw new images from a trained model")
    p.add_argument("folder", metavar="RUN", help="a run folder")
    p.add_argument("--n", type=int, default=64, help="how many; default 64")
    p.add_argument("--seed", type=int, default=0, help="default 0")
    p.add_argument("--out", help="a .png or .npz file; default RUN/samples-seedSEED.png")
    p.set_defaults(run=run)


def run(arguments):
    if arguments.n < 1:
        raise UsageError(f"--n must be at least 1, got {arguments.n}")
    folder = runs.require_run(arguments.folder)
    model = models.load(folder)
    if not hasattr(model, "sample"):
        raise UsageError(f"{folder} holds a {type(model).__name__}: it has no distribution to sample from "
                         "(lesson 06 shows why)")
    images = backend.to_numpy(model.sample(arguments.n, rng=np.random.default_rng(arguments.seed)).data)
    out = pathlib.Path(arguments.out or folder / f"samples-seed{arguments.seed}.png")
    if out.suffix == ".npz":
        np.savez(out, images=images)
    elif out.suffix == ".png":
        figure = viz.image_grid(images, title=f"{arguments.n} samples, seed {arguments.seed}").figure
        viz.save(figure, out)
    else:
        raise UsageError(f"--out takes a .png or .npz file, got {str(out)!r}")
    print(out)
