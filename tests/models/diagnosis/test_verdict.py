"""Each rule of the verdict on a game that calls for it, and on one that just does not."""
import math

import numpy as np
import pytest

from scratchgen.data import ring
from scratchgen.distributions import Estimate
from scratchgen.models import coverage, diagnose, gan_dense
from scratchgen.models.diagnosis import Coverage, verdict

RING = ring()


def game(n=200, **columns):
    """n rows of a quiet game; a column is a number, a function of the turn, or None (missing)."""
    rng = np.random.default_rng(0)
    quiet = {"real": lambda t: 0.5 + 0.03 * rng.standard_normal(),
             "fake_before": lambda t: 0.5 + 0.03 * rng.standard_normal(),
             "fake_after": lambda t: 0.48 + 0.03 * rng.standard_normal(),
             "discriminator_loss": lambda t: 1.386 + 0.02 * rng.standard_normal(),
             "generator_loss": lambda t: 0.7 + 0.02 * rng.standard_normal(),
             "discriminator_gradient": lambda t: 0.1 + 0.02 * rng.random(),
             "generator_gradient": lambda t: 0.1 + 0.02 * rng.random()} | columns
    return [{name: f(t) if callable(f) else f for name, f in quiet.items()} for t in range(n)]


def found(modes=8, quality=0.95, kl=0.01, counts=None, total=8):
    return Coverage(modes, total, Estimate(quality, 0.01), kl,
                    counts or (100,) * modes + (0,) * (total - modes), 2500)


def wave(t, amplitude=0.3, period=25):
    return 0.5 + amplitude * math.sin(2 * math.pi * t / period)


# ---- converged, and how little is enough not to be -----------------------------------------------

def test_a_quiet_game_with_all_modes_has_converged():
    said = diagnose(game(), found())
    assert said.verdict == "converged"
    lines = str(said).splitlines()
    assert lines[:2] == ["converged", "  - all modes are covered, and the game is steady"]
    assert "D(x) 0.49" in lines[2] and "the generator's loss 0.7" in lines[2]
    assert lines[3] == "  - modes at the end: 8 of 8, with 95.0 % of the samples"


@pytest.mark.parametrize("rows, modes, reason", [
    (game(), None, "the modes were not counted"),
    (game(19), found(), "a history of 19 is too short"),
    (game(), found(quality=0.79), "only 79 % of the samples"),
    (game(), found(modes=7, quality=0.4), "a snapshot at the end has 7 of 8 modes"),
    (game(real=0.8, fake_before=0.5), found(), "still tells them apart, 0.80 and 0.50"),
    (game(real=lambda t: 0.5 + 0.0015 * t, fake_before=0.7), found(), "still moves, from 0.69"),
])
def test_undecided(rows, modes, reason):
    said = diagnose(rows, modes)
    assert said.verdict == "undecided" and reason in said.evidence[0]


def test_shares_may_be_missing_in_any_row():
    rows = game(modes=8, quality=lambda t: None if t % 2 else 0.95 if t % 4 else 0.9)
    said = diagnose(rows, modes=8)
    assert said.verdict == "converged" and "with 95.0 % of the samples" in said.evidence[-1]
    said = diagnose(game(modes=8), modes=8)
    assert said.verdict == "undecided" and "nobody measured" in said.evidence[0]


def test_an_empty_history_and_one_without_outputs():
    assert diagnose([]).verdict == "undecided"
    assert diagnose([{"modes": 8, "quality": 0.9}] * 40, modes=8).verdict == "undecided"
    said = diagnose([{"discriminator_loss": 1.4, "generator_loss": 0.7}] * 40, found())
    assert said.verdict == "converged"


# ---- diverged ------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["discriminator_loss", "generator_gradient", "fake_before"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_numbers_that_are_not_finite(name, value):
    said = diagnose(game(**{name: lambda t: value if t == 150 else 0.5}), found())
    assert said.verdict == "diverged" and f"is {value} in row 151 of 200" in said.evidence[0]


def test_rows_count_those_in_which_a_player_did_not_move():
    rows = game(generator_loss=lambda t: None if t % 5 else math.nan if t == 100 else 0.7)
    assert "generator's loss is nan in row 101 of 200" in diagnose(rows, found()).evidence[0]


