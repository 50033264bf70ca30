"""Two players with one number each: the smallest games on which training a GAN fails or succeeds.

Player x makes A(x, y) small by moving x, player y makes B(x, y) small by moving y.  Both follow

    v(x, y) = -(dA/dx, dB/dy),

the velocity of the game.  If B = -A nobody descends anything: v is no gradient, it may turn in
circles, and where it is 0 there may be a saddle.  Whether steps of length eta arrive there is
decided by the Jacobian of *the step* p -> p': they do from nearby if its spectral radius is below
1, and leave if it is above.  Everything is elementwise: (2,) is a point, (N, 2) are N games.
"""
import math
from dataclasses import dataclass
from typing import Callable

from .. import backend
from ..autodiff import ops
from ..autodiff.transforms import grad, jacobian
from ..distributions.base import as_parameters, raw
from ..errors import ShapeError
from .gan.losses import find


@dataclass(frozen=True)
class TwoPlayerGame:
    """x makes first(x, y) small, y makes second(x, y) small: functions of Tensors, elementwise."""

    first: Callable
    second: Callable

    def velocity(self, p):
        """v(p) = -(dA/dx, dB/dy): where each player goes if the other stays.   (..., 2) -> (..., 2)
        """
        x, y = _players(p)
        return ops.stack([-_slope(self.first, 0)(x, y), -_slope(self.second, 1)(x, y)], axis=-1)


def zero_sum(f):
    """min_x max_y f(x, y): what one player gains the other loses."""
    return TwoPlayerGame(f, lambda x, y: -f(x, y))


# min_x max_y xy: v = (-y, x) turns around the only equilibrium, (0, 0).
bilinear = zero_sum(ops.multiply)


PENALTIES = {
    None: lambda slope: 0 * slope,
    "r1": lambda slope: 0.5 * ops.square(slope),
    "one-centred": lambda slope: 0.5 * ops.square(ops.abs(slope) - 1),
}


def dirac_gan(loss="non-saturating", penalty=None, strength=1.0):
    """The Dirac-GAN (Mescheder, Geiger and Nowozin 2018): (theta, psi) -> the losses of two points.

    All data are at 0, all generated examples at theta, and the discriminator's score is linear,
    s(x) = psi x.  `loss` is one of the losses of a GAN; the equilibrium is (0, 0).  The slope
    ds/dx is psi everywhere, so the penalties on it, times `strength`, are psi^2 / 2 ("r1", their
    eq. 9) and (|psi| - 1)^2 / 2 ("one-centred", as in WGAN-GP).  ValueError for another name.
    """
    if penalty not in PENALTIES:
        raise ValueError(f"dirac_gan: there is no penalty {penalty!r}\n"
                         "  expected  None, \"r1\" or \"one-centred\"")
    loss, cost = find(loss), PENALTIES[penalty]
    return TwoPlayerGame(
        lambda theta, psi: loss.generator(ops.multiply(psi, theta)),
        lambda theta, psi: (loss.discriminator(psi * 0, ops.multiply(psi, theta))
                            + strength * cost(psi)))


# ---- steps: p -> p' ------------------------------------------------------------------------------

def _simultaneous(game, p, rate):
    """p' = p + eta v(p): both move at once."""
    return p + rate * game.velocity(p)


def _alternating(game, p, rate):
    """x moves, and y answers where x is then."""
    x, y = _players(p)
    x = x - rate * _slope(game.first, 0)(x, y)
    y = y - rate * _slope(game.second, 1)(x, y)
    return ops.stack([x, y], axis=-1)


def _extragradient(game, p, rate):
    """p' = p + eta v(p + eta v(p)): look one step ahead, then step from here (Korpelevich 1976)."""
    return p + rate * game.velocity(p + rate * game.velocity(p))


def _consensus(game, p, rate, weight=1.0):
    """p' = p + eta (v - weight grad |v|^2 / 2): also make v small.

    Mescheder, Nowozin and Geiger 2017, section 4.  The gradient of a gradient, by the engine.
    """
    slowness = grad(lambda q: 0.5 * ops.sum(ops.square(game.velocity(q))))
    return p + rate * (game.velocity(p) - weight * slowness(p))


METHODS = {"simultaneous": _simultaneous, "alternating": _alternating,
           "extragradient": _extragradient, "consensus": _consensus}


def step(game, p, rate, method="simultaneous", **options):
    """Where both players are after one turn.   (..., 2) -> (..., 2)

    `method` is "simultaneous", "alternating", "extragradient", or "consensus" with weight=1.
    """
    if method not in METHODS:
        raise ValueError(f"saddle: there is no method {method!r}\n"
                         f"  expected  one of {', '.join(METHODS)}")
    p, = as_parameters(p)
    if p.shape[-1:] != (2,):
        raise ShapeError("saddle: a point has one number for each of the two players\n"
                         f"  expected  (2,), or (N, 2) for N games\n  got       {tuple(p.shape)}")
    return METHODS[method](game, p, rate, **options)


