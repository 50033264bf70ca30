"""A training step never waits for the GPU: no value comes to the host unless somebody asks for it.

A wait costs little here and everything there: the queue of kernels runs dry, and the next ones are
launched into silence.
"""

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import nn, ops, optim
from tests.support import fake_cupy
from tests.support.backends import backend


@pytest.fixture
def gpu():
    """The fake GPU in use, and its count of waits."""
    with backend("fakecupy"):
        yield fake_cupy.SHARED


def waits(fake, action):
    before = fake.syncs
    result = action()
    return fake.syncs - before, result


def test_the_count_counts(gpu):
    x = sg.Tensor(sg.backend.asarray([1.0, 2.0]))
    for ask in (lambda: x.sum().item(), x.numpy, lambda: bool(x.sum() > 0), lambda: repr(x),
                lambda: sg.backend.to_numpy(x.data), lambda: x[x.data > 1]):
        count, _ = waits(gpu, ask)
        assert count >= 1


OPTIMISERS = [optim.SGD, optim.Momentum, optim.RMSProp, optim.Adam, optim.AdamW]


@pytest.mark.parametrize("make", OPTIMISERS, ids=lambda make: make.__name__)
def test_a_classifier(gpu, rng, make):
    model = nn.mlp(8, 16, 1, activation="relu", rng=0)
    optimiser = make(model.parameters(), lr=1e-3)
    x, t = (sg.backend.asarray(rng.random(shape, dtype=np.float32)) for shape in ((32, 8), (32, 1)))

    def step():
        optimiser.zero_grad()
        loss = ops.bce_with_logits(model(x), t).mean()
        loss.backward()
        optimiser.step()
        return loss

    first, loss = waits(gpu, step)
    later, again = waits(gpu, lambda: [step() for _ in range(3)][-1])
    assert first == later == 0
    assert again.item() < loss.item()


def test_a_variational_autoencoder(gpu, rng):
    encoder = nn.mlp(8, 16, 4, activation="tanh", rng=0)
    decoder = nn.mlp(2, 16, 8, activation="relu", rng=1)
    norm = nn.LayerNorm(4)
    parameters = [p for layer in (encoder, decoder, norm) for p in layer.parameters()]
    optimiser = optim.Adam(parameters, lr=1e-3)
    x = sg.backend.asarray((rng.random((32, 8)) < 0.5).astype(np.float32))

    def step():
        optimiser.zero_grad()
        h = norm(encoder(x))
        loc, log_scale = h[:, :2], h[:, 2:]
        noise = sg.backend.standard_normal(rng, loc.shape, like=x)
        z = loc + ops.exp(log_scale) * noise
        reconstruction = ops.bce_with_logits(decoder(z), x)
        divergence = ops.kl_standard_normal(loc, log_scale)
        (reconstruction.sum(axis=1) + divergence.sum(axis=1)).mean().backward()
        optim.clip_grad_norm(parameters, 1.0)
        optimiser.step()

    count, _ = waits(gpu, lambda: [step() for _ in range(2)])
    assert count == 0


def test_a_double_backward(gpu):
    """The penalty of WGAN-GP: the gradient of the norm of a gradient."""
    critic = nn.mlp(4, 8, 1, activation="tanh", rng=0)
    x = sg.Tensor(sg.backend.asarray(np.ones((5, 4), np.float32)), requires_grad=True)

    def penalty():
        gradient = sg.grad(lambda v: critic(v).sum())(x)
        ((ops.norm(gradient, axis=1) - 1) ** 2).mean().backward()

    count, _ = waits(gpu, penalty)
    assert count == 0 and next(iter(critic.parameters())).grad is not None


def test_checks_of_values_wait_only_when_asked_for(gpu):
    logits, labels = sg.backend.asarray(np.zeros((3, 2), np.float32)), sg.backend.asarray([0, 1, 5])
    count, _ = waits(gpu, lambda: ops.softmax_cross_entropy(logits, labels))
    assert count == 0
    with sg.backend.checked(), pytest.raises(IndexError):
        ops.softmax_cross_entropy(logits, labels)
