"""d/dl E[f(y)] for a categorical draw y: exactly, and five ways to estimate it from one draw.

    y = e_k with probability P_k = softmax(l)_k,     d/dl_j E[f(y)] = P_j (f(e_j) - E[f(y)])

The exact gradient adds up over all K classes.  A network with thirty such variables has K^30 of
them, so there it has to be estimated from draws; here both can be had, and so a bias is a number.
f takes rows (n, K), vertices e_k of the simplex or points inside, and gives one number a row (n,);
ShapeError if it gives anything else, which would broadcast against the rows.
"""
from typing import NamedTuple

from .. import backend
from ..autodiff import ops
from ..autodiff.transforms import grad
from ..errors import ShapeError
from .base import as_parameters, raw


def exact_gradient(logits, f):
    """d/dl sum_k P_k f(e_k), by enumeration.   (K,) -> (K,)"""
    logits, = as_parameters(logits)
    values = _at_vertices(logits, f)
    return grad(lambda u: ops.sum(ops.softmax(u) * values))(logits)


def _at_vertices(logits, f):
    """f(e_k) for every class k.   (K,)"""
    array = raw(logits)
    space = backend.namespace(array)
    vertices = space.eye(array.shape[-1], dtype=array.dtype, device=array.device)
    return raw(_by_row(f, vertices))


def _by_row(f, y):
    """f(y), one number for each row of y.   (..., K) -> (...)"""
    values = f(y)
    found = tuple(getattr(values, "shape", ()))
    if found != tuple(y.shape[:-1]):
        raise ShapeError("f gives one number for each row of draws\n"
                         f"  expected  {tuple(y.shape[:-1])}, for rows {tuple(y.shape)}\n"
                         f"  got       {found}")
    return values


# ---- one number a draw, whose gradient is the estimate: (n, K) -> (n,) ---------------------------

def _draw(logits, rng):
    """y = e_k, k ~ softmax(logits): a constant."""
    return ops.gumbel_softmax(ops.stop_gradient(logits), hard=True, rng=rng)


def _score_function(logits, f, temperature, rng):
    """f(y) d/dl log P(y):  unbiased, and needs no derivative of f (Williams 1992)"""
    y = _draw(logits, rng)
    return ops.stop_gradient(_by_row(f, y)) * ops.sum(y * ops.log_softmax(logits), axis=-1)


def _score_function_centred(logits, f, temperature, rng):
    """(f(y) - E[f]) d/dl log P(y):  unbiased as well, since d/dl log P has mean 0"""
    row = raw(logits)[0, ...]
    mean = ops.sum(ops.softmax(row) * _at_vertices(row, f))
    return _score_function(logits, lambda y: f(y) - mean, temperature, rng)


def _straight_through(logits, f, temperature, rng):
    """f'(y) d/dl softmax(l):  biased, unless f is linear (Bengio, Leonard and Courville 2013)"""
    return _by_row(f, ops.straight_through(_draw(logits, rng), ops.softmax(logits)))


def _gumbel_softmax(logits, f, temperature, rng):
    """d/dl f(softmax((l + g) / temperature)):  the right gradient of another expectation"""
    return _by_row(f, ops.gumbel_softmax(logits, temperature, rng=rng))


def _straight_through_gumbel(logits, f, temperature, rng):
    """f'(y) d/dl softmax((l + g) / temperature):  the draw is discrete, its slope is not"""
    return _by_row(f, ops.gumbel_softmax(logits, temperature, hard=True, rng=rng))


ESTIMATORS = {"score-function": _score_function,
              "score-function-centred": _score_function_centred,
              "straight-through": _straight_through,
              "gumbel-softmax": _gumbel_softmax,
              "straight-through-gumbel": _straight_through_gumbel}


def gradient_draws(logits, f, n, estimator, *, temperature=1.0, rng):
    """n independent estimates of d/dl E[f(y)], each from one draw.   (K,) -> (n, K)

    `estimator` is "score-function", "score-function-centred", "straight-through", "gumbel-softmax"
    or "straight-through-gumbel"; the two with Gumbel noise use the temperature.  logits are finite.
    """
    if estimator not in ESTIMATORS:
        raise ValueError(f"gradient_draws: there is no estimator {estimator!r}\n"
                         f"  expected  one of {', '.join(ESTIMATORS)}")
    if n < 1:
        raise ValueError("gradient_draws: an estimate takes a draw\n  expected  n >= 1\n"
                         f"  got       {n!r}")
    rng, (logits,) = backend.rng(rng), as_parameters(logits)
    if len(logits.shape) != 1:
        raise ShapeError("gradient_draws: one distribution at a time\n  expected  logits (K,)\n"
                         f"  got       {tuple(logits.shape)}")
    rows = ops.broadcast_to(logits, (n, *logits.shape))
    return grad(lambda u: ops.sum(ESTIMATORS[estimator](u, f, temperature, rng)))(rows)


class Accuracy(NamedTuple):
    """How far an estimator is off on average, how sure that is, and how one draw scatters: (K,)."""

    bias: object
    standard_error: object      # of the bias: sqrt(variance / n)
    variance: object            # of one draw


def bias_and_variance(draws, exact):
    """mean - exact, its standard error, and the variance of one draw.   (n, K), (K,) -> Accuracy

    `draws` are those of `gradient_draws`; a bias within a few standard errors may be none.
    """
    draws, exact = (raw(as_parameters(values)[0]) for values in (draws, exact))
    if tuple(exact.shape) != tuple(draws.shape[1:]):
        raise ShapeError("bias_and_variance: a draw estimates the exact gradient\n"
                         f"  expected  draws (n, K) and exact (K,)\n"
                         f"  got       {tuple(draws.shape)} and {tuple(exact.shape)}")
    if draws.shape[0] < 2:
        raise ValueError("bias_and_variance: a variance needs two draws\n"
                         f"  expected  (n, K) with n >= 2\n  got       {tuple(draws.shape)}")
    variance = ops.var(draws, axis=0, correction=1)
    return Accuracy(ops.mean(draws, axis=0) - exact, ops.sqrt(variance / draws.shape[0]),
                    variance)