def test_samples_that_are_not_finite():
    nothing = coverage(np.full((5, 2), np.nan), RING.centres, RING.scale, rng=None)
    said = diagnose(game(), [found(), nothing])
    assert said.verdict == "diverged" and "no sample of snapshot 2 of 2" in said.evidence[0]


@pytest.mark.parametrize("name", ["discriminator_loss", "discriminator_gradient",
                                  "generator_gradient"])
def test_growth_without_end(name):
    assert diagnose(game(**{name: lambda t: 1.05 ** t}), found()).verdict == "diverged"
    assert diagnose(game(**{name: lambda t: 1.01 ** t}), found()).verdict == "converged"


def test_players_that_have_lost_each_other():
    sure = game(real=0.995, fake_before=0.004, fake_after=0.003)
    assert diagnose(sure).verdict == diagnose(sure, found(0, 0.0)).verdict == "diverged"
    # One row of samples at the end says nothing about D(G(z)) over time.
    assert diagnose([{"real": 0.995}] * 40 + [{"fake_before": 0.004}]).verdict == "undecided"
    # A discriminator that knows the training set by heart is certain too; the samples are good.
    assert diagnose(sure, found()).verdict == "undecided"
    assert diagnose(game(real=0.985, fake_before=0.004)).verdict == "undecided"
    assert diagnose(game(real=0.995, fake_before=0.02)).verdict == "undecided"
    # As scores, these numbers mean nothing.
    assert diagnose(game(real=0.995, fake_before=-0.004)).verdict == "undecided"


# ---- collapsed -----------------------------------------------------------------------------------

def test_missing_modes():
    said = diagnose(game(), found(modes=5))
    assert said.verdict == "collapsed" and "3 of 8 modes are never covered" in said.evidence[0]
    assert diagnose(game(), found(modes=5, quality=0.49)).verdict == "undecided"
    rows = [row | {"modes": 3, "quality": 0.9} for row in game()]
    assert diagnose(rows, modes=8).verdict == "collapsed"
    assert diagnose(rows).verdict == "undecided"                # out of how many?
    # Only the last quarter counts, and of that the best snapshot.
    early = [found(modes=3)] * 6 + [found(modes=8)] * 2
    assert diagnose(game(), early).verdict == "converged"
    assert diagnose(game(), [found()] * 6 + [found(modes=7), found()]).verdict == "undecided"


def test_a_point_beside_all_modes():
    """Nothing is covered, no sample is good, and all of them are at one place."""
    beside = coverage(np.full((100, 2), 0.6), RING.centres, RING.scale, rng=None)
    assert beside.modes == 0 and beside.kl == pytest.approx(math.log(8))
    said = diagnose(game(), beside)
    assert said.verdict == "collapsed" and "gather as at 1.0 of 8 modes" in said.evidence[0]
    assert diagnose(game(), found(0, 0.0, kl=0.70)).verdict == "collapsed"
    assert diagnose(game(), found(0, 0.0, kl=0.69)).verdict == "undecided"


def test_more_than_half_of_the_samples_gone_astray_is_no_collapse(rng):
    cloud = coverage(0.7 * rng.standard_normal((2500, 2)), RING.centres, RING.scale, rng=None)
    assert diagnose(game(), cloud).verdict == "undecided"


# ---- oscillating ---------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["real", "fake_before", "fake_after"])
def test_outputs_that_swing(name):
    said = diagnose(game(**{name: wave}), found())
    assert said.verdict == "oscillating" and "swings" in said.evidence[0]
    assert diagnose(game(**{name: lambda t: wave(t, 0.05)}), found()).verdict == "converged"


def test_a_swing_too_slow_to_be_seen_twice_is_no_rest():
    """D(x) goes from 0.9 to 0.1 and back, and has the same median in both quarters."""
    said = diagnose(game(real=lambda t: wave(t + 10, 0.4, 70)), found())
    assert said.verdict == "undecided" and "D(x) still moves, between 0.1" in said.evidence[0]


