"""`scratchgen bench`: measure, print the table, write results.json and the figures."""
import datetime
import pathlib

from . import figures, plan, results, table
from .contenders import choose, cores
from .run import Interrupted, run


def bench(command, *, peers="", threads="1", repeat=25, out=None, quick=False, sweep=True,
          progress):
    """Run a command and return the folder of its results.

    ValueError for what does not exist, and for a folder that cannot be made.  Ctrl-C ends all
    processes, writes what was measured before, and passes on.
    """
    peers, threads = choose(peers), _threads(threads)
    if command == "memory" and len(threads) > 1:
        raise ValueError(f"bench memory takes one number of threads, got {threads}")
    if max(threads) > cores():
        raise ValueError(f"--threads {max(threads)}: each contender is tied to one core a thread, "
                         f"and this process may use {cores()}")
    if repeat < 1:
        raise ValueError(f"--repeat counts rounds, at least 1, got {repeat}")
    folder = pathlib.Path(out) if out else _default(command)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"cannot write the results: {error}") from None
    try:
        document = run(command, peers=peers, threads=threads, repeat=repeat, sweep=sweep,
                       quick=quick, progress=progress)
    except Interrupted as stop:
        if stop.document["rows"]:
            _write(stop.document, folder)
        raise
    _write(document, folder)
    return folder


def show(folder):
    """The table of results that were written before; draws the figures again."""
    folder = pathlib.Path(folder)
    path = folder if folder.suffix == ".json" else folder / "results.json"
    document = results.read(path)
    _draw(document, path.parent)
    return table.lines(document)


def _write(document, folder):
    results.write(document, folder / "results.json")
    _draw(document, folder)


def _draw(document, folder):
    from scratchgen import viz
    for name, figure in figures.draw(document).items():
        viz.save(figure, folder / name)


def _threads(text):
    try:
        counts = [int(word) for word in str(text).split(",")]
    except ValueError:
        counts = []
    if not counts or min(counts) < 1:
        raise ValueError(f"--threads takes numbers such as 1 or 1,2, got {text!r}")
    return list(dict.fromkeys(counts))


def _default(command):
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    return pathlib.Path("runs") / f"{stamp}-bench-{command}"


ABOUT = plan.ABOUT