def trajectory(game, start, steps, rate, method="simultaneous", **options):
    """The points p_0 = start, p_1, ..., p_steps.   (..., 2) -> (steps + 1, ..., 2)"""
    p, = as_parameters(start)
    path = [p]
    for _ in range(steps):
        path.append(step(game, path[-1], rate, method, **options))
    return ops.stack(path)


def averages(path):
    """The mean of p_0 ... p_t, for each t.   (T, ..., 2) -> (T, ..., 2)"""
    path, = as_parameters(path)
    array = raw(path)
    counts = ops.cumulative_sum(backend.namespace(array).ones_like(array), axis=0)
    return ops.cumulative_sum(path, axis=0) / counts


def spectral_radius(game, point, rate, method="simultaneous", **options):
    """The largest |eigenvalue| of dp'/dp at a point (2,): a float.

    Below 1 at an equilibrium, steps from nearby arrive, by this factor each; above 1 they leave; at
    1 it takes more than a derivative to tell.  The Jacobian is the engine's.  On the bilinear game:
    simultaneous sqrt(1 + eta^2), alternating 1 up to eta = 2, extragradient sqrt(1 - eta^2 +
    eta^4), consensus with weight c sqrt((1 - eta c)^2 + eta^2).
    """
    point, = as_parameters(point)
    if point.shape != (2,):
        raise ShapeError("spectral_radius: one point at a time\n  expected  (2,)\n"
                         f"  got       {tuple(point.shape)}")
    (a, b), (c, d) = backend.to_numpy(
        jacobian(lambda p: step(game, p, rate, method, **options))(point)).tolist()
    half_trace, determinant = (a + d) / 2, a * d - b * c
    inside = half_trace ** 2 - determinant              # eigenvalues: half_trace +- sqrt(inside)
    if inside < 0:
        return math.sqrt(determinant)                   # a pair, of modulus^2 = product
    return abs(half_trace) + math.sqrt(inside)


def _players(p):
    return ops.getitem(p, index=(..., 0)), ops.getitem(p, index=(..., 1))


def _slope(f, player):
    """df/dx for player 0, df/dy for player 1, of each of the games."""
    return grad(lambda x, y: ops.sum(f(x, y)), player)


# ---- games of a finite number of moves -----------------------------------------------------------

def pure_values(payoff):
    """(max_i min_j, min_j max_i) of the payoff[i][j] that row i gains and column j loses.

    Who moves second knows what the other did, so the first number is never larger.  They are equal
    only if the matrix has a saddle point.
    """
    rows = _payoff("pure_values", payoff)
    return max(map(min, rows)), min(map(max, zip(*rows)))


def mixed_values(payoff):
    """The same for players who may toss coins: max_p min_q and min_q max_p of p^T A q, 2 x 2.

    Each is computed by itself.  That they agree is von Neumann's theorem (1928).
    """
    rows = _payoff("mixed_values", payoff)
    if [len(row) for row in rows] != [2, 2]:
        raise ShapeError("mixed_values: each player has two moves\n  expected  a 2 x 2 payoff")
    turned = [[-a for a in column] for column in zip(*rows)]
    return _guaranteed(rows), 0.0 - _guaranteed(turned)


def _payoff(what, payoff):
    """The rows of a matrix of finite numbers, as lists."""
    payoff = backend.to_numpy(raw(payoff)) if hasattr(payoff, "shape") else payoff
    rows = [list(map(float, row)) for row in payoff]
    widths = {len(row) for row in rows}
    if len(widths) != 1 or not widths.pop():
        raise ShapeError(f"{what}: a payoff is a matrix\n  expected  rows of one length\n"
                         f"  got       rows of {', '.join(str(len(r)) for r in rows) or 'none'}")
    if not all(math.isfinite(a) for row in rows for a in row):
        raise ValueError(f"{what}: every payoff is a finite number\n  got       {rows}")
    return rows


def _guaranteed(rows):
    """max over P in [0, 1] of min_j P a_0j + (1 - P) a_1j: the best is at an end, or where the two
    lines cross."""
    (a, b), (c, d) = rows
    chances = [0.0, 1.0]
    if a - b - c + d:
        chances.append(min(1.0, max(0.0, (d - c) / (a - b - c + d))))
    return max(min(P * a + (1 - P) * c, P * b + (1 - P) * d) for P in chances)
