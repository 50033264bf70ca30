"""scratchgen bench steps | layers | overhead | cpu-gpu | memory | show: who is how fast?"""
import pathlib
import sys

import scratchgen

from .usage import UsageError, refuse

_SOURCE = ("the benchmarks are part of the source, not of the installed package:\n"
           "  pip download scratchgen --no-binary scratchgen --no-deps, unpack it, "
           "then pip install -e . there")
_ABOUT = {
    "steps": "six training steps",
    "layers": "single layers, forward and backward",
    "overhead": "one operation on small arrays",
    "cpu-gpu": "from which size a GPU wins",
    "memory": "peak memory of a training loop",
}


def add_to(commands):
    p = commands.add_parser(
        "bench", help="how fast is it, and who is faster?",
        description="Measures in turns, each contender in a process of its own; writes "
        "results.json and figures, prints a table.  benchmarks/README.md tells how to read it.")
    actions = p.add_subparsers(metavar="WHAT", required=True)
    for name, about in _ABOUT.items():
        q = actions.add_parser(name, help=about)
        q.add_argument("--peers", default="", metavar="A,B",
                       help="torch, torch-tuned, jax, autograd, dezero, or all; default none")
        q.add_argument("--threads", default="1", metavar="N,M", help="default 1")
        q.add_argument("--repeat", type=int, default=25, metavar="N", help="rounds; default 25")
        q.add_argument("--out", metavar="FOLDER", help="default runs/DATE-bench-WHAT")
        q.add_argument("--no-sweep", action="store_true",
                       help="only the sizes of comparison, no curve")
        q.add_argument("--quick", action="store_true",
                       help="small sizes and few rounds: does it work? (the numbers mean nothing)")
        q.set_defaults(run=run, what=name)
    q = actions.add_parser("show", help="print the table of results, draw their figures again")
    q.add_argument("folder", metavar="FOLDER", help="a folder with results.json")
    q.set_defaults(run=show)


def commands():
    """benchmarks.commands of the clone; FileNotFoundError where there is none."""
    root = pathlib.Path(scratchgen.__file__).parents[1]
    if not (root / "benchmarks" / "commands.py").is_file():
        raise FileNotFoundError(_SOURCE)
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    from benchmarks import commands
    return commands


def run(arguments):
    found = commands()
    try:
        folder = found.bench(
            arguments.what, peers=arguments.peers, threads=arguments.threads,
            repeat=3 if arguments.quick else arguments.repeat, out=arguments.out,
            quick=arguments.quick, sweep=not arguments.no_sweep, progress=_Progress())
    except ValueError as error:
        raise refuse(error) from None
    print("\n".join(found.show(folder)))
    print(f"results: {folder}")


def show(arguments):
    found = commands()
    path = pathlib.Path(arguments.folder)
    if not path.exists():
        raise UsageError(f"there are no results at {path}")
    print("\n".join(found.show(path)))


class _Progress:
    """A bar on a terminal, a line a case elsewhere."""

    def __init__(self):
        self._bar = None

    def __call__(self, text, done, total):
        from tqdm import tqdm
        if self._bar is None or self._bar.total != total or done == 0:
            self.close()
            self._bar = tqdm(total=total, unit="case", leave=False, disable=None,
                             dynamic_ncols=True)
        if self._bar.disable:
            print(f"{done + 1}/{total}  {text}", flush=True)
        else:
            self._bar.n = done
            self._bar.set_postfix_str(text)

    def close(self):
        if self._bar is not None:
            self._bar.close()
