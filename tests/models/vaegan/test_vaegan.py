"""VAE/GAN, block by block: which loss reaches which network, and that nothing else does."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen import models, nn, ops
from scratchgen.distributions import kl
from scratchgen.models import FeatureVAE, vae_conv, vaegan_conv
from tests.support import fake_cupy
from tests.support.backends import backend, xp_backend  # noqa: F401
from tests.support.graphs import leaves

X = np.random.default_rng(0).random((5, 6, 5)).astype(np.float32)
BLOCKS = ("discriminator", "encoder", "decoder")


def small(scale=0.2, **settings):
    return vaegan_conv((6, 5), 2, (3, 4), scale=scale, rng=0, **settings)


def gradient(network):
    """All gradients of a network in one row; None if it has none."""
    found = [p.grad for p in network.parameters()]
    if all(g is None for g in found):
        return None
    return np.concatenate([np.ravel(g) for g in found])


def by_hand(model, x, seed):
    """{network: gradient of its loss of algorithm 1}, each from one graph of everything."""
    def terms():
        q, rng = model.encode(x), np.random.default_rng(seed)
        reconstructed = model.decoder(q.rsample(rng=rng))
        sampled = model.decoder(model.prior.sample(len(x), rng=rng))
        s = [model.score(y) for y in (x, sampled, reconstructed)]
        difference = model.features(x) - model.features(reconstructed)
        distance = ops.sum(ops.square(difference), axis=1) / (2 * 0.2**2)
        return ops.mean(kl(q, model.prior)), ops.mean(distance), s

    found = {}
    for name in BLOCKS:
        model.zero_grad()
        divergence, distance, (real, sampled, reconstructed) = terms()
        game = ops.mean(ops.softplus(-real) + ops.softplus(sampled) + ops.softplus(reconstructed))
        loss = {"discriminator": game, "encoder": divergence + distance,
                "decoder": model.gamma * distance
                - ops.mean(ops.softplus(sampled) + ops.softplus(reconstructed))}[name]
        loss.backward()
        found[name] = gradient(getattr(model, name))
    model.zero_grad()
    return found


def test_each_network_moves_along_its_loss_of_algorithm_1():
    """The gradients of a turn are those of the three losses, each taken from its own block alone.

    With a learning rate of 0 all of them are at the same point.
    """
    model = small(loss="minimax").astype("float64")
    expected = by_hand(model, X.astype(float), seed=3)
    game = model.game(lr=0.0)
    game.turn(X.astype(float), rng=np.random.default_rng(3))
    for name in BLOCKS:
        np.testing.assert_allclose(gradient(getattr(model, name)), expected[name], rtol=1e-9,
                                   atol=1e-12, err_msg=name)


def test_a_loss_reaches_no_other_network():
    model, asked = small(), []
    model.game().turn(X, rng=0, inspect=lambda loss: asked.append(leaves(loss)))
    for name, found in zip(BLOCKS, asked):
        assert found == {id(p) for p in getattr(model, name).parameters()}, name


def test_a_turn_moves_all_weights_and_everything_requires_a_gradient_again():
    model = small()
    before = [p.data.copy() for p in model.parameters()]
    turn = model.game().turn(X, rng=0).numbers()
    # The encoder's features may be dead ReLUs, so a weight may stay; a whole array does not.
    assert all((p.data != old).any() for p, old in zip(model.parameters(), before))
    assert all(p.requires_grad for p in model.parameters())
    assert all(np.isfinite(value) for value in turn.values())
    assert 0 < turn["real"] < 1 and turn["kl"] > 0 and turn["distance"] > 0


def test_rates_fall_to_zero_over_the_second_half_of_the_horizon():
    game, rates = small().game(lr=0.08, horizon=4), []
    for _ in game.play([X] * 5, rng=0):
        rates.append([game.optimisers[name].lr for name in BLOCKS])
    np.testing.assert_allclose(rates, [[0.08 * left] * 3 for left in (1, 1, 1, 0.5, 0)], rtol=1e-12)


def test_the_features_of_the_discriminator_do_not_follow_the_distance():
    """With gamma as large as it may be, the discriminator's step is the same."""
    moved = []
    for gamma in (0.0, 1e3):
        model = small(gamma=gamma)
        model.game().turn(X, rng=0)
        moved.append(model.discriminator.parameters()[0].data.copy())
    np.testing.assert_array_equal(*moved)


def test_a_distance_is_one_of_features():
    model = small(scale=0.5)
    f, g = model.features(X).data, model.features(X[::-1]).data
    np.testing.assert_allclose(model.distance(X, X[::-1]).data,
                               ((f - g)**2).sum(axis=1) / (2 * 0.25), rtol=1e-5)
    np.testing.assert_array_equal(model.distance(X, X).data, np.zeros(5))


def test_a_distance_is_one_of_pairs():
    with pytest.raises(sg.ShapeError, match="in pairs"):
        small().between(np.ones((3, 4)), np.ones((1, 4)))


def test_a_batch_may_be_a_list_and_is_not_empty():
    x = np.random.default_rng(0).random((3, 8, 8)).astype(np.float32)
    model = vaegan_conv((8, 8), 2, (4,), rng=0)
    with pytest.raises(ValueError, match="turn: the batch is empty"):
        model.game().turn(x[:0], rng=0)
    found = [vaegan_conv((8, 8), 2, (4,), rng=0).game().turn(given, rng=0).numbers()
             for given in (x, x.tolist(), x.reshape(3, 64))]
    assert found[0] == found[1] == found[2]


