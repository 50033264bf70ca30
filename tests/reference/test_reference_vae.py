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


def weights(stage):
    """The reference's weights in the order of a dense VAE: loc and log scale are one layer here."""
    w = {name[len(stage) + 1:]: a for name, a in ARRAYS.items() if name.startswith(stage + "/")}
    return [w["encoder.weight"], w["encoder.bias"],
            np.concatenate([w["loc.weight"], w["log_scale.weight"]], axis=1),
            np.concatenate([w["loc.bias"], w["log_scale.bias"]]),
            w["decoder.weight"], w["decoder.bias"], w["logits.weight"], w["logits.bias"]]


@pytest.fixture
def model():
    vae = sg.models.vae_dense(FACTS["pixels"], FACTS["latent"], (FACTS["hidden"],), rng=0)
    vae = vae.astype("float64")
    names = [name for name, _ in vae.named_parameters()]
    vae.load_state_dict(dict(zip(names, weights("initial"), strict=True)))
    return vae


def test_25_training_steps(model):
    optimiser = sg.optim.Adam(model.parameters(), lr=FACTS["lr"])
    losses = []
    for x, noise in zip(ARRAYS["batches"].astype(np.float64), ARRAYS["noise"]):
        loss = -model.elbo(x, rng=Replay(noise)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    np.testing.assert_allclose(losses, ARRAYS["losses"], rtol=1e-11)
    for p, expected in zip(model.parameters(), weights("final"), strict=True):
        np.testing.assert_allclose(p.numpy(), expected, rtol=1e-11, atol=1e-13)


def test_the_two_terms_of_the_first_bound(model):
    x, noise = ARRAYS["batches"][0].astype(np.float64), ARRAYS["noise"][0]
    reconstruction, kl = model.terms(x, rng=Replay(noise))
    np.testing.assert_allclose(kl.mean().item(), ARRAYS["kl"][0], rtol=1e-12)
    np.testing.assert_allclose(reconstruction.mean().item(), ARRAYS["kl"][0] - ARRAYS["losses"][0],
                               rtol=1e-12)