def test_scores_have_no_zero_and_their_loss_has():
    """A critic's outputs may wander together; their difference, its loss, may not."""
    critic = {"real": lambda t: 9 + 5 * wave(t), "fake_before": lambda t: 9 + 5 * wave(t),
              "fake_after": lambda t: 9 + 5 * wave(t)}

    def falling(t):
        return -3.0 * math.exp(-t / 10)
    assert diagnose(game(**critic, discriminator_loss=falling), found()).verdict == "converged"
    said = diagnose(game(**critic, discriminator_loss=lambda t: 3 * wave(t)), found())
    assert said.verdict == "oscillating" and "the discriminator's loss swings" in said.evidence[0]


def test_modes_that_come_and_go():
    one = [found(1, counts=tuple(100 * (k == i % 8) for k in range(8))) for i in range(12)]
    said = diagnose(game(), one)
    assert said.verdict == "oscillating"
    assert said.evidence[0] == ("the last 6 snapshots cover 6 modes altogether, at most 1 at a "
                                "time: the generator hops")
    assert diagnose(game(), one[:1] * 12).verdict == "collapsed"
    assert diagnose(game(), one[:3]).verdict == "collapsed"     # too few to call it a motion
    stray = [snapshot._replace(quality=Estimate(0.01, 0.001)) for snapshot in one]
    assert diagnose(game(), stray).verdict == "undecided"       # hits of a cloud, not a generator


# ---- games that are really played ----------------------------------------------------------------

def dirac(turns, lr, *, simultaneous=False, bilinear=False, penalty=0.0):
    """Data at 0, a generator at theta, D(x) = sigmoid(psi x), both playing for log(1 - D(theta)).

    The Dirac-GAN of Mescheder et al. (2018); bilinear: for psi theta itself.
    """
    theta, psi, rows = 1.0, 1.0, []
    for _ in range(turns):
        fake = 1 / (1 + math.exp(-max(-700.0, min(700.0, psi * theta))))
        slope = 1.0 if bilinear else fake
        rows.append({"real": 0.5, "fake_before": fake, "discriminator_gradient": abs(slope * theta),
                     "generator_gradient": abs(slope * psi)})
        moved = psi - lr * (slope * theta + penalty * psi)
        theta += lr * slope * (psi if simultaneous else moved)
        psi = moved
    return rows, theta


def at(theta):
    return coverage([[theta]] * 10, [[0.0]], 0.01, rng=None)


def test_the_dirac_gan_circles():
    rows, theta = dirac(3000, 0.1)
    assert diagnose(rows, at(theta)).verdict == "oscillating"


def test_the_dirac_gan_with_a_gradient_penalty_converges():
    rows, theta = dirac(3000, 0.1, penalty=1.0)
    assert abs(theta) < 1e-3 and diagnose(rows, at(theta)).verdict == "converged"


def test_simultaneous_steps_of_a_bilinear_game_spiral_out():
    rows, theta = dirac(3000, 0.1, simultaneous=True, bilinear=True)
    assert abs(theta) > 1e3 and diagnose(rows, at(theta)).verdict == "diverged"


def play(turns, **settings):
    """A GAN on the ring: (turns, snapshots)."""
    rng, gan = np.random.default_rng(0), gan_dense(2, 2, (64, 64), rng=0)
    batches = (RING.sample(256, rng=rng) for _ in range(turns))
    rows, snapshots = [], []
    for i, turn in enumerate(gan.game(**settings).play(batches, rng=rng), 1):
        rows.append(turn)
        if i % (turns // 20) == 0:
            snapshots.append(coverage(gan, RING.centres, RING.scale, rng=0))
    return rows, snapshots


def test_turns_are_read_as_they_are():
    rows, snapshots = play(40, lr=1e-3)
    assert diagnose(rows, snapshots).verdict in ("undecided", "diverged")
    assert any("D(x)" in sentence for sentence in diagnose(rows).evidence)


@pytest.mark.slow
def test_steps_that_are_too_large_never_find_the_ring():
    """A game without rest: one place that wanders is both, and rounding decides which is seen."""
    assert diagnose(*play(3000, lr=2e-2, betas=(0.9, 0.999))).verdict in ("collapsed",
                                                                          "oscillating")


def test_every_verdict_has_its_rule_in_the_docstring():
    for name in ("diverged", "oscillating", "collapsed", "converged", "undecided"):
        assert f"        {name}  " in verdict.diagnose.__doc__
