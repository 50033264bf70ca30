"""Importance weights w = p(x|z) p(z) / q(z|x), and bounds made of them."""
import math

from ...autodiff import ops
from ..estimates import critical_value, mean, over_examples
from .findings import MISTAKE, OK, Finding, judge
from .handed import call, numbers, rows

_REPEATS = 20, 100          # of the bound, for each example: at least, and with draws enough
_FITS = 2                   # standard errors: what is no further off is named too


def weights(handed, log_weight, z):
    """log_weight(x, z) against log p(x|z) + log p(z) - log q(z|x), at the same z: exactly."""
    x, z = handed.some, z[:8]
    right = handed.log_weights(x, z)
    flat = ops.reshape(z, (len(z) * len(x), *z.shape[2:]))
    got = ops.reshape(numbers("log_weight", call("log_weight", log_weight, rows(x, len(z)), flat),
                              len(flat)), right.shape)
    rounding = 256 * handed.eps * (1 + float(ops.max(ops.abs(right))))
    hint = "not log p(x|z) + log p(z) - log q(z|x)"
    for text, wrong in _other_weights(handed, x, z, right):
        if float(ops.max(ops.abs(got - wrong))) <= 4 * rounding:
            hint = text
    i = int(abs(got - right).argmax())
    return judge("log importance weights", right.ravel()[i], got.ravel()[i], rounding, hint=hint)


def _other_weights(handed, x, z, right):
    """Logarithms of what is not the weight, and what it is."""
    yield "the weights are upside down: q(z|x) / p(x, z)", -right
    like, prior, q = (handed.at(name, x, z) for name in ("log_likelihood", "log_prior", "log_q"))
    yield "the prior is missing", like - q
    yield "log q(z|x) is missing: draws come from q, not from the prior", like + prior
    yield "log q(z|x) has the wrong sign", like + prior + q
    yield "log p(z) and log q(z|x) have changed places", like + q - prior
    if handed.kl is not None:
        yield ("the analytic divergence stands inside the weights, where log q(z|x) - log p(z) of "
               "the draw belongs"), like - numbers("kl", handed.kl(x), len(x))


def bound(handed, user_bound, k, z):
    """E[bound(x, k, rng)] against E[log (1/k) sum_i w_i], on draws of its own."""
    x, (fewest, most) = handed.some, _REPEATS
    repeats = max(fewest, min(most, len(z) // k))
    if repeats * k > len(z):
        z = handed.draws(x, repeats * k)
    got = ops.reshape(numbers("bound", call("bound", user_bound, rows(x, repeats), k, handed.rng),
                              repeats * len(x)), (repeats, len(x)))
    log_w = ops.reshape(handed.log_weights(x, z[:repeats * k]), (k, repeats, len(x)))
    right = over_examples(mean(ops.logsumexp(log_w, axis=0) - math.log(k)))
    got = over_examples(mean(got))
    error = math.hypot(right.standard_error, got.standard_error)
    name = f"importance-weighted bound, k = {k}"
    margin = critical_value() * error + 256 * handed.eps * (1 + abs(right.value))
    if abs(got.value - right.value) <= margin:
        return Finding(name, OK, right.value, got.value, error)
    if not math.isfinite(got.value):
        return Finding(name, MISTAKE, right.value, got.value, error, "it is no finite number")
    found = []
    for text, values in _other_bounds(handed, x, log_w, k):
        wrong = over_examples(mean(values))
        far = abs(wrong.value - got.value) / (math.hypot(wrong.standard_error,
                                                         got.standard_error) + 1e-9)
        found.append((far, text))
    nearest = min(far for far, _ in found)
    fitting = [text for far, text in found if far <= max(nearest, _FITS)]
    return Finding(name, MISTAKE, right.value, got.value, error, "; or: ".join(fitting)
                   if nearest <= critical_value() else "no bound of weights that is known here")


def _other_bounds(handed, x, log_w, k):
    """What is not the bound, of (k, ...) log weights, and what it is."""
    average = math.log(k)
    analytic = "the analytic divergence stands inside the weights"
    kinds = [("", log_w)]
    if handed.kl is not None:
        # a weight of the same draws without log q - log p: taken from fresh ones
        z = handed.draws(x, log_w.shape[1] * k)
        like = ops.reshape(handed.at("log_likelihood", x, z), log_w.shape)
        kinds.append((analytic, like - numbers("kl", handed.kl(x), len(x))))
    for inside, log_w in kinds:
        joined = f", and {inside}" if inside else ""
        if inside:
            yield inside, ops.logsumexp(log_w, axis=0) - average
        yield ("log k is missing: the logarithm of a sum of weights, not of their mean" + joined,
               ops.logsumexp(log_w, axis=0))
        yield ("k draws are averaged after the logarithm: this is the bound with k = 1" + joined,
               ops.mean(log_w, axis=0))
        yield ("the weights are upside down: the worst draw counts most" + joined,
               average - ops.logsumexp(-log_w, axis=0))
        yield ("the weights are upside down: sum of softmax(-log w) log w, the worst draw counts "
               "most" + joined, ops.sum(ops.softmax(-log_w, axis=0) * log_w, axis=0))
        yield ("sum of softmax(log w) log w: right for a gradient, but no bound" + joined,
               ops.sum(ops.softmax(log_w, axis=0) * log_w, axis=0))
        yield "the sign is wrong" + joined, average - ops.logsumexp(log_w, axis=0)
        yield ("inside out: -log of the mean of 1 / w has the wrong sign" + joined,
               ops.logsumexp(-log_w, axis=0) - average)
