"""The gradient penalty: one norm an example, and a gradient of it for every weight of a critic."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen import models, nn, ops
from scratchgen.models import R1, GradientPenalty, gradient_penalty, wgan_gp_dense
from tests.support.backends import xp_backend  # noqa: F401
from tests.support.finite_differences import jacobian


def draws(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def test_a_linear_critic_has_the_norm_of_its_weights():
    w = draws(6)
    found = gradient_penalty(lambda x: ops.matmul(x, w), draws(5, 6), draws(5, 6, seed=1), rng=0)
    np.testing.assert_allclose(found.numpy(), np.full(5, (np.linalg.norm(w) - 1)**2), rtol=1e-12)


def test_the_norm_is_one_of_each_example_over_all_its_numbers():
    # f(x) = |x|^2 / 2 has gradient x: at t = 0 or 1 the norm is that of the example itself.
    def critic(x):
        return 0.5 * ops.sum(ops.square(x), axis=(1, 2, 3))
    x = draws(4, 3, 2, 2)
    found = gradient_penalty(critic, x, x, rng=0, target=0.0)
    np.testing.assert_allclose(found.numpy(), (x**2).sum(axis=(1, 2, 3)), rtol=1e-12)


def test_points_lie_between_the_two_examples_of_a_pair():
    seen = []

    def critic(x):
        seen.append(x.numpy())
        return ops.sum(x, axis=1)
    x, y = draws(400, 2), draws(400, 2, seed=1)
    gradient_penalty(critic, x, y, rng=0)
    t = (seen[0] - x) / (y - x)
    np.testing.assert_allclose(t[:, 0], t[:, 1], rtol=1e-6)         # one t an example
    assert 0 <= t.min() < 0.02 and 0.98 < t.max() <= 1


@pytest.mark.parametrize("network", [
    lambda rng: nn.mlp(4, 5, 1, activation="tanh", rng=rng),
    lambda rng: nn.Sequential(nn.Reshape((2, 2, 1)), nn.Conv2d(1, 3, 2, padding=1, rng=rng),
                              ops.tanh, nn.Conv2d(3, 2, 2, stride=2, rng=rng), ops.tanh,
                              nn.Flatten(), nn.Linear(2, 1, rng=rng)),
    lambda rng: nn.Sequential(nn.Linear(4, 5, rng=rng), nn.LayerNorm(5), ops.tanh,
                              nn.Linear(5, 1, rng=rng)),
], ids=["dense", "convolutions", "layer normalisation"])
def test_the_gradient_of_the_penalty_by_differences(network):
    critic = network(np.random.default_rng(2)).astype("float64")
    gan = models.WGANGP(nn.mlp(2, 4, rng=0), critic)
    x, y = draws(3, 4), draws(3, 4, seed=1)

    def penalty():
        return ops.mean(GradientPenalty(10.0)(gan.score, x, y, rng=5))

    penalty().backward()
    for name, p in critic.named_parameters():
        before = p.data.copy()

        def at(values, p=p):
            p.data = values
            return penalty().item()

        expected = jacobian(at, [before], 0)
        p.data = before
        found = np.zeros_like(before) if p.grad is None else p.grad
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8, err_msg=name)


def test_r1_looks_at_real_examples_only():
    w = draws(2)
    x, y = draws(3, 2), np.full((3, 2), np.nan)
    found = R1(4.0)(lambda x: ops.matmul(x, w), x, y, rng=0)
    np.testing.assert_allclose(found.numpy(), np.full(3, 2.0 * (w**2).sum()), rtol=1e-12)


def test_examples_have_to_pair_up():
    with pytest.raises(sg.ShapeError, match="a line joins two examples"):
        gradient_penalty(lambda x: ops.sum(x, axis=1), draws(3, 2), draws(4, 2), rng=0)


@pytest.mark.parametrize("critic", [lambda x: ops.mean(x, axis=1).mean(),
                                    lambda x: ops.reshape(x, (-1,)), lambda x: x])
def test_the_critic_gives_one_score_an_example(critic):
    """The mean of the scores of N examples has 1/N of the slope, and no number would show it."""
    with pytest.raises(sg.ShapeError, match="one score an example"):
        gradient_penalty(critic, draws(3, 2), draws(3, 2, seed=1), rng=0)


def test_a_critic_with_batch_normalisation_is_refused():
    critic = nn.Sequential(nn.Linear(2, 3, rng=0), nn.BatchNorm(3), nn.Linear(3, 1, rng=0))
    with pytest.raises(ValueError, match="layers.1\n.*each example for itself"):
        models.WGANGP(nn.mlp(2, 2, rng=0), critic)
    gan = models.GAN(nn.mlp(2, 2, rng=0), critic, "wasserstein")
    for penalty in (GradientPenalty(), R1()):
        with pytest.raises(ValueError, match="Game.*layers.1\n.*each example for itself"):
            gan.game(penalty=penalty)


def test_a_dcgan_without_batch_normalisation_in_its_critic_has_a_slope():
    x = np.random.default_rng(0).random((4, 8, 8), np.float32)
    for switches in ({"batchnorm": False}, {"spectral": True}):
        turn = models.dcgan((8, 8), 3, 2, rng=0, **switches).game(penalty=R1()).turn(x, rng=0)
        assert turn.numbers()["penalty"] > 0


def test_on_every_backend(xp_backend):  # noqa: F811
    def found(asarray):
        critic = nn.Sequential(nn.Conv2d(1, 2, 2, rng=0), ops.tanh, nn.Flatten(),
                               nn.Linear(8, 1, rng=0))
        x, y = (draws(3, 3, 3, 1, seed=k).astype(np.float32) for k in range(2))
        penalty = gradient_penalty(critic, asarray(x), asarray(y), rng=1)
        penalty.mean().backward()
        return penalty, critic.parameters()[0].grad

    with sg.backend.use("numpy"):
        expected = found(np.asarray)
    for value, right in zip(found(xp_backend.asarray), expected):
        right = right.numpy() if hasattr(right, "numpy") else right
        np.testing.assert_allclose(xp_backend.to_numpy(value), right, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("penalty", [R1, GradientPenalty, lambda w: wgan_gp_dense(
    2, 2, penalty=w, rng=0)])
@pytest.mark.parametrize("weight", [-1, float("nan")])
def test_weights_are_not_negative(penalty, weight):
    with pytest.raises(ValueError, match="0 or larger"):
        penalty(weight)
