"""Whose turn it is: one player moves at a time, all of it, and nothing is computed for the other.
"""
import copy
import itertools
import pickle

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import models, nn, optim
from scratchgen.models import R1, GradientPenalty, Labels, gan_dense, wgan_gp_dense
from scratchgen.models.gan import LOSSES
from tests.support.graphs import leaves

X = np.random.default_rng(0).standard_normal((12, 2)).astype(np.float32)
GANS = {name: lambda name=name: gan_dense(2, 3, (5,), loss=name, rng=0) for name in LOSSES}
GANS |= {"packed": lambda: gan_dense(2, 3, (5,), pack=3, rng=0),
         "uniform": lambda: gan_dense(2, 3, (5,), prior="uniform", rng=0),
         "wgan-gp": lambda: wgan_gp_dense(2, 3, (5,), rng=0)}


def weights(player):
    return [p.data.copy() for p in player.parameters()]


def moved(player, before):
    return [bool((p.data != old).any()) for p, old in zip(player.parameters(), before)]


@pytest.mark.parametrize("name", GANS)
def test_a_turn_moves_every_weight_of_each_player(name):
    gan = GANS[name]()
    before = {player: weights(getattr(gan, player)) for player in ("generator", "discriminator")}
    # Far examples lie beyond hinge's margin; inside it the loss is that of Wasserstein.
    gan.game(critic_steps=1).turn(20 * X, rng=1)
    assert all(moved(gan.generator, before["generator"]))
    expected = [True] * len(before["discriminator"])
    # E[f(x)] - E[f(G(z))] does not change when f is raised: the critic's last bias has no gradient.
    expected[-1] = gan.loss.name != "wasserstein"
    assert moved(gan.discriminator, before["discriminator"]) == expected


@pytest.mark.parametrize("name", GANS)
def test_a_step_of_one_player_leaves_the_other_as_it_is(name):
    gan = GANS[name]()
    game = gan.game(critic_steps=2)
    before = weights(gan.generator)
    game.turn(X, rng=1)                                         # the discriminator's alone
    assert not any(moved(gan.generator, before))
    assert all(p.grad is None for p in gan.generator.parameters())

    after_discriminator = []
    game.turn(X, rng=2, inspect=lambda loss: after_discriminator.append(
        (weights(gan.discriminator), [p.grad for p in gan.discriminator.parameters()])))
    values, gradients = after_discriminator[-1]                 # as the generator begins its step
    assert not any(moved(gan.discriminator, values)) and any(moved(gan.generator, before))
    assert all(p.grad is g for p, g in zip(gan.discriminator.parameters(), gradients))
    assert all(p.requires_grad for p in gan.discriminator.parameters())


@pytest.mark.parametrize("name", GANS)
def test_the_generators_gradient_depends_on_the_critics_weights(name):
    def gradient(scale):
        gan = GANS[name]()
        first = gan.discriminator.parameters()[0]
        first.data = first.data * scale
        gan.generator_loss(gan.noise(6, rng=0)).mean().backward()
        return np.concatenate([p.grad.ravel() for p in gan.generator.parameters()])
    one, other = gradient(1.0), gradient(1.5)
    assert np.abs(one).max() > 0 and np.abs(one - other).max() > 1e-3 * np.abs(one).max()


def test_nothing_is_computed_that_nobody_uses():
    gan, asked = GANS["non-saturating"](), []
    gan.game().turn(X, rng=0, inspect=lambda loss: asked.append(leaves(loss)))
    for found, player in zip(asked, (gan.discriminator, gan.generator)):
        assert found == {id(p) for p in player.parameters()}


def test_critic_steps_and_what_a_turn_tells():
    gan = gan_dense(2, 3, (5,), rng=0)
    game = gan.game(critic_steps=3)
    turns = [turn.numbers() for turn in game.play([X] * 7, rng=0)]
    assert [turn["generator_loss"] is not None for turn in turns] == [False, False, True] * 2 + [
        False]
    assert game.turns == 7 and game.optimisers["generator"].steps == 2
    for turn in turns:
        assert 0 < turn["real"] < 1 and 0 < turn["fake_before"] < 1 and turn["penalty"] is None
        assert turn["discriminator_gradient"] > 0


