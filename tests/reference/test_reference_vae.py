"""From fixed weights, batches and noise the dense VAE follows PyTorch: 25 losses, final weights."""
from pathlib import Path

import numpy as np
import pytest

import scratchgen as sg
from tests.reference.fixture import read_arrays

ARRAYS, FACTS = read_arrays(Path(__file__).with_name("vae.npz"))


class Replay(np.random.Generator):
    """A generator whose next normal numbers were drawn long ago."""

    def __init__(self, noise):
        super().__init__(np.random.PCG64(0))
        self.noise = noise

    def standard_normal(self, size):
        assert size == self.noise.shape
        return self.noise


def weights(likelihood, stage):
    """The reference's weights in the order of a dense VAE: loc and log scale are one layer here."""
    start = f"{likelihood}/{stage}/"
    w = {name.removeprefix(start): a for name, a in ARRAYS.items() if name.startswith(start)}
    scale = [w["pixels.log_scale"]] if likelihood == "gaussian" else []
    return [w["encoder.weight"], w["encoder.bias"],
            np.concatenate([w["loc.weight"], w["log_scale.weight"]], axis=1),
            np.concatenate([w["loc.bias"], w["log_scale.bias"]]),
            w["decoder.weight"], w["decoder.bias"], w["pixels.weight"], w["pixels.bias"], *scale]


@pytest.fixture(params=["bernoulli", "gaussian"])
def likelihood(request):
    return request.param


@pytest.fixture
def model(likelihood):
    vae = sg.models.vae_dense(FACTS["pixels"], FACTS["latent"], (FACTS["hidden"],),
                              likelihood=likelihood, rng=0).astype("float64")
    names = [name for name, _ in vae.named_parameters()]
    vae.load_state_dict(dict(zip(names, weights(likelihood, "initial"), strict=True)))
    return vae


@pytest.fixture
def batches(likelihood):
    return ARRAYS[f"{likelihood}/batches"] / FACTS["levels"][likelihood]


def test_25_training_steps(likelihood, model, batches):
    optimiser = sg.optim.Adam(model.parameters(), lr=FACTS["lr"])
    losses = []
    for x, noise in zip(batches, ARRAYS["noise"]):
        loss = -model.elbo(x, rng=Replay(noise)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    np.testing.assert_allclose(losses, ARRAYS[f"{likelihood}/losses"], rtol=1e-11)
    for p, expected in zip(model.parameters(), weights(likelihood, "final"), strict=True):
        np.testing.assert_allclose(p.numpy(), expected, rtol=1e-11, atol=1e-13)


def test_the_two_terms_of_the_first_bound(likelihood, model, batches):
    reconstruction, kl = model.terms(batches[0], rng=Replay(ARRAYS["noise"][0]))
    loss, divergence = ARRAYS[f"{likelihood}/losses"][0], ARRAYS[f"{likelihood}/kl"][0]
    np.testing.assert_allclose(kl.mean().item(), divergence, rtol=1e-12)
    np.testing.assert_allclose(reconstruction.mean().item(), divergence - loss, rtol=1e-12)
