"""GAN: its prior, its two networks, what its labels mean, and its errors."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen import models, nn, ops
from scratchgen.models import GAN, Packed, gan_dense, wgan_gp_dense
from tests.support import fake_cupy
from tests.support.backends import backend, xp_backend  # noqa: F401
from tests.support.statistics import assert_estimate

X = np.random.default_rng(0).standard_normal((6, 2)).astype(np.float32)


def networks(seed=0):
    rng = np.random.default_rng(seed)
    return nn.mlp(3, 8, 2, rng=rng), nn.mlp(2, 8, 1, rng=rng)


# ---- the prior -----------------------------------------------------------------------------------

def test_priors():
    n = 20_000
    z = {name: gan_dense(2, 3, prior=name, rng=0).noise(n, rng=1) for name in ("normal", "uniform")}
    assert z["uniform"].min() >= -1 and z["uniform"].max() <= 1
    for name, variance, kurtosis in (("normal", 1.0, 3.0), ("uniform", 1 / 3, 1.8)):
        assert z[name].shape == (n, 3) and z[name].dtype == np.float32
        assert_estimate(z[name].mean(axis=0, dtype=float), np.zeros(3),
                        standard_error=np.sqrt(variance / n))
        assert_estimate((z[name].astype(float)**2).mean(axis=0), np.full(3, variance),
                        standard_error=variance * np.sqrt((kurtosis - 1) / n))


def test_the_size_of_the_noise_is_that_of_the_first_layer():
    assert GAN(*networks()).latent == 3
    assert GAN(*networks(), latent=3).sample(4, rng=0).shape == (4, 2)
    with pytest.raises(ValueError, match="latent=Z"):
        GAN(ops.tanh, networks()[1])
    with pytest.raises(sg.ShapeError, match=r"\(N, 3\)"):
        GAN(*networks()).generate(X)


def test_samples_are_drawn_without_a_graph_and_are_the_same_for_a_seed():
    gan = GAN(*networks())
    x = gan.sample(5, rng=0)
    assert isinstance(x, np.ndarray) and not isinstance(x, sg.Tensor)
    np.testing.assert_array_equal(x, gan.sample(5, rng=0))
    np.testing.assert_array_equal(x, gan.generate(gan.noise(5, rng=0)).data)


# ---- which label is real -------------------------------------------------------------------------

@pytest.mark.parametrize("loss", ["non-saturating", "minimax", "wasserstein", "hinge"])
def test_the_label_convention_round_trip(loss):
    """A discriminator that says 1 for generated is the same game, once its scores are negated."""
    generator, discriminator = networks()
    told = GAN(generator, discriminator, loss)
    other = GAN(generator, nn.Sequential(*discriminator, lambda s: -s), loss, label_of_real=0)
    z = told.noise(6, rng=1)
    for x in (X, told.image(z)):
        np.testing.assert_array_equal(told.probability(x).data, other.probability(x).data)
    np.testing.assert_array_equal(told.discriminator_loss(X, z).data,
                                  other.discriminator_loss(X, z).data)
    np.testing.assert_array_equal(told.generator_loss(z).data, other.generator_loss(z).data)


def test_the_label_of_real_is_not_a_matter_of_taste():
    """The other label without its conversion is another game: D(x) becomes 1 - D(x)."""
    generator, discriminator = networks()
    right, wrong = GAN(generator, discriminator), GAN(generator, discriminator, label_of_real=0)
    np.testing.assert_allclose(right.probability(X).data, 1 - wrong.probability(X).data, rtol=1e-6)
    with pytest.raises(ValueError, match="1 or 0"):
        GAN(generator, discriminator, label_of_real=2)


# ---- the discriminator ---------------------------------------------------------------------------

def test_scores_are_one_an_example():
    generator, discriminator = networks()
    flat = nn.Sequential(*discriminator, lambda s: ops.reshape(s, (-1,)))
    np.testing.assert_array_equal(GAN(generator, discriminator).score(X).data,
                                  GAN(generator, flat).score(X).data)
    with pytest.raises(sg.ShapeError, match="one score an example"):
        GAN(generator, nn.mlp(2, 8, 2, rng=0)).score(X)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("network", [lambda: gan_dense(4, 3, (5,), rng=0),
                                     lambda: gan_dense(4, 3, (5,), pack=2, rng=0),
                                     lambda: gan_dense(4, 3, (5,), condition=2, rng=0).given(1),
                                     lambda: models.dcgan((2, 2), 3, 2, rng=0).eval()])
def test_lists_are_examples_and_noise(network, dtype):
    gan, rng = network().astype(dtype), np.random.default_rng(0)
    x, z = rng.random((2, 4)).astype(dtype), rng.random((2, 3)).astype(dtype)
    for f, array in ((gan.score, x), (gan.probability, x), (gan.image, z), (gan.generator_loss, z)):
        found, expected = f(array.tolist()), f(array)
        assert found.dtype == dtype
        np.testing.assert_array_equal(sg.Tensor(found).numpy(), sg.Tensor(expected).numpy())
    assert gan.discriminator_loss(x.tolist(), z.tolist()).dtype == dtype
    with pytest.raises(sg.ShapeError, match="no batch of noise"):
        gan.generate([0.0, 0.0, 0.0])


def test_probability_is_that_of_the_logit():
    gan = GAN(*networks())
    np.testing.assert_allclose(gan.probability(X).data, 1 / (1 + np.exp(-gan.score(X).data)),
                               rtol=1e-6)


def test_packing_judges_neighbours_together():
    judge = nn.mlp(6, 4, 1, rng=0)
    gan = GAN(nn.mlp(2, 4, 2, rng=0), Packed(judge, 3))
    assert gan.score(X).shape == (2,)
    np.testing.assert_array_equal(gan.score(X).data, judge(X.reshape(2, 6)).data[:, 0])
    with pytest.raises(sg.ShapeError, match="a multiple of 3"):
        gan.score(X[:4])
    for m in (0, -2, 1.5):
        with pytest.raises(ValueError, match="a positive integer"):
            Packed(judge, m)


@pytest.mark.parametrize("arguments, message", [
    ({"prior": "cauchy"}, "normal, uniform"), ({"loss": "mse"}, "least-squares"),
    ({"loss": ["hinge"]}, "least-squares"), ({"condition": 0}, "number of classes"),
    ({"condition": 1.0}, "number of classes"), ({"condition": 4}, "latent is .*\n.*\n.*got .* -1"),
    ({"condition": 3}, "latent is .*\n.*\n.*got .* 0"), ({"latent": 2.0}, "latent is")])
def test_unknown_choices(arguments, message):
    with pytest.raises(ValueError, match=message):
        GAN(*networks(), **arguments)


# ---- labels as a condition -----------------------------------------------------------------------

@pytest.mark.parametrize("make", [gan_dense, wgan_gp_dense])
def test_given_labels_pair_up(make):
    gan = make((4, 3), 2, (8,), condition=5, rng=0)
    y = np.array([3, 1, 4])
    z = gan.noise(3, rng=0)
    together = gan.given(y).image(z)
    for k in range(3):
        np.testing.assert_allclose(together[k:k + 1], gan.given(y[k]).image(z[k:k + 1]), rtol=1e-5,
                                   atol=1e-7)
    with pytest.raises(IndexError, match="0 ... 4"):
        gan.given(5)
    with pytest.raises(sg.ShapeError, match="do not pair up"):
        gan.given(y).image(gan.noise(2, rng=0))
    with pytest.raises(ValueError, match="knows no labels"):
        gan_dense(2, 2, rng=0).given(0)
    with pytest.raises(ValueError, match="packed examples"):
        gan_dense(2, 2, pack=2, condition=3, rng=0)


def test_sizes_may_be_those_of_an_array():
    gan = GAN(nn.mlp(5, 2, rng=0), nn.mlp(5, 1, rng=0), condition=np.arange(3).max() + 1)
    assert (gan.condition, gan.latent) == (3, 2)


def test_an_output_is_the_name_of_an_op():
    with pytest.raises(ValueError, match="no output 'tan h'"):
        gan_dense(2, 2, output="tan h", rng=0)


def test_images_are_between_black_and_white():
    x = gan_dense((4, 3), 2, (8,), rng=0).sample(50, rng=0)
    assert x.shape == (50, 4, 3) and 0 <= x.min() and x.max() <= 1
    assert gan_dense(2, 2, (8,), output="tanh", rng=0).sample(50, rng=0).min() > -1


# ---- everywhere ----------------------------------------------------------------------------------

MAKERS = {"gan": lambda: gan_dense(2, 3, (5,), rng=0),
          "uniform": lambda: gan_dense(2, 3, (5,), prior="uniform", loss="hinge", rng=0),
          "packed": lambda: gan_dense(2, 3, (5,), pack=2, rng=0),
          "wgan-gp": lambda: wgan_gp_dense(2, 3, (5,), rng=0)}


def everything(name, x):
    gan = MAKERS[name]()
    game = gan.game(critic_steps=1)
    turns = [game.turn(x, rng=k) for k in range(3)]
    return [gan.sample(3, rng=1), gan.score(x), gan.probability(x),
            turns[-1].discriminator_loss, turns[-1].generator_gradient]


@pytest.mark.parametrize("name", MAKERS)
def test_values_on_every_backend(name, xp_backend):  # noqa: F811
    with sg.backend.use("numpy"):
        expected = everything(name, X)
    for found, value in zip(everything(name, xp_backend.asarray(X)), expected):
        np.testing.assert_allclose(xp_backend.to_numpy(found), sg.backend.to_numpy(
            getattr(value, "data", value)), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", MAKERS)
def test_a_turn_never_waits_for_the_device(name):
    with backend("fakecupy") as here:
        gan, x = MAKERS[name](), here.asarray(X)
        game = gan.game(critic_steps=1)
        game.turn(x, rng=0)
        before = fake_cupy.SHARED.syncs
        game.turn(x, rng=1)
        assert fake_cupy.SHARED.syncs == before


@pytest.mark.parametrize("make", [gan_dense, wgan_gp_dense])
def test_a_conditional_gan_is_rebuilt_by_name(make):
    gan = make((4, 3), 2, (8,), condition=5, rng=3)
    twin = models.build(gan.config["name"], gan.config)
    z = gan.noise(2, rng=0)
    np.testing.assert_array_equal(gan.given(1).image(z), twin.given(1).image(z))
