"""What theory says a GAN ends in, and what becomes of it on the way: measured."""
import numpy as np
import pytest

from scratchgen import data, nn, ops
from scratchgen.distributions import Independent, Normal
from scratchgen.models import GAN, R1, Labels, coverage, game_value, gan_dense

SEEDS = (0, 1, 2, 3, 4)


# ---- the discriminator: D -> p_data / (p_data + p_g), Goodfellow et al. 2014, proposition 1 ------

def line(loc, scale):
    return Independent(Normal([loc], [scale]), 1)


DATA, MODEL = line(1.0, 0.7), line(-1.0, 1.3)


def judged(labels=Labels(), turns=1500):
    """A GAN after `turns` steps of the discriminator, against a generator that never moves."""
    rng = np.random.default_rng(0)
    generator = nn.Linear(1, 1, rng=rng)
    generator.weight.data, generator.bias.data = [[1.3]], [-1.0]            # G(z) ~ MODEL
    gan = GAN(generator, nn.mlp(1, 32, 32, 1, activation="tanh", rng=rng))
    game = gan.game(lr=3e-3, critic_steps=turns + 1, horizon=turns, labels=labels)
    for _ in game.play((DATA.sample(256, rng=rng).astype(np.float32) for _ in range(turns)),
                       rng=rng):
        pass
    return gan


def test_a_trained_discriminator_approaches_the_optimal_one():
    """|D - D*| is below 0.02 on average, and the game within 0.005 nats of -log 4 + 2 JSD."""
    found = game_value(judged().score, DATA, MODEL, (-8, 8))
    untrained = game_value(judged(turns=1).score, DATA, MODEL, (-8, 8))
    assert found.probability < 0.02 and 0 <= found.best - found.value < 0.005
    assert untrained.probability > 0.2 and untrained.best - untrained.value > 0.3


def test_soft_labels_lead_to_the_discriminator_that_they_ask_for():
    """With labels 0.9 and 0.2 it is within 0.02 of (0.9 p + 0.2 q) / (p + q), and not of D*."""
    labels = Labels(real=0.9, fake=0.2)
    x = np.linspace(-5, 4, 181)[:, None]
    p, q = (np.exp(density.log_prob(x)) for density in (DATA, MODEL))
    weight = (p + q) / (p + q).sum()
    a, b = labels.expected
    found = judged(labels).probability(x.astype(np.float32)).data
    assert (weight * np.abs(found - (a * p + b * q) / (p + q))).sum() < 0.02
    assert (weight * np.abs(found - p / (p + q))).sum() > 0.1


# ---- the generator: p_g -> p_data, theorem 1 -----------------------------------------------------

class Quadratic(nn.Module):
    """A score that is linear in x and in its products: for Gaussians D* is of this form."""

    def __init__(self, rng):
        self.linear = nn.Linear(5, 1, rng=rng)

    def forward(self, x):
        a, b = x[:, :1], x[:, 1:]
        return self.linear(ops.concat([a, b, a * a, a * b, b * b], axis=1))


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_an_affine_generator_finds_the_gaussian(seed):
    """x = A z + b: b within 0.05 and A A^T, the covariance, within 0.12 of the true ones.

    A itself is known up to a rotation only, which z ~ N(0, I) does not feel.
    """
    scale = np.array([[1.5, 0.0], [-0.6, 0.5]])
    loc, covariance, turns = np.array([1.0, -0.5]), scale @ scale.T, 3000
    rng = np.random.default_rng(seed)
    gan = GAN(nn.Linear(2, 2, rng=rng), Quadratic(rng))
    draws = ((rng.standard_normal((512, 2)) @ scale.T + loc).astype(np.float32)
             for _ in range(turns))
    for _ in gan.game(lr=1e-2, penalty=R1(0.1), horizon=turns).play(draws, rng=rng):
        pass
    found = gan.generator.weight.data.T.astype(float)
    np.testing.assert_allclose(gan.generator.bias.data, loc, atol=0.05)
    np.testing.assert_allclose(found @ found.T, covariance, atol=0.12)


def test_a_conditional_generator_makes_what_it_is_told():
    """Class k is N(2 k - 2, 0.3^2): the mean of G(z, k) is within 0.4 of 2 k - 2."""
    gan, turns, rng = gan_dense(1, 2, (32,), condition=3, rng=0), 600, np.random.default_rng(0)
    game = gan.game(lr=5e-3, penalty=R1(1.0), horizon=turns)
    for _ in range(turns):
        y = rng.integers(3, size=96)
        x = 2 * y[:, None] - 2 + 0.3 * rng.standard_normal((96, 1))
        game.turn((x.astype(np.float32), y), rng=rng)
    means = [gan.given(k).sample(500, rng=0).mean() for k in range(3)]
    np.testing.assert_allclose(means, [-2, 0, 2], atol=0.4)


# ---- modes: PacGAN's ring ------------------------------------------------------------------------

def ring(seed, turns, **settings):
    """What is left of the eight modes after so many turns."""
    target, rng = data.ring(), np.random.default_rng(seed)
    gan = gan_dense(2, 2, (64, 64), loss=settings.pop("loss", "non-saturating"), rng=seed)
    batches = (target.sample(256, rng=rng) for _ in range(turns))
    for _ in gan.game(**settings).play(batches, rng=rng):
        pass
    return coverage(gan, target.centres, target.scale, rng=seed)


def recommended(turns, lr):
    return {"turns": turns, "lr": lr, "penalty": R1(0.1), "horizon": turns}


def test_the_recommended_settings_find_all_eight_modes():
    found = ring(0, **recommended(800, 5e-3))
    assert found.modes == 8 and found.quality.value > 0.1


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_the_recommended_settings_find_all_eight_modes_from_every_seed(seed):
    found = ring(seed, **recommended(4000, 3e-3))
    assert found.modes == 8 and found.quality.value > 0.4


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_the_naive_settings_collapse(seed):
    """The game as it is written, by Adam as it comes and in a hurry: most modes are never found."""
    found = ring(seed, 500, loss="minimax", lr=1e-2, betas=(0.9, 0.999))
    assert found.modes <= 3 and found.quality.value < 0.1
