"""Expectations by Monte Carlo, never without their standard error."""
import math
from typing import NamedTuple

from .. import backend
from ..autodiff import ops
from ..autodiff.tensor import no_grad
from .base import broadcast_shape, raw


class Estimate(NamedTuple):
    """A Monte Carlo mean and its standard error, sqrt(variance of one draw / number of draws)."""

    value: object
    standard_error: object


_CHUNK = 2 ** 20        # numbers drawn at a time, so that memory does not grow with n


def expectation(f, p, n, *, rng):
    """E_p[f(x)] ~ (1/n) sum_i f(x_i),  x_i ~ p.

    `f` takes draws (m, *batch_shape, *event_shape) and gives an array (m, ...), one value a draw;
    m is at most n, as draws come in chunks.  Gives an Estimate of two arrays (...), accumulated on
    the host in float64, without a graph.  One infinite f(x_i) makes both infinite.  `n` is at least
    2, else ValueError.
    """
    return _expectation("expectation", f, p, n, rng, p.batch_shape)


def entropy_monte_carlo(p, n, *, rng):
    """H(p) ~ -(1/n) sum_i log p(x_i),  x_i ~ p, in nats: an Estimate of batch_shape.

    Unbiased for every distribution with samples and a density.  `n` is at least 2.
    """
    return _expectation("entropy_monte_carlo", lambda x: -p.log_prob(x), p, n, rng, p.batch_shape)


def kl_monte_carlo(p, q, n, *, rng):
    """KL(p || q) ~ (1/n) sum_i log p(x_i) - log q(x_i),  x_i ~ p, in nats.

    Unbiased for every pair with samples and densities.  Gives an Estimate of two arrays of the
    broadcast batch shape, accumulated on the host in float64 over chunks of draws, without a graph.
    `n` is at least 2, else ValueError.
    """
    batch = broadcast_shape("kl(p, q)", p=p.batch_shape, q=q.batch_shape)
    missing = (1,) * (len(batch) - len(p.batch_shape))          # batch axes that only q has

    def log_ratio(x):
        x = ops.reshape(x, (x.shape[0], *missing, *p.batch_shape, *p.event_shape))
        return p.log_prob(x) - q.log_prob(x)

    return _expectation("kl_monte_carlo", log_ratio, p, n, rng, batch)


def _expectation(name, f, p, n, rng, batch):
    if n < 2:
        raise ValueError(f"{name}: a standard error needs two draws\n  expected  n >= 2\n"
                         f"  got       n = {n}")
    generator = backend.rng(rng)
    chunk = max(1, _CHUNK // max(1, math.prod((*batch, *p.event_shape))))
    count, mean, squares, infinite = 0, 0.0, 0.0, 0.0
    with no_grad():
        while count < n:
            m = min(chunk, n - count)
            values = backend.to_numpy(raw(f(p.sample((m,), rng=generator))))     # (m, ...)
            values = ops.astype(values, "float64")
            finite = backend.namespace(values).isfinite(values)
            infinite = infinite + ops.sum(ops.where(finite, 0.0, values), axis=0)
            values = ops.where(finite, values, 0.0)
            # Chan, Golub and LeVeque (1983): merge two means, two sums of squared deviations
            chunk_mean = ops.mean(values, axis=0)
            step = chunk_mean - mean
            squares = squares + ops.sum(ops.square(values - chunk_mean), axis=0) \
                + step * step * (count * m / (count + m))
            mean = mean + step * (m / (count + m))
            count += m
    return Estimate(mean + infinite, ops.sqrt(squares / (n - 1) / n) + ops.abs(infinite))
