"""scratchgen sample RUN: new examples from a trained model."""
import pathlib

from .. import runs
from .usage import UsageError, existing_run


MOST = 10**9            # at a time


def add_to(commands):
    p = commands.add_parser("sample", help="draw new examples from a trained model")
    p.add_argument("folder", metavar="RUN", help="a run folder")
    p.add_argument("--n", type=int, default=64, help="how many; default 64")
    p.add_argument("--seed", type=int, default=0, help="default 0")
    p.add_argument("--out", help="a .png or .npz file; default RUN/samples-seedSEED.png")
    p.set_defaults(run=run)


def run(arguments):
    if not 1 <= arguments.n <= MOST or arguments.seed < 0:
        raise UsageError(f"--n must be from 1 to {MOST:,} and --seed at least 0, "
                         f"got {arguments.n} and {arguments.seed}")
    folder = existing_run(arguments.folder)
    out = pathlib.Path(arguments.out or folder / f"samples-seed{arguments.seed}.png")
    if out.suffix not in (".png", ".npz"):
        raise UsageError(f"--out takes a .png or .npz file, got {str(out)!r}")
    if not out.parent.is_dir():
        raise UsageError(f"{out.parent} is not a folder that is there")
    try:
        samples = runs.sample(folder, arguments.n, arguments.seed)
    except runs.NothingToSample as error:
        raise UsageError(error) from None
    print(runs.save_samples(samples, out, f"{arguments.n} samples, seed {arguments.seed}"))
