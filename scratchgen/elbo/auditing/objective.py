"""Which multiple of the reconstruction, and of the divergence, is in a loss?

Over many batches the loss is regressed on the two terms,

    loss = a (-log p(x|z)) + b KL + constant,

both in nats per example: right is b / a = beta, whatever constants and reductions are in the code.
"""
import functools
import math
from typing import NamedTuple

from ... import backend
from ...autodiff import ops
from ..estimates import critical_value
from .findings import MISTAKE, OK, OPEN, Finding, judge
from .handed import call, host, numbers, rows
from .sampler import reference

_EXAMPLES, _DRAWS = 64, 4
_BATCHES = 240, 1200        # the second where a loss has noise of its own
_SHARED = 0.05              # left of a loss by the terms of its own noise, if they are its own
_SLIGHT = 2e-3              # a share of beta that nobody means


class Fit(NamedTuple):
    """a, b, and beta = b / a with its standard error; what is left, as a share of the spread."""

    a: float
    b: float
    a_error: float
    b_error: float
    error: float
    left: float

    @property
    def beta(self):
        return self.b / self.a if self.a else math.inf


class Batches:
    """The batches on which losses are compared, their terms, and seeds for their noise."""

    def __init__(self, handed, size, kl_is_right, count):
        x = handed.x[:_EXAMPLES]
        self.size, self.pixels = min(size, len(x)), math.prod(x.shape[1:])
        self.chosen = handed.rng.integers(len(x), size=(count, self.size))
        self.seeds = [int(s) for s in handed.rng.integers(2 ** 31, size=count)]
        self.x, self.handed = x, handed
        self.code = math.prod(handed.draws(x[:1], 1).shape[2:])
        self.same_noise = [ops.stack([self._reconstruction(i, backend.rng(seed), 1)
                                      for i, seed in enumerate(self.seeds)])] * 2
        self.sway = None
        if kl_is_right:
            self.divergence = [self._over_batches(numbers("kl", handed.kl(x), len(x)))] * 2
        else:
            self._estimate_divergence(x)

    @functools.cached_property
    def averaged(self):
        """-log p(x|z) by two sets of draws, new for each batch: only then do their errors average
        out over batches that share examples.
        """
        return [ops.stack([self._reconstruction(i, self.handed.rng, _DRAWS)
                           for i in range(len(self.seeds))]) for _ in range(2)]

    def _estimate_divergence(self, x):
        """From draws, as two estimates; and what the error of each example does to a batch."""
        z, half = self.handed.draws(x, self.handed.n), self.handed.n // 2
        (k, error), (other, _) = (reference(self.handed, x, part) for part in (z[:half], z[half:]))
        self.divergence = [self._over_batches(k), self._over_batches(other)]
        members = self.chosen[:, :, None] == backend.namespace(k).arange(len(x))
        self.sway = ops.mean(ops.astype(members, "float64"), axis=1) * error    # (batches, N)

    def _over_batches(self, values):
        """Of each example -> means over each batch.   (N,) -> (batches,)"""
        return ops.mean(ops.take(values, self.chosen.ravel(), axis=0).reshape(self.chosen.shape),
                        axis=1)

    def batch(self, i):
        return ops.take(self.x, self.chosen[i], axis=0)

    def _reconstruction(self, i, rng, draws):
        """-log p(x|z) of a batch; with its own seed that of its loss, if this draws as we do."""
        x = rows(self.batch(i), draws)
        z = host(call("sample", self.handed.sample, x, rng))
        return -ops.mean(self.handed.value("log_likelihood", x, z))

    def losses(self, name, loss):
        """One number a batch, on the batch's own noise.   -> (batches,)"""
        found = []
        for i in range(len(self.seeds)):
            value = host(call(name, loss, self.batch(i), backend.rng(self.seeds[i])))
            if value.size not in (1, self.size):
                raise ValueError(f"audit: {name}(x, rng) is one number, for a batch of "
                                 f"{self.size}\n  got       shape {value.shape}")
            found.append(ops.mean(ops.astype(value, "float64")))
        return ops.stack(found)

    def fit(self, losses):
        """To the terms of the same noise if they leave next to nothing, or else to expectations."""
        terms = self.same_noise if self.noise_is_shared(losses) else self.averaged
        return self._fit(losses, terms)

    def noise_is_shared(self, losses):
        """Does the loss draw its codes as we do?  Then the terms leave next to nothing of it."""
        fit = self._fit(losses, self.same_noise)
        return fit is not None and fit.left < _SHARED

    def _fit(self, losses, reconstruction):
        return _regress(losses, *zip(reconstruction, self.divergence), self.sway)


