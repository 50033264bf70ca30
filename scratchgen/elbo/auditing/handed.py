"""What was handed in, as functions of host arrays that say when they return something else."""
import math
from typing import NamedTuple

from ... import backend
from ...autodiff import ops
from ...autodiff.tensor import no_grad
from ...distributions.base import raw
from ...distributions.normal import HALF_LOG_2PI
from ...errors import ShapeError

_CHUNK = 2 ** 20            # numbers of x and z handed over at a time
EXAMPLES = 8                # of x, for the checks that look at one example at a time


class Handed(NamedTuple):
    """A user's own functions, each of rows: x (M, ...) and codes z (M, ...), one number a row."""

    x: object
    n: int
    rng: object
    eps: float = 0.0                # of the coarsest numbers that come back
    sample: object = None
    log_q: object = None
    log_prior: object = None
    log_likelihood: object = None
    kl: object = None

    @property
    def some(self):
        """The examples that are looked at one by one."""
        return self.x[:EXAMPLES]

    def draws(self, x, n):
        """z ~ q(z|x), n for each example.   -> (n, N, ...)"""
        parts, step = [], max(1, min(n, _CHUNK // max(1, x.size)))
        for start in range(0, n, step):
            m = min(step, n - start)
            z = host(call("sample", self.sample, rows(x, m), self.rng))
            if z.shape[:1] != (m * len(x),):
                raise ShapeError("audit: sample(x, rng) draws one code for each row of x\n"
                                 f"  expected  ({m * len(x)}, ...)\n  got       {z.shape}")
            parts.append(ops.reshape(z, (m, len(x), *z.shape[1:])))
        return ops.concat(parts)

    def at(self, name, x, z):
        """The function of this name at draws (n, N, ...), row by row.   -> (n, N), float64"""
        n, step = len(z), max(1, _CHUNK // max(1, x.size + math.prod(z.shape[1:])))
        parts = []
        for start in range(0, n, step):
            part = z[start:start + step]
            flat = ops.reshape(part, (len(part) * len(x), *z.shape[2:]))
            values = self.value(name, rows(x, len(part)), flat)
            parts.append(ops.reshape(values, (len(part), len(x))))
        return ops.concat(parts)

    def value(self, name, x, z):
        """log_q(z, x), log_prior(z) or log_likelihood(x, z), N(0, I) by default.   -> (M,)"""
        if name == "log_prior" and self.log_prior is None:
            flat = ops.astype(ops.reshape(z, (len(z), -1)), "float64")
            return -ops.sum(flat * flat / 2 + HALF_LOG_2PI, axis=1)
        f = getattr(self, name)
        arguments = {"log_q": (z, x), "log_prior": (z,), "log_likelihood": (x, z)}[name]
        return numbers(name, call(name, f, *arguments), len(z))

    def log_weights(self, x, z):
        """log p(x|z) + log p(z) - log q(z|x).   -> (n, N)"""
        return (self.at("log_likelihood", x, z) + self.at("log_prior", x, z)
                - self.at("log_q", x, z))


@no_grad()
def call(name, f, *arguments):
    """f(*arguments), without a graph."""
    if not callable(f):
        raise TypeError(f"audit: {name} must be a function\n  got       {type(f).__name__}")
    return f(*arguments)


def host(values):
    """An array of any backend, a Tensor or a number, as a NumPy array."""
    return backend.to_numpy(raw(values))


def numbers(name, values, size):
    """One number for each row, in float64.   -> (size,)"""
    values = host(values)
    if values.shape != (size,):
        raise ShapeError(f"audit: {name} gives one number for each row, in nats\n"
                         f"  expected  ({size},)\n  got       {values.shape}\n"
                         "  hint      sum over pixels, or over the numbers of a code, and over "
                         "nothing else")
    return ops.astype(values, "float64")


def rows(x, m):
    """x again and again, m times.   (N, ...) -> (m N, ...)"""
    return ops.reshape(ops.broadcast_to(x, (m, *x.shape)), (m * len(x), *x.shape[1:]))
