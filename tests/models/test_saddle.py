"""Small games: the Jacobian of a step against theory, and where the steps really go."""
import math

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import ops
from scratchgen.models import saddle
from scratchgen.models.gan.losses import LOSSES
from scratchgen.models.saddle import (METHODS, averages, bilinear, dirac_gan, mixed_values,
                                      pure_values, spectral_radius, step, trajectory, zero_sum)
from tests.support.backends import xp_backend  # noqa: F401

RATES = (0.01, 0.1, 0.5, 1.0, 1.7)
START = np.array([1.0, -0.5])

# method, options, spectral radius at any point of the bilinear game
THEORY = [
    ("simultaneous", {}, lambda eta: math.sqrt(1 + eta ** 2)),
    ("alternating", {}, lambda eta: 1.0),
    ("extragradient", {}, lambda eta: math.sqrt(1 - eta ** 2 + eta ** 4)),
    ("consensus", {}, lambda eta: math.sqrt((1 - eta) ** 2 + eta ** 2)),
    ("consensus", {"weight": 0.3}, lambda eta: math.sqrt((1 - 0.3 * eta) ** 2 + eta ** 2)),
]


@pytest.mark.parametrize("eta", RATES)
@pytest.mark.parametrize("method, options, theory", THEORY, ids=[f"{t[0]} {t[1]}" for t in THEORY])
def test_spectral_radius_on_the_bilinear_game(method, options, theory, eta):
    for point in ([0.0, 0.0], [0.7, -2.0]):
        found = spectral_radius(bilinear, point, eta, method, **options)
        assert found == pytest.approx(theory(eta), rel=1e-12)


def test_alternating_steps_that_are_too_long_leave():
    """Beyond eta = 2 the eigenvalues 1 - eta^2 / 2 +- sqrt(eta^4 / 4 - eta^2) are real."""
    for eta in (2.5, 4.0):
        exact = abs(1 - eta ** 2 / 2 - math.sqrt(eta ** 4 / 4 - eta ** 2))
        assert spectral_radius(bilinear, [0.0, 0.0], eta, "alternating") == pytest.approx(exact)


def matrix(method, eta, **options):
    """The step on the bilinear game by hand."""
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    return {"simultaneous": np.eye(2) + eta * turn,
            "alternating": np.array([[1, -eta], [eta, 1 - eta ** 2]]),
            "extragradient": np.eye(2) + eta * turn + eta ** 2 * turn @ turn,
            "consensus": np.eye(2) + eta * (turn - np.eye(2))}[method]


@pytest.mark.parametrize("method", METHODS)
def test_trajectories_are_powers_of_the_step(method):
    path = trajectory(bilinear, START, 30, 0.2, method)
    assert path.shape == (31, 2) and type(path) is np.ndarray
    exact = [np.linalg.matrix_power(matrix(method, 0.2), t) @ START for t in range(31)]
    np.testing.assert_allclose(path, exact, rtol=0, atol=1e-12)
    both = trajectory(bilinear, np.stack([START, -START]), 30, 0.2, method)
    np.testing.assert_allclose(both[:, 1], -path, rtol=0, atol=1e-14)


@pytest.mark.parametrize("method", METHODS)
def test_eigenvalues_are_numpys(method):
    """On a game that is nowhere linear, at a point that is no equilibrium."""
    game = zero_sum(lambda x, y: ops.sin(x) * y + x ** 3 / 3 - ops.exp(0.3 * y) * x)
    for point in (np.array([0.4, -1.1]), np.array([-1.3, 0.2]), np.array([2.0, 1.0])):
        step_matrix = sg.jacobian(lambda p: step(game, p, 0.3, method))(point)
        exact = np.abs(np.linalg.eigvals(step_matrix)).max()
        assert spectral_radius(game, point, 0.3, method) == pytest.approx(exact, rel=1e-9)


def test_averages_of_simultaneous_steps_diverge_and_of_alternating_ones_converge():
    """After T steps a bounded sum is divided by T; a growing one outgrows it."""
    eta, T = 0.2, 1500
    apart = averages(trajectory(bilinear, START, T, eta))
    assert np.linalg.norm(apart[-1]) > 1e5
    path = trajectory(bilinear, START, T, eta, "alternating")
    together = averages(path)
    np.testing.assert_allclose(together, np.cumsum(path, 0) / np.arange(1, T + 2)[:, None])
    assert np.linalg.norm(path[-1]) > 0.5 and np.linalg.norm(together[-1]) < 0.02
    # the mean of a geometric series of matrices: (I - M)^-1 (I - M^(T + 1)) p / (T + 1)
    for method, mean in (("simultaneous", apart), ("alternating", together)):
        M = matrix(method, eta)
        exact = np.linalg.solve(np.eye(2) - M,
                                (np.eye(2) - np.linalg.matrix_power(M, T + 1)) @ START) / (T + 1)
        np.testing.assert_allclose(mean[-1], exact, rtol=1e-9)


# ---- the Dirac-GAN -------------------------------------------------------------------------------

# slopes of the generator's and of the discriminator's loss of a generated example, at score 0
SLOPES = {"minimax": (-0.5, 0.5), "non-saturating": (-0.5, 0.5), "wasserstein": (-1, 1),
          "least-squares": (-1, 0), "hinge": (-1, 1)}


@pytest.mark.parametrize("loss", LOSSES)
def test_the_equilibrium_is_the_origin_and_the_velocity_turns_around_it(loss):
    game, (of_generator, of_fake) = dirac_gan(loss), SLOPES[loss]
    np.testing.assert_array_equal(game.velocity(np.zeros(2)), [0, 0])
    J = sg.jacobian(game.velocity)(np.zeros(2))
    np.testing.assert_allclose(J, [[0, -of_generator], [-of_fake, 0]], atol=1e-15)


