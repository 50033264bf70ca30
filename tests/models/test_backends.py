"""Models on every backend: from the same seed the numbers of NumPy, and no wait for the device."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen.models import autoencoder_conv, autoencoder_dense, vae_conv, vae_dense
from tests.support import fake_cupy
from tests.support.backends import backend, xp_backend  # noqa: F401

X = (np.random.default_rng(0).random((6, 4, 3)) < 0.4).astype(np.float32)
MODELS = {
    "vae of bits": lambda: vae_dense((4, 3), 2, (8,), rng=0),
    "vae, grey levels": lambda: vae_dense((4, 3), 2, (8,), rng=0,
                                          likelihood="continuous-bernoulli"),
    "vae, learned scale": lambda: vae_dense((4, 3), 2, (8,), likelihood="gaussian", rng=0),
    "vae, fixed scale": lambda: vae_dense((4, 3), 2, (8,), likelihood="gaussian", scale=0.3, rng=0),
    "ae": lambda: autoencoder_dense((4, 3), 2, (8,), rng=0),
    "vae-conv of bits": lambda: vae_conv((4, 3), 2, (3, 4), rng=0),
    "ae-conv": lambda: autoencoder_conv((4, 3), 2, (3,), kernel=4, rng=0),
}


def step(model, optimiser, x, rng):
    optimiser.zero_grad()
    loss = model.loss(x) if hasattr(model, "loss") else -model.elbo(x, rng=rng)
    loss.mean().backward()
    optimiser.step()
    return loss


def everything(name, x):
    """Three steps of training, then each thing a model can do."""
    model, rng = MODELS[name](), np.random.default_rng(1)
    optimiser = sg.optim.Adam(model.parameters(), lr=1e-2)
    results = [step(model, optimiser, x, rng) for _ in range(3)]
    results += [model.alter(x, x, 0.5), model.interpolate(x[0, ...], x[1, ...], 3),
                model.attribute_vector(x[:2, ...], x[2:, ...]), model(x)]
    if name.startswith("vae"):
        results += [model.log_prob(x, 5, rng=rng), model.sample(3, rng=rng),
                    model.elbo(x, 4, 2.0, rng=rng), sg.Tensor(model.prior.sample(rng=rng))]
    return results


@pytest.mark.parametrize("name", MODELS)
def test_values(name, xp_backend):  # noqa: F811
    with sg.backend.use("numpy"):
        expected = [t.numpy() for t in everything(name, X)]
    for found, value in zip(everything(name, xp_backend.asarray(X)), expected):
        np.testing.assert_allclose(xp_backend.to_numpy(found), value, rtol=1e-4, atol=1e-5)
        assert found.dtype == xp_backend.asarray(X).dtype


@pytest.mark.parametrize("name", MODELS)
def test_a_training_step_never_waits_for_the_device(name):
    with backend("fakecupy") as here:
        model, x, rng = MODELS[name](), here.asarray(X), np.random.default_rng(1)
        optimiser = sg.optim.Adam(model.parameters())
        step(model, optimiser, x, rng)
        before = fake_cupy.SHARED.syncs
        step(model, optimiser, x, rng)
        assert fake_cupy.SHARED.syncs == before


def test_grey_pixels_are_seen_on_a_device_where_that_is_asked_for():
    with backend("fakecupy") as here:
        model, grey = MODELS["vae of bits"](), here.asarray(X * 0.5)
        model.elbo(grey, rng=0)
        with sg.backend.checked(), pytest.raises(ValueError, match="0 and 1 only"):
            model.elbo(grey, rng=0)
