"""DCGAN: images of any shape, each guideline where it belongs, what its switches change."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scratchgen as sg
from scratchgen import data, models, nn
from scratchgen.models import FrechetDistance, dcgan
from tests.support import fake_cupy
from tests.support.backends import backend

Z, N = 3, 4
SWITCHED = {"base": {}, "pooling": {"strided": False}, "no batchnorm": {"batchnorm": False},
            "dense": {"dense": 6}, "tanh in the generator": {"generator_activation": "tanh"},
            "sigmoid at the end": {"output": "sigmoid"},
            "relu in the discriminator": {"discriminator_activation": "relu"},
            "spectral": {"spectral": True}, "weights of the layers": {"weight_scale": None},
            "three layers": {"depth": 3, "kernel": 5}}
OTHER_LAYERS = {name: SWITCHED[name] for name in ("base", "pooling", "dense", "spectral")}
VARIANTS = pytest.mark.parametrize("switches", SWITCHED.values(), ids=SWITCHED)


@st.composite
def geometries(draw):
    """(image_shape, width, kernel)"""
    shape = draw(st.integers(2, 20)), draw(st.integers(2, 20))
    return (shape + draw(st.sampled_from([(), (1,), (2,), (3,)])), draw(st.integers(1, 4)),
            draw(st.sampled_from([4, 4, 3, 5])))


def kinds(network, kind):
    return [layer for layer in network if isinstance(layer, kind)]


def turn(gan, shape, n=8):
    """One turn of the game on made-up images."""
    x = np.random.default_rng(0).random((n, *shape), dtype=np.float32)
    return gan.game().turn(x, rng=1)


# ---- shapes --------------------------------------------------------------------------------------

@settings(deadline=None, max_examples=40)
@given(geometry=geometries(), switches=st.sampled_from(list(SWITCHED.values())[:-1]))
def test_images_of_any_shape(geometry, switches):
    shape, width, kernel = geometry
    gan = dcgan(shape, Z, width, kernel=kernel, rng=0, **switches)
    images = gan.sample(N, rng=0)
    assert images.shape == (N, *shape) and images.dtype == np.float32
    assert images.min() >= 0 and images.max() <= 1

    scores = gan.eval().score(images)
    assert scores.shape == (N,) and scores.dtype == np.float32
    np.testing.assert_array_equal(gan.score(images.reshape(N, -1)).data, scores.data)


@settings(deadline=None, max_examples=40)
@given(geometry=geometries(), strided=st.booleans())
def test_the_generator_mirrors_the_discriminator(geometry, strided):
    """The same sizes and channels after each layer, from the other end."""
    shape, width, kernel = geometry
    gan = dcgan(shape, Z, width, kernel=kernel, strided=strided, rng=0).eval()
    maps = gan.discriminator.activations(np.zeros((N, *shape), np.float32))
    down = [(*shape, 1)[:3], *(h.shape[1:] for h in maps)]
    assert [h[2] for h in down[1:]] == [width * 2**k for k in range(len(maps))]

    up, x = [], gan.noise(N, rng=0)
    for layer in gan.generator:
        x = layer(x)
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)) or not up and len(x.shape) == 4:
            up.append(x.shape[1:])
    assert up == down[::-1]


@pytest.mark.parametrize("side, smallest", [(64, 4), (32, 4), (28, 7), (16, 4), (8, 2), (12, 3),
                                            (5, 1), (3, 1), (2, 1), (100, 6)])
def test_layers_go_down_to_a_few_pixels(side, smallest):
    maps = dcgan((side, side + 1), Z, 1, rng=0).discriminator.activations(
        np.zeros((2, side, side + 1), np.float32))
    assert maps[-1].shape[1] == smallest


def test_features_are_all_activations_pooled_to_four_by_four(rng):
    gan, x = dcgan((9, 30, 1), Z, 2, rng=0).eval(), rng.random((N, 9, 30, 1), np.float32)
    first, second = (h.numpy() for h in gan.discriminator.activations(x))
    assert first.shape == (N, 4, 15, 2) and second.shape == (N, 2, 7, 4)
    rows = [first[:, :, 3 * k:3 * k + 6].max(axis=2) for k in range(4)]
    pooled = [second[:, :, k:k + 4].max(axis=2) for k in range(4)]
    expected = [np.stack(part, axis=2).reshape(N, -1) for part in (rows, pooled)]
    np.testing.assert_array_equal(gan.discriminator.features(x).data, np.hstack(expected))


# ---- the five guidelines -------------------------------------------------------------------------

def test_the_layers_of_the_usual_example():
    gan = dcgan((28, 28, 1), 64, rng=0)
    described = [[layer.describe() for layer in network if isinstance(layer, nn.Module)]
                 for network in (gan.generator, gan.discriminator)]
    assert described[0] == [
        "Linear(64, 6272)", "Reshape((7, 7, 128))", "BatchNorm(128, 'relu')",
        "ConvTranspose2d(128, 64, 4, stride=2, padding=1)", "BatchNorm(64, 'relu')",
        "ConvTranspose2d(64, 1, 4, stride=2, padding=1, 'tanh')", "Reshape((28, 28, 1))"]
    assert described[1] == [
        "Reshape((28, 28, 1))", "Conv2d(1, 64, 4, stride=2, padding=1, 'leaky_relu')",
        "Conv2d(64, 128, 4, stride=2, padding=1)", "BatchNorm(128, 'leaky_relu')", "Flatten",
        "Linear(6272, 1)"]


@settings(deadline=None, max_examples=30)
@given(geometry=geometries(), depth=st.integers(1, 2))
def test_the_guidelines(geometry, depth):
    shape, width, _ = geometry
    gan = dcgan(shape, Z, width, depth=depth, kernel=3, rng=0)
    up, down = kinds(gan.generator, nn.ConvTranspose2d), kinds(gan.discriminator, nn.Conv2d)
    assert len(up) == len(down) == depth
    assert all(layer.form["stride"] == (2, 2) for layer in up + down)
    for network in (gan.generator, gan.discriminator):
        assert len(kinds(network, nn.Linear)) == 1                      # and none is hidden
        assert len(kinds(network, nn.BatchNorm)) == depth - (network is gan.discriminator)
    assert isinstance(gan.generator[0], nn.Linear)
    assert {layer.activation for layer in kinds(gan.generator, nn.BatchNorm)} == {"relu"}
    assert up[-1].activation == "tanh"
    slopes = {layer.activation for layer in [down[0], *kinds(gan.discriminator, nn.BatchNorm)]}
    assert slopes == {"leaky_relu"} and gan.discriminator[len(gan.discriminator) - 1].activation \
        is None

    without = [layer for network in (gan.generator, gan.discriminator) for layer in network
               if getattr(layer, "bias", 0) is None]
    assert len(without) == 2 * depth - 1                                # each before a BatchNorm
    biased = [up[-1], down[0], gan.discriminator[len(gan.discriminator) - 1]]
    assert all(layer.bias is not None and layer.activation != "relu" for layer in biased)


def test_what_each_switch_changes():
    def counted(**switches):
        gan = dcgan((8, 8), Z, 4, rng=0, **switches)
        layers = [*gan.generator, *gan.discriminator]
        return {kind.__name__: len(kinds(layers, kind)) for kind in (
            nn.Linear, nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm, nn.SpectralNorm)}, layers
    base, _ = counted()
    assert base == {"Linear": 2, "Conv2d": 2, "ConvTranspose2d": 2, "BatchNorm": 3,
                    "SpectralNorm": 0}
    pooled, layers = counted(strided=False)
    assert pooled == base | {"Conv2d": 4, "ConvTranspose2d": 0}
    assert all(layer.form["stride"] == (1, 1) for layer in kinds(layers, nn.Conv2d))
    plain, layers = counted(batchnorm=False)
    assert plain == base | {"BatchNorm": 0}
    assert all(layer.bias is not None for layer in layers if hasattr(layer, "bias"))
    assert counted(dense=5)[0] == base | {"Linear": 4, "BatchNorm": 5}
    spectral, layers = counted(spectral=True)
    assert spectral == {"Linear": 1, "Conv2d": 0, "ConvTranspose2d": 2, "BatchNorm": 2,
                        "SpectralNorm": 3}

    def activations(**switches):
        return {layer.activation for layer in counted(**switches)[1]
                if getattr(layer, "activation", None)}
    assert activations() == {"relu", "tanh", "leaky_relu"}
    assert activations(generator_activation="elu") == {"elu", "tanh", "leaky_relu"}
    assert activations(output="sigmoid") == {"relu", "sigmoid", "leaky_relu"}
    assert activations(discriminator_activation="relu") == {"relu", "tanh"}


def test_weights_start_as_in_the_paper():
    gan = dcgan((16, 16, 3), 20, 16, rng=0)
    for name, p in gan.named_parameters():
        if len(p.shape) > 1:
            assert abs(p.data.mean()) < 5 * 0.02 / p.size**0.5, name
            assert p.data.std() == pytest.approx(0.02, rel=5 / (2 * p.size)**0.5), name
        elif name.endswith("bias"):
            assert not p.data.any(), name
        else:
            assert (p.data == 1).all(), name
    wide = dcgan((16, 16, 3), 20, 16, weight_scale=0.1, rng=0)
    np.testing.assert_allclose(wide.generator[0].weight.data, 5 * gan.generator[0].weight.data,
                               rtol=1e-6)
    assert dcgan((16, 16), 20, 16, weight_scale=None, rng=0).generator[0].weight.data.max() \
        <= 20 ** -0.5


def test_pixels_are_in_0_to_1_outside_and_in_minus_1_to_1_between_the_players(rng):
    """The generator's last number y becomes the pixel (y + 1) / 2, and the discriminator sees y."""
    gan = dcgan((8, 8, 1), Z, 2, weight_scale=1.0, rng=0).eval()
    generator, discriminator = gan.generator, gan.discriminator
    y = generator[:6](gan.noise(50, rng=0)).data
    assert -1 <= y.min() < -0.9 and 0.9 < y.max() <= 1
    images = gan.sample(50, rng=0)
    np.testing.assert_allclose(images, (y + 1) / 2, atol=1e-7)
    np.testing.assert_allclose(discriminator[:2](images).data, y, atol=1e-6)

    logistic = dcgan((8, 8, 1), Z, 2, weight_scale=1.0, output="sigmoid", rng=0).eval()
    images = logistic.sample(50, rng=0)
    assert 0 <= images.min() < 0.1 and 0.9 < images.max() <= 1
    np.testing.assert_array_equal(logistic.discriminator[:1](images), images)