def test_the_numbers_of_a_turn_by_hand():
    gan = gan_dense(2, 3, (5,), rng=0)
    twin = gan_dense(2, 3, (5,), rng=0)
    turn = gan.game(lr=0.01, penalty=R1(1.0)).turn(X, rng=7).numbers()
    z = twin.noise(12, rng=np.random.default_rng(7))
    assert turn["real"] == pytest.approx(float(twin.probability(X).mean()), rel=1e-6)
    assert turn["fake_before"] == pytest.approx(float(twin.probability(twin.image(z)).mean()),
                                                rel=1e-6)
    assert turn["discriminator_loss"] == pytest.approx(float(twin.discriminator_loss(X, z).mean()),
                                                       rel=1e-6)
    twin.discriminator.load_state_dict(gan.discriminator.state_dict())
    assert turn["fake_after"] == pytest.approx(float(twin.probability(twin.image(z)).mean()),
                                               rel=1e-6)
    assert turn["generator_loss"] == pytest.approx(float(twin.generator_loss(z).mean()), rel=1e-6)
    twin.generator_loss(z).mean().backward()
    norm = np.sqrt(sum((p.grad**2).sum() for p in twin.generator.parameters()))
    assert turn["generator_gradient"] == pytest.approx(norm, rel=1e-5)
    assert turn["penalty"] > 0


def test_each_step_makes_the_loss_of_its_player_smaller():
    gan = gan_dense(2, 3, (16,), rng=0)
    judge = gan_dense(2, 3, (16,), rng=0)                   # still before the turn
    turn = gan.game(lr=1e-3).turn(X, rng=7).numbers()
    z = gan.noise(12, rng=np.random.default_rng(7))
    judge.discriminator.load_state_dict(gan.discriminator.state_dict())
    assert judge.discriminator_loss(X, z).mean().item() < turn["discriminator_loss"]
    assert gan.generator_loss(z).mean().item() < turn["generator_loss"]


def test_rates_fall_to_zero_over_the_second_half_of_the_horizon():
    gan = gan_dense(2, 3, (5,), rng=0)
    game, rates = gan.game(lr=0.08, generator_lr=0.04, horizon=8), []
    for _ in game.play([X] * 10, rng=0):
        rates.append((game.optimisers["discriminator"].lr, game.optimisers["generator"].lr))
    left = [1, 1, 1, 1, 1, 0.75, 0.5, 0.25, 0, 0]
    np.testing.assert_allclose(rates, [(0.08 * f, 0.04 * f) for f in left], rtol=1e-12)


def test_an_inspection_that_raises_stops_before_the_step():
    gan = gan_dense(2, 3, (5,), rng=0)
    before = weights(gan)

    def refuse(loss):
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        gan.game().turn(X, rng=0, inspect=refuse)
    assert not any(moved(gan, before))


def test_labels_reach_both_players():
    labels = np.arange(12) % 3
    gan = gan_dense(2, 2, (8,), condition=3, rng=0)
    game = gan.game()
    for _ in game.play(itertools.repeat((X, labels), 3), rng=0):
        pass
    assert game.turns == 3
    z = gan.noise(4, rng=0)
    assert np.abs(gan.given(0).image(z) - gan.given(1).image(z)).max() > 1e-4
    assert np.abs(gan.given(0).score(X).data - gan.given(1).score(X).data).max() > 1e-4
    with pytest.raises(ValueError, match="no labels y are given"):
        gan.sample(3, rng=0)


def test_a_game_goes_on_bit_for_bit_from_a_checkpoint(tmp_path):
    def new():
        gan = wgan_gp_dense(2, 3, (5,), rng=0)
        return gan, gan.game(critic_steps=3)

    whole, game = new()
    rng = np.random.default_rng(5)
    for _ in game.play([X] * 4, rng=rng):
        pass
    nn.save(tmp_path / "game.npz", whole, game.optimisers, rng=rng)
    for _ in game.play([X] * 4, rng=rng):
        pass

    gan, other = new()
    rng = nn.load(tmp_path / "game.npz", gan, other.optimisers)["rng"]
    assert other.turns == 4
    for _ in other.play([X] * 4, rng=rng):
        pass
    for p, q in zip(gan.parameters(), whole.parameters()):
        np.testing.assert_array_equal(p.data, q.data)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda game: pickle.loads(
    pickle.dumps(game))])
@pytest.mark.parametrize("name", GANS)
def test_a_copy_goes_on_by_itself(name, duplicate):
    game = GANS[name]().game(lr=0.1, horizon=10)
    for seed in range(6):
        game.turn(X, rng=seed)
    twin, before = duplicate(game), weights(game.gan)
    ahead = [twin.turn(X, rng=seed).numbers() for seed in range(6, 9)]
    np.testing.assert_equal(weights(game.gan), before)
    assert ahead == [game.turn(X, rng=seed).numbers() for seed in range(6, 9)]
    np.testing.assert_equal(weights(game.gan), weights(twin.gan))
    assert twin.gan.loss is game.gan.loss