def test_the_unit_of_the_distance_grows_with_the_image():
    """The distance is a sum over features: four times as many, twice the unit."""
    scales = [vaegan_conv(shape, 2, (3,), rng=0).config["scale"]
              for shape in ((8, 8), (16, 16, 3), (4, 25))]
    np.testing.assert_allclose(scales, [0.2, 0.4, 0.25], rtol=1e-12)
    model = vaegan_conv((8, 8), 2, (3,), scale=0.3, rng=0)
    assert model.config["scale"] == 0.3 and np.isclose(np.exp(float(model.log_scale)), 0.3)


def test_it_is_a_vae_without_a_density():
    model = small()
    assert model.code(X).shape == (5, 2) and model.image(model.code(X)).shape == X.shape
    assert model.sample(7, rng=0).shape == (7, 6, 5)
    assert model.interpolate(X[0], X[1], 4).shape == (4, 6, 5)
    images = model.sample(50, rng=0)
    assert images.min() >= 0 and images.max() <= 1
    reconstruction, divergence = model.terms(X, rng=0)
    assert reconstruction.shape == divergence.shape == (5,) and (reconstruction.data < 0).all()
    with pytest.raises(TypeError, match="no log p"):
        model.log_prob(X, 10, rng=0)
    np.testing.assert_allclose(model.probability(X).data,
                               1 / (1 + np.exp(-model.score(X).data)), rtol=1e-6)


# ---- VAE_Dis_l -----------------------------------------------------------------------------------

def frozen():
    rng = np.random.default_rng(0)
    vae = vae_conv((6, 5), 2, (3,), likelihood="gaussian", rng=rng)
    judge = nn.Sequential(nn.Reshape((6, 5, 1)), nn.Conv2d(1, 3, 3, rng=rng), nn.BatchNorm(3),
                          nn.Flatten(), nn.Linear(36, 1, rng=rng))
    judge(X)                                        # statistics other than those it starts with
    return FeatureVAE(vae.encoder, nn.Sequential(*vae.decoder, ops.sigmoid), judge[:4],
                      latent=2), judge


def test_frozen_features_never_move():
    model, judge = frozen()
    before = model.features.state_dict()
    optimiser = sg.optim.Adam(model.parameters(), lr=0.1)
    rng = np.random.default_rng(0)
    losses = []
    for _ in range(30):
        optimiser.zero_grad()
        loss = -model.elbo(X, rng=rng).mean()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    for name, values in model.features.state_dict().items():
        np.testing.assert_array_equal(values, before[name])
    assert all(p.grad is None for p in model.features.parameters())
    assert all(p.requires_grad for p in judge.parameters())         # the user's own is as it was


def test_frozen_features_are_a_copy_in_use_and_not_in_training():
    model, judge = frozen()
    model.train()
    one, all_of_them = model.distance(X[:1], X[1:2]), model.distance(X[:4], X[1:])
    np.testing.assert_allclose(one.data, all_of_them.data[:1], rtol=1e-5)   # no batch statistics
    with sg.no_grad():
        for p in judge.parameters():
            p.data = 0 * p.data
    assert (model.distance(X[:1], X[1:2]).data > 0).all()


# ---- its surroundings ----------------------------------------------------------------------------

def test_it_goes_on_bit_for_bit_from_a_checkpoint(tmp_path):
    whole = small()
    game, rng = whole.game(), np.random.default_rng(5)
    for _ in game.play([X] * 3, rng=rng):
        pass
    nn.save(tmp_path / "game.npz", whole, game.optimisers, rng=rng)
    for _ in game.play([X] * 3, rng=rng):
        pass
    model = models.build("vaegan", whole.config)
    other = model.game()
    rng = nn.load(tmp_path / "game.npz", model, other.optimisers)["rng"]
    assert other.turns == 3
    for _ in other.play([X] * 3, rng=rng):
        pass
    for p, q in zip(model.parameters(), whole.parameters()):
        np.testing.assert_array_equal(p.data, q.data)


@pytest.mark.parametrize("settings, message", [({"gamma": -1.0}, "0 or larger"),
                                               ({"loss": "hinge"}, "minimax or non-saturating"),
                                               ({"scale": 0.0}, "positive number"),
                                               ({"scale": "learned"}, "is not learned")])
def test_settings_outside_their_range(settings, message):
    with pytest.raises(ValueError, match=message):
        small(**settings)


def test_no_parameter_is_without_a_gradient():
    model = small()
    with pytest.raises(ValueError, match="is not learned"):
        FeatureVAE(model.encoder, model.decoder, model.features, latent=2, scale=None)
    (-model.elbo(X, rng=0).mean()).backward()
    idle = [name for name, p in model.named_parameters() if p.grad is None]
    assert all(name.startswith("judge") for name in idle)


def everything(x):
    model = small()
    game = model.game()
    turns = [game.turn(x, rng=k) for k in range(3)]
    return [model.sample(3, rng=0), model.score(x), turns[-1].distance, turns[-1].decoder_gradient]


def test_values_on_every_backend(xp_backend):  # noqa: F811
    with sg.backend.use("numpy"):
        expected = [sg.backend.to_numpy(getattr(v, "data", v)) for v in everything(X)]
    for found, value in zip(everything(xp_backend.asarray(X)), expected):
        np.testing.assert_allclose(xp_backend.to_numpy(found), value, rtol=2e-4, atol=2e-5)


def test_a_turn_never_waits_for_the_device():
    with backend("fakecupy") as here:
        model, x = small(), here.asarray(X)
        game = model.game()
        game.turn(x, rng=0)
        before = fake_cupy.SHARED.syncs
        game.turn(x, rng=1)
        assert fake_cupy.SHARED.syncs == before
