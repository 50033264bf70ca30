"""The run folder: runs/YYYYMMDD-HHMMSS-model-data-sSEED/ and what lies in it.

    config.json   the settings            metrics.csv   one row an epoch
    env.json      where and with what     report.html   figures and numbers, one self-contained page
    last.npz      the state to resume from, best.npz the best weights by validation; of a game,
                  which has none, snapshots.npz: samples from the first epoch to the last
"""
import csv
import io
import json
import os
import pathlib
import platform
import sys
import time

from .. import backend
from .._version import __version__
from ..errors import DataError
from ..files import write_text


def create(settings, out=None):
    """A new folder for this run, never an old one: a taken name gets the suffix -1, -2, ..."""
    if out is None:
        stamp = time.strftime("%Y%m%d-%H%M%S")
        out = pathlib.Path("runs") / f"{stamp}-{settings.model}-{settings.data}-s{settings.seed}"
    wanted = pathlib.Path(out)
    if wanted.name in ("", ".."):
        wanted = wanted.resolve()               # "." has a name to add a number to
    wanted.parent.mkdir(parents=True, exist_ok=True)
    attempt, folder = 0, wanted
    while True:
        try:
            folder.mkdir()
            break
        except FileExistsError:
            if folder.is_dir() and not any(folder.iterdir()):
                break
            attempt += 1
            folder = wanted.with_name(f"{wanted.name}-{attempt}")
    write_settings(folder, settings)
    write_text(folder / "env.json", json.dumps(environment(), indent=2) + "\n")
    return folder


def write_settings(folder, settings):
    """config.json"""
    write_text(folder / "config.json", json.dumps(settings.to_dict(), indent=2) + "\n")


def weights(folder):
    """The path of the weights to look at: the best ones by validation, or else the last."""
    best = pathlib.Path(folder) / "best.npz"
    return best if best.exists() else best.with_name("last.npz")


def environment():
    """What a number may depend on besides the settings: versions, machine, threads, command."""
    usable = {name: reason for name, (_, reason) in backend.available().items()}
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_CORETYPE")
    threads = {name: os.environ[name] for name in names if name in os.environ}
    return {"scratchgen": __version__, "python": platform.python_version(), "backends": usable,
            "platform": platform.platform(), "cores": os.cpu_count(), "threads": threads,
            "command": sys.argv, "started": time.strftime("%Y-%m-%d %H:%M:%S")}


def write_metrics(folder, history):
    """metrics.csv: one row an epoch, in the unit of the objective, per example."""
    if not history:
        return
    text = io.StringIO()
    table = csv.DictWriter(text, fieldnames=list(history[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(history)
    write_text(pathlib.Path(folder) / "metrics.csv", text.getvalue())


def require_run(folder):
    """The folder as a path, if a run lies there; else FileNotFoundError or DataError."""
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no run folder {str(folder)!r}\n"
                                "  hint      ls runs/")
    if not (folder / "last.npz").exists() and not (folder / "best.npz").exists():
        raise DataError(
            f"{str(folder)!r} holds no checkpoint\n  expected  last.npz or best.npz in it")
    return folder
