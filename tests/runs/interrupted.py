"""Runs that are stopped, or killed, and whether two folders hold the same run."""
import os
import pathlib
import signal
import subprocess
import sys

import numpy as np

from scratchgen import nn, runs

_CHILD = """
import pathlib
from scratchgen import runs
training = runs.Training(runs.Settings(**{settings!r}), pathlib.Path({folder!r}), save_every=0)
for row in training.epochs():
    print(row["epoch"], flush=True)
"""


def run(settings, folder=None, stop_after=None):
    """A finished training or, after that many steps, a stopped one; settings are a dict."""
    training = runs.Training(runs.Settings(**settings), folder, save_every=0)

    def on_step(k, n):
        if training.step == stop_after:
            training.stop()
    list(training.epochs(on_step))
    return training


def killed(settings, folder, epoch):
    """Train in another process, which is killed as soon as it has said that this epoch is over."""
    folder.mkdir(exist_ok=True)
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD.format(settings=settings, folder=str(folder))],
        stdout=subprocess.PIPE, text=True,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)))
    with child.stdout:
        for line in child.stdout:
            if int(line) == epoch:
                child.kill()
                break
    child.wait()
    assert child.returncode == -signal.SIGKILL


def assert_same_state(a, b):
    """All but the seconds that it took."""
    (arrays, state), (others, other) = state_of(a), state_of(b)
    assert arrays.keys() == others.keys()
    for name in arrays:
        np.testing.assert_array_equal(arrays[name], others[name], err_msg=name)
    assert state == other


def state_of(folder):
    arrays, meta = nn.checkpoint.read(pathlib.Path(folder) / "last.npz")
    state = dict(meta["state"], history=[{k: v for k, v in row.items() if k != "seconds"}
                                         for row in meta["state"]["history"]])
    del state["seconds"]
    return arrays, state
