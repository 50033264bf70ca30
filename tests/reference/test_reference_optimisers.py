"""Optimisers, schedules and clipping against PyTorch: the same 25 steps, least squares."""
from pathlib import Path

import numpy as np
import pytest

import scratchgen as sg
from tests.reference.fixture import read_arrays

ARRAYS, FACTS = read_arrays(Path(__file__).with_name("optimisers.npz"))
RUNS = {run["name"]: run for run in FACTS["runs"]}


def schedule(run, optimiser):
    """This package's name and arguments for PyTorch's schedule."""
    make = getattr(sg.optim.schedules, run["schedule"])
    return make(optimiser, **run["schedule_settings"])


@pytest.mark.parametrize("name", RUNS)
def test_trajectory(name):
    run = RUNS[name]
    x, y, w, b = (ARRAYS[f"problem/{key}"] for key in "xywb")
    w, b = sg.nn.Parameter(w), sg.nn.Parameter(b)
    settings = {k: tuple(v) if isinstance(v, list) else v for k, v in run["settings"].items()}
    optimiser = getattr(sg.optim, run["optimiser"])([w, b], **settings)
    rates = schedule(run, optimiser) if "schedule" in run else None

    losses, norms, lrs, path = [], [], [], []
    for _ in range(FACTS["steps"]):
        optimiser.zero_grad()
        loss = sg.ops.square(x @ w + b - y).sum() / (2 * len(x))
        loss.backward()
        if "clip" in run:
            norms.append(sg.optim.clip_grad_norm([w, b], run["clip"]))
        lrs.append(optimiser.lr)
        optimiser.step()
        if rates:
            rates.step()
        losses.append(loss.item())
        path.append(np.concatenate([w.data.ravel(), b.data]))

    np.testing.assert_allclose(losses, ARRAYS[f"{name}/losses"], rtol=1e-11)
    np.testing.assert_allclose(path, ARRAYS[f"{name}/path"], rtol=1e-11)
    if "clip" in run:
        np.testing.assert_allclose(norms, ARRAYS[f"{name}/norms"], rtol=1e-11)
    if rates:
        np.testing.assert_allclose(lrs, ARRAYS[f"{name}/rates"], rtol=1e-12)