def _regress(y, terms, instruments, sway=None):
    """y = a terms[0] + b terms[1] + constant, by the method of instrumental variables.

    The terms are estimates; least squares would take their noise for spread and find too small a
    slope.  A second, independent estimate of them as the instrument has no such bias.  The errors
    are White's: they hold whatever the spread of the residuals depends on.  An example is in many
    batches, and the error of its KL is the same in all of them: `sway` (batches, N), what one
    standard error of each does to terms[1], is followed through the solution.  None where the
    terms do not vary, or only together: then nothing can tell a from b.
    """
    center = [ops.stack([t - ops.mean(t) for t in pair]) for pair in (terms, instruments)]
    squares = center[0] @ center[0].T
    size = float(squares[0, 0] * squares[1, 1])
    if not float(ops.det(squares)) > 1e-9 * size:
        return None
    y = y - ops.mean(y)
    inverse = ops.inv(center[1] @ center[0].T)
    a_b = inverse @ (center[1] @ y)
    rest = y - a_b @ center[0]
    n = y.shape[0]
    meat = (center[1] * rest) @ (center[1] * rest).T * (n / (n - 3))
    cov = inverse @ meat @ inverse.T
    a, b = float(a_b[0]), float(a_b[1])
    if sway is not None:
        moved = b * (inverse @ (center[1] @ sway))
        cov = cov + moved @ moved.T
    slope = backend.namespace(y).asarray([-b / a, 1.0]) / a if a else a_b * math.inf
    spread = float(ops.sqrt(ops.mean(y * y)))
    left = float(ops.sqrt(ops.mean(rest * rest))) / spread if spread else 0.0
    a_error, b_error = (math.sqrt(float(cov[i, i])) for i in (0, 1))
    return Fit(a, b, a_error, b_error,
               math.sqrt(abs(float(slope @ cov @ slope))) if a else math.inf, left)


def measured(handed, size, kl_is_right, loss):
    """The batches, and the loss of each: more of them where its noise is not that of `sample`."""
    for count in _BATCHES:
        batches = Batches(handed, size, kl_is_right, count)
        losses = batches.losses("loss", loss)
        if batches.noise_is_shared(losses):
            break
    return batches, losses


def objective(batches, losses, beta):
    """The findings about a loss: its sign, and its effective beta."""
    z, title = critical_value(), "effective beta of the loss"
    bad = int(ops.sum(losses - losses != 0))                    # infinity - infinity is NaN
    if bad:
        return [Finding(title, MISTAKE, beta, math.nan, 0.0,
                        f"the loss is no finite number for {bad} of {len(losses)} batches")]
    fit = batches.fit(losses)
    if fit is None:
        return [Finding(title, OPEN, beta, math.nan, 0.0,
                        "the terms do not vary from example to example, or only together: hand in "
                        "more examples, or a model whose code has not collapsed")]
    sign = Finding("loss falls as log p(x|z) rises", MISTAKE if fit.a < -z * fit.a_error else OK,
                   1.0, math.copysign(1.0, fit.a), 0.0,
                   "it is minimised, so it takes -log p(x|z)" if fit.a < -z * fit.a_error else "")
    margin = z * fit.error + _SLIGHT * max(abs(beta), 1e-3)
    far = abs(fit.beta - beta) > margin
    if not far and z * fit.error > 0.5 * max(abs(beta), 0.1):
        return [sign, Finding(title, OPEN, beta, fit.beta, fit.error,
                              "the loss is made of another log p(x|z) than log_likelihood, or the "
                              "examples are too much alike: hand in more of them, or train the "
                              "model for a while first")]
    if not far:
        return [sign, Finding(title, OK, beta, fit.beta, fit.error)]
    hint = (f"loss = {fit.a:.4g} reconstruction + {fit.b:.4g} KL + constant"
            + _why(fit, batches, beta))
    return [sign, Finding(title, MISTAKE, beta, fit.beta, fit.error, hint)]


def _why(fit, batches, beta):
    """What the two factors look like, in words to append."""
    if abs(fit.b) <= 3 * fit.b_error + _SLIGHT * abs(fit.a):
        return ": the divergence is missing, or next to nothing"
    found = []
    for what, factor, error in (("the reconstruction", fit.a, fit.a_error),
                                ("the divergence", fit.b / beta if beta else fit.b, fit.b_error)):
        if (what == "the divergence") and factor * fit.a < 0:
            found.append("the divergence has the wrong sign")
        words = _reduction(abs(factor), error, batches)
        if words:
            found.append(f"{what} is {words}")
    return ": " + ", ".join(found) if found else ""


def _reduction(factor, error, batches):
    """In words: by which reduction does a sum over numbers, averaged over a batch, get this?"""
    b, d, z = batches.size, batches.pixels, batches.code
    known = {
        1.0: "", float(b): f"summed over the batch of {b}",
        1 / d: f"averaged over the {d} numbers of an example",
        b / d: f"averaged over the {d} numbers of an example and summed over the batch of {b}",
        1 / z: f"averaged over the {z} numbers of a code",
        2 / d: f"a squared error averaged over the {d} numbers of an example, without its half",
        2.0: "doubled", 0.5: "halved",
        1 / b: f"divided by the batch of {b} once more",
        1 / (b * d): f"averaged over the {d} numbers of an example and divided by {b} once more",
    }
    for value, words in known.items():
        if abs(factor - value) <= 4 * error + 0.003 * value:
            return words
    return f"multiplied by {factor:.4g}"


def same_objective(batches, training, validation, eps):
    """Training and validation losses of the same batches are one number, up to their noise."""
    difference = validation - training
    n = len(difference)
    error = float(ops.std(difference, correction=1)) / math.sqrt(n)
    one, other = float(ops.mean(training)), float(ops.mean(validation))
    rounding = 256 * eps * (1 + abs(one))
    fits = batches.fit(training), batches.fit(validation)
    hint = "what is watched is not what is trained"
    if all(fits):
        hint += "; effective betas are " + " and ".join(f"{fit.beta:.4g}" for fit in fits)
    return judge("validation loss, by the training loss", one, other,
                 critical_value() * error + rounding, error, hint)