def test_the_state_of_another_game_changes_nothing():
    gan = gan_dense(2, 3, (5,), rng=0)
    game, other = gan.game(), gan_dense(2, 3, (4,), rng=0).game()
    game.turn(X, rng=0)
    before = game.optimisers.state_dict()
    for state in (other.optimisers.state_dict(), game.optimisers["generator"].state_dict()):
        with pytest.raises(ValueError):
            game.optimisers.load_state_dict(state)
    after = game.optimisers.state_dict()
    assert after["players"] == before["players"]
    for name, values in before["moments"].items():
        np.testing.assert_array_equal(after["moments"][name], values)


@pytest.mark.parametrize("loss", ["wasserstein", "least-squares", "hinge"])
def test_soft_labels_are_for_probabilities(loss):
    with pytest.raises(ValueError, match="no probabilities"):
        gan_dense(2, 2, loss=loss, rng=0).game(labels=Labels(real=0.9))


@pytest.mark.parametrize("steps", [0, -1, 1.5])
def test_critic_steps_are_counted(steps):
    with pytest.raises(ValueError, match="1 or more"):
        gan_dense(2, 2, rng=0).game(critic_steps=steps)


def test_a_pack_has_one_slope():
    """s(x_1, ..., x_m) = w (x_1, ..., x_m) has the slope |w|, over the numbers of all m."""
    judge = nn.Linear(6, 1, rng=0)
    w = judge.weight.data.copy()
    gan = models.GAN(nn.Linear(3, 2, rng=1), models.Packed(judge, 3))
    for penalty, expected in ((R1(4.0), 2 * (w**2).sum()),
                              (GradientPenalty(10.0), 10 * (np.linalg.norm(w) - 1)**2)):
        judge.weight.data = w
        found = gan.game(penalty=penalty).turn(X, rng=0).numbers()["penalty"]
        assert found == pytest.approx(expected, rel=1e-5)


def test_a_player_may_stand_still():
    rates = gan_dense(2, 2, rng=0).game(lr=0.1, generator_lr=0).optimisers
    assert (rates["discriminator"].lr, rates["generator"].lr) == (0.1, 0)


def test_a_batch_is_one():
    with pytest.raises(ValueError, match="the batch is empty"):
        gan_dense(2, 2, rng=0).game().turn(X[:0], rng=0)
    with pytest.raises(sg.ShapeError, match="not a batch"):
        gan_dense(2, 2, rng=0).game().turn(X[0], rng=0)
    given = [gan_dense(2, 2, condition=3, rng=0).game().turn(x, rng=0).numbers()
             for x in ((X, np.arange(12) % 3), (X.tolist(), [0, 1, 2] * 4))]
    assert given[0] == given[1]
    critic = wgan_gp_dense(2, 2, condition=3, rng=0).game().turn((X, np.arange(12) % 3), rng=0)
    assert all(value is None or np.isfinite(value) for value in critic.numbers().values())
    with pytest.raises(ValueError, match="unpack"):
        gan_dense(2, 2, condition=3, rng=0).game().turn((X, np.arange(12) % 3, 1), rng=0)


@pytest.mark.parametrize("make, players", [
    (lambda: gan_dense(2, 2, rng=0), ("discriminator", "generator")),
    (lambda: models.vaegan_conv((4, 4), 2, (2,), rng=0), ("discriminator", "encoder", "decoder"))])
def test_each_player_has_an_optimiser(make, players):
    model = make()
    adams = {name: optim.Adam(getattr(model, name).parameters(), lr=0.1) for name in players}
    game = model.game(optimisers=optim.Together(**adams))
    assert game.optimisers[players[1]] is adams[players[1]]
    last = adams.pop(players[-1])
    for others in (adams, adams | {"other": last}):
        with pytest.raises(ValueError, match="an optimiser\n.*Together.discriminator=..., .*\n.*"
                                             + ", ".join(others)):
            model.game(optimisers=optim.Together(**others))


@pytest.mark.parametrize("horizon", [0, -3, float("nan")])
def test_a_horizon_counts_turns(horizon):
    with pytest.raises(ValueError, match="1 or more, or None"):
        gan_dense(2, 2, rng=0).game(horizon=horizon)


def test_the_papers_settings():
    game = wgan_gp_dense(2, 2, rng=0).game()
    assert game.critic_steps == 5 and game.penalty == GradientPenalty(10.0, 1.0)
    for player in ("generator", "discriminator"):
        optimiser = game.optimisers[player]
        assert optimiser.lr == 1e-4 and tuple(optimiser.betas) == (0.0, 0.9)
    assert models.WGANGP(nn.mlp(2, 2, rng=0), nn.mlp(2, 1, rng=0),
                         penalty=3.0).game().penalty.weight == 3.0