@pytest.mark.parametrize("strength", [0.3, 1.0, 4.0])
def test_r1_makes_it_stable(strength):
    """Eigenvalues of v' are -g/2 +- sqrt(g^2 / 4 - 1/4): Mescheder et al. 2018, lemma 4.2."""
    for eta in (0.05, 0.3):
        roots = -strength / 2 + np.sqrt(complex(strength ** 2 / 4 - 0.25)) * np.array([1, -1])
        found = spectral_radius(dirac_gan(penalty="r1", strength=strength), [0.0, 0.0], eta)
        assert found == pytest.approx(np.abs(1 + eta * roots).max(), rel=1e-7)  # 1e-16 of a root
        assert found < 1


def test_only_r1_of_the_penalties_arrives():
    """Without a penalty the steps spiral out; that of WGAN-GP has no equilibrium at slope 0."""
    ends = {penalty: trajectory(dirac_gan("wasserstein", penalty), [1.0, 1.0], 600, 0.1)
            for penalty in (None, "r1", "one-centred")}
    far = {name: np.linalg.norm(path[-100:], axis=1) for name, path in ends.items()}
    assert far["r1"].max() < 1e-8
    assert far[None].min() > 10
    assert 0.01 < far["one-centred"].min() and far["one-centred"].max() < 3


def test_minimax_hardly_moves_a_generator_that_is_found_out():
    """Where D is sure, -log D(G) still has a slope and log(1 - D(G)) has none."""
    found_out = np.array([4.0, -5.0])                   # score -20
    saturated, moving = (abs(dirac_gan(loss).velocity(found_out)[0])
                         for loss in ("minimax", "non-saturating"))
    assert saturated < 1e-7 and moving == pytest.approx(5)


# ---- moves instead of numbers --------------------------------------------------------------------

def test_max_min_is_not_min_max():
    pennies = [[1, -1], [-1, 1]]
    assert pure_values(pennies) == (-1, 1)
    assert mixed_values(pennies) == (0, 0)
    assert pure_values([[3, 1], [4, 2]]) == mixed_values([[3, 1], [4, 2]]) == (2, 2)
    assert pure_values([[1, 5, 2], [3, 4, 3]]) == (3, 3)


def test_mixed_players_have_one_value(rng):
    """Von Neumann (1928), for 500 matrices; and no grid of strategies does better."""
    P = np.linspace(0, 1, 1001)[:, None]
    for payoff in rng.normal(size=(500, 2, 2)):
        low, high = mixed_values(payoff)
        assert low == pytest.approx(high, abs=1e-12)
        least, most = pure_values(payoff)
        assert least - 1e-12 <= low <= most + 1e-12
        guaranteed = (P * payoff[0] + (1 - P) * payoff[1]).min(axis=1).max()
        assert guaranteed <= low + 1e-12 and low - guaranteed < 0.01


# ---- kinds, and what is refused ------------------------------------------------------------------

@pytest.mark.parametrize("method", METHODS)
def test_every_backend(method, xp_backend):  # noqa: F811
    game = dirac_gan(penalty="r1")
    starts = np.array([[1.0, 0.5], [-2.0, 1.0]])
    path = trajectory(game, xp_backend.asarray(starts), 3, 0.2, method)
    np.testing.assert_allclose(xp_backend.to_numpy(path), trajectory(game, starts, 3, 0.2, method),
                               rtol=1e-5)
    found = spectral_radius(game, xp_backend.asarray(starts[0]), 0.2, method)
    assert found == pytest.approx(spectral_radius(game, starts[0], 0.2, method), rel=1e-5)
    assert mixed_values(xp_backend.asarray([[1.0, -1.0], [-1.0, 1.0]])) == (0, 0)


def test_float32_is_kept():
    assert trajectory(bilinear, START.astype(np.float32), 2, 0.1, "consensus").dtype == np.float32
    assert trajectory(bilinear, [1, 1], 2, 0.1).dtype == np.float64


def test_points_and_paths_may_be_lists():
    np.testing.assert_array_equal(step(bilinear, [1, 1], 0.1), [0.9, 1.1])
    np.testing.assert_array_equal(averages([[1, 2], [3, 4]]), [[1, 2], [2, 3]])


def test_the_average_of_a_path_that_goes_to_infinity():
    path = np.array([[1.0, 2.0], [3.0, np.inf], [5.0, np.inf]])
    np.testing.assert_array_equal(averages(path), [[1, 2], [2, np.inf], [3, np.inf]])


def test_what_is_refused():
    for f, message in ((lambda: trajectory(bilinear, START, 1, 0.1, "newton"), "one of simultaneo"),
                       (lambda: dirac_gan(penalty="r2"), "one-centred"),
                       (lambda: dirac_gan("logistic"), "no GAN loss"),
                       (lambda: trajectory(bilinear, [1.0, 2.0, 3.0], 1, 0.1), r"got +\(3,\)"),
                       (lambda: spectral_radius(bilinear, np.zeros((4, 2)), 0.1), "one point"),
                       (lambda: saddle.mixed_values([[1, 2, 3], [4, 5, 6]]), "2 x 2 payoff"),
                       (lambda: pure_values([[1, 2], [3]]), "rows of 2, 1"),
                       (lambda: pure_values([]), "rows of none"),
                       (lambda: pure_values([[]]), "rows of 0"),
                       (lambda: pure_values([[1, math.nan], [0, 0]]), "a finite number"),
                       (lambda: mixed_values([[1, math.nan], [0, 0]]), "a finite number")):
        with pytest.raises(ValueError, match=message):
            f()