# ---- training ------------------------------------------------------------------------------------

@VARIANTS
def test_every_parameter_of_the_player_who_moves_has_a_gradient(switches, rng):
    gan = dcgan((8, 8, 1), Z, 4, rng=0, **({"weight_scale": 0.2} | switches))
    x = rng.random((16, 8, 8, 1), np.float32)
    z = gan.noise(16, rng=1)
    gan.discriminator_loss(x, z).mean().backward()
    _all_move(gan.discriminator)
    assert all(p.grad is None for p in gan.generator.parameters())
    with gan.discriminator.frozen():
        gan.zero_grad()
        gan.generator_loss(z).mean().backward()
    _all_move(gan.generator)
    assert all(p.grad is None for p in gan.discriminator.parameters())


def _all_move(network):
    for name, p in network.named_parameters():
        assert p.grad is not None and np.isfinite(p.grad).all() and p.grad.any(), name


@VARIANTS
def test_a_turn_moves_every_weight(switches):
    gan = dcgan((8, 8), Z, 4, rng=0, **({"weight_scale": 0.2} | switches))
    before = gan.state_dict()
    seen = turn(gan, (8, 8)).numbers()
    assert seen["generator_gradient"] > 0 and seen["discriminator_gradient"] > 0
    after = gan.state_dict()
    assert all((after[name] != before[name]).any() for name, _ in gan.named_parameters())


