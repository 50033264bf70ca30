"""Flows and autoregressive models on every backend: NumPy's numbers, and no wait for the device."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen.models import MADE, PixelCNN, maf, real_nvp
from tests.support import fake_cupy
from tests.support.backends import backend, xp_backend  # noqa: F401

RNG = np.random.default_rng(0)
BITS = (RNG.random((6, 4, 3)) < 0.4).astype(np.float32)
GREY = (RNG.integers(17, size=(6, 4, 3)) / 16).astype(np.float32)
MODELS = {
    "flow of points": (lambda: real_nvp((4, 3), 2, (8,), activation="tanh", rng=0), GREY),
    "flow of images": (lambda: real_nvp((4, 3), 2, (8,), levels=17, activation="tanh", rng=0),
                       GREY),
    "maf": (lambda: maf((4, 3), 2, (8,), activation="tanh", rng=0), GREY),
    "made": (lambda: MADE((4, 3), (8,), order="random", rng=0), BITS),
    "pixelcnn": (lambda: PixelCNN((4, 3), 4, 1, kernel=3, rng=0), BITS),
}


def step(model, optimiser, x, rng):
    optimiser.zero_grad()
    loss = model.loss(x, rng=rng) if hasattr(model, "levels") else model.loss(x)
    loss.mean().backward()
    optimiser.step()
    return loss


def everything(make, x):
    """Two steps of training, then each thing a model can do.

    Gradient descent: where a gradient is 0 but for rounding, Adam would take a whole step.
    """
    model, rng = make(), np.random.default_rng(1)
    optimiser = sg.optim.SGD(model.parameters(), lr=1e-2)
    results = [step(model, optimiser, x, rng) for _ in range(2)]
    results += [model(x), model.log_prob(x), model.sample(3, rng=rng)]
    if hasattr(model, "levels"):
        results += [model.code(x), model.interpolate(x[0, ...], x[1, ...], 3)]
        results += [model.bits_per_dimension(x, rng=rng)] if model.levels else []
    return results


@pytest.mark.parametrize("name", MODELS)
def test_values(name, xp_backend):  # noqa: F811
    make, x = MODELS[name]
    with sg.backend.use("numpy"):
        expected = [sg.Tensor(t).numpy() for t in everything(make, x)]
    for found, value in zip(everything(make, xp_backend.asarray(x)), expected):
        found = xp_backend.to_numpy(found)
        assert found.dtype == np.float32
        close = np.isclose(found, value, rtol=2e-3, atol=2e-3)
        assert close.all() or (name == "flow of images" and close.mean() > 0.95)   # level borders


@pytest.mark.parametrize("name", MODELS)
def test_a_training_step_never_waits_for_the_device(name):
    make, x = MODELS[name]
    with backend("fakecupy") as here:
        model, x, rng = make(), here.asarray(x), np.random.default_rng(1)
        optimiser = sg.optim.Adam(model.parameters())
        step(model, optimiser, x, rng)          # the first one asks whether ActNorms are set
        before = fake_cupy.SHARED.syncs
        step(model, optimiser, x, rng)
        assert fake_cupy.SHARED.syncs == before
