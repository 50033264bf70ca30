"""The losses of both players: their values, and their gradients against differences of themselves.
"""
import math

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import models
from scratchgen.models.gan import LOSSES
from tests.support.finite_differences import jacobian

S = np.array([-30.0, -2.0, -0.5, 0.25, 3.0, 30.0])
CROSS_ENTROPY = ("minimax", "non-saturating")


def log_sigmoid(s):
    return -np.logaddexp(0, -s)


REFERENCE = {       # (discriminator on real, on fake, generator), as the papers write them
    "minimax": (lambda s: -log_sigmoid(s), lambda s: -log_sigmoid(-s), lambda s: log_sigmoid(-s)),
    "non-saturating": (lambda s: -log_sigmoid(s), lambda s: -log_sigmoid(-s),
                       lambda s: -log_sigmoid(s)),
    "wasserstein": (lambda s: -s, lambda s: s, lambda s: -s),
    "least-squares": (lambda s: (s - 1)**2 / 2, lambda s: s**2 / 2, lambda s: (s - 1)**2 / 2),
    "hinge": (lambda s: np.maximum(0, 1 - s), lambda s: np.maximum(0, 1 + s), lambda s: -s),
}


def test_there_is_a_reference_for_every_loss():
    assert REFERENCE.keys() == LOSSES.keys()


@pytest.mark.parametrize("name", LOSSES)
def test_values(name):
    loss, (real, fake, generator) = LOSSES[name], REFERENCE[name]
    np.testing.assert_allclose(loss.discriminator(S, S[::-1]), real(S) + fake(S[::-1]),
                               rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(loss.generator(S), generator(S), rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_falls_when_the_player_gets_what_it_wants(name):
    loss, step = LOSSES[name], 1e-3
    for s in (-0.9, -0.3, 0.4, 0.8):        # inside the margin of hinge, below the aim of squares
        s = np.array([s])
        targets = np.ones(1), np.zeros(1)
        assert loss.generator(s + step) < loss.generator(s)
        assert loss.real(s + step, targets[0]) < loss.real(s, targets[0])
        if name != "least-squares" or s > 0:
            assert loss.fake(s - step, targets[1]) < loss.fake(s, targets[1])


def test_the_two_losses_of_the_paper_differ_in_slope_and_not_in_sign():
    # minimax: d/ds -softplus(s) = -D; non-saturating: -(1 - D).  Where the generator loses, D = 0.
    s = sg.Tensor(np.array([-10.0]), requires_grad=True)
    slopes = {name: sg.grad(lambda s: LOSSES[name].generator(s).sum())(s).item()
              for name in CROSS_ENTROPY}
    d = 1 / (1 + math.exp(10))
    assert slopes["minimax"] == pytest.approx(-d, rel=1e-12)
    assert slopes["non-saturating"] == pytest.approx(-(1 - d), rel=1e-12)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("targets", [(np.ones((6, 1)), np.zeros((6, 1))), (1.0, 0.0),
                                     (np.ones(6), np.zeros(1))])
def test_labels_pair_up_with_scores(name, targets):
    with pytest.raises(sg.ShapeError):
        LOSSES[name].discriminator(S, S, targets)


# ---- gradients, by differences of the same object: a wrong sign in training cannot hide ----------

def tiny(loss):
    """Two inputs, three hidden units, float64."""
    rng = np.random.default_rng(0)
    generator = sg.nn.mlp(2, 3, 2, activation="tanh", rng=rng, dtype="float64")
    discriminator = sg.nn.mlp(2, 3, 1, activation="tanh", rng=rng, dtype="float64")
    return models.GAN(generator, discriminator, loss)


@pytest.mark.parametrize("player", ["discriminator", "generator"])
@pytest.mark.parametrize("name", LOSSES)
def test_gradients_of_every_weight(name, player):
    gan, rng = tiny(name), np.random.default_rng(1)
    x, z = rng.standard_normal((5, 2)), rng.standard_normal((5, 2))

    def loss():
        if player == "generator":
            return sg.ops.mean(gan.generator_loss(z))
        return sg.ops.mean(gan.discriminator_loss(x, z))

    loss().backward()
    for label, p in getattr(gan, player).named_parameters():
        before = p.data.copy()

        def at(values, p=p):
            p.data = values
            return loss().item()

        expected = jacobian(at, [before], 0)
        p.data = before
        np.testing.assert_allclose(p.grad, expected, rtol=1e-8, atol=1e-10, err_msg=label)


@pytest.mark.parametrize("name", LOSSES)
def test_real_and_generated_examples_come_in_pairs(name):
    for real, fake in ((S, S[:1]), (S[:1], S), (S, S[:, None])):
        with pytest.raises(sg.ShapeError, match="for each real one"):
            LOSSES[name].discriminator(real, fake)


def test_an_unknown_loss_names_the_choice():
    with pytest.raises(ValueError, match="minimax, non-saturating, wasserstein"):
        tiny("relativistic")