@VARIANTS
def test_a_configuration_builds_a_twin(switches):
    gan = dcgan((9, 8, 2), Z, 3, loss="hinge", prior="uniform", rng=5, **switches)
    twin = models.build(gan.config["name"], gan.config)
    assert twin.config == gan.config and (twin.loss.name, twin.prior_name) == ("hinge", "uniform")
    np.testing.assert_array_equal(twin.sample(3, rng=0), gan.sample(3, rng=0))


@pytest.mark.parametrize("switches", OTHER_LAYERS.values(), ids=OTHER_LAYERS)
def test_on_every_backend(switches, xp_backend):
    def everything(x):
        gan = dcgan((6, 5), Z, 2, rng=0, **({"weight_scale": 0.2} | switches))
        game = gan.game(lr=1e-3)
        for _ in range(2):
            game.turn(x, rng=1)
        gan.eval()
        return [gan.sample(3, rng=2), gan.score(x), gan.discriminator.features(x)]
    x = np.random.default_rng(0).random((6, 6, 5), dtype=np.float32)
    with sg.backend.use("numpy"):
        expected = [sg.Tensor(t).numpy() for t in everything(x)]
    for found, value in zip(everything(xp_backend.asarray(x)), expected):
        np.testing.assert_allclose(xp_backend.to_numpy(found), value, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("switches", OTHER_LAYERS.values(), ids=OTHER_LAYERS)
def test_a_turn_never_waits_for_the_device(switches):
    with backend("fakecupy") as here:
        gan, x = dcgan((6, 5), Z, 2, rng=0, **switches), here.asarray(np.ones((6, 6, 5)), "float32")
        game, rng = gan.game(), np.random.default_rng(1)
        game.turn(x, rng=rng)
        before = fake_cupy.SHARED.syncs
        game.turn(x, rng=rng)
        assert fake_cupy.SHARED.syncs == before


@pytest.mark.slow
def test_digits_get_nearer_to_digits_while_it_trains():
    """In the features of a classifier of the digits, d^2 falls to less than a twentieth."""
    train = data.load("digits", flat=False).train
    distance = FrechetDistance.fit(train.images, train.labels, rng=0)
    gan, rng = dcgan((8, 8, 1), 32, 16, rng=0), np.random.default_rng(0)
    game, found = gan.game(lr=2e-4), []
    for epoch in range(41):
        if epoch in (0, 10, 40):
            found.append(distance(gan.eval(), n=1500, rng=1).distance)
            gan.train()
        for _ in game.play(data.batches(train.images, 50, rng=rng), rng=rng):
            pass
    assert found[2] < found[1] < found[0] and found[2] < found[0] / 20


# ---- what is refused -----------------------------------------------------------------------------

@pytest.mark.parametrize("arguments, more, named", [
    (((8, 8, 0), 2), {}, "positive integers"), ((64, 2), {}, r"\(H, W, C\)"),
    (((2, 4, 4, 1), 2), {}, r"\(H, W, C\)"), (((8, 8), 0), {}, "positive"),
    (((8, 8), 2, 0), {}, "positive"), (((8, 8), 2), {"depth": 0}, "positive"),
    (((8, 8), 2), {"kernel": 2}, "kernel 3 or more"), (((8, 8), 2), {"dense": -1}, "0 for none"),
    (((8, 8), 2), {"dense": 1.5}, "0 for none"), (((8, 8), 2), {"dense": True}, "0 for none"),
    (((8, 8), 2), {"weight_scale": -1}, "deviation"),
    (((8, 8), 2), {"weight_scale": float("nan")}, "deviation"),
    (((8, 8), 2), {"depth": 4}, "layer 4: the kernel"),
    (((1, 8), 2), {}, "larger than the image"), (((8, 8), 2), {"output": "tan_h"}, "no activation"),
    (((8, 8), 2), {"generator_activation": "rleu"}, "no activation 'rleu'"),
    (((8, 8), 2), {"loss": "loss"}, "loss"), (((8, 8), 2), {"prior": "cauchy"}, "prior")])
def test_settings_that_make_no_network(arguments, more, named):
    with pytest.raises(ValueError, match=named):
        dcgan(*arguments, rng=0, **more)
