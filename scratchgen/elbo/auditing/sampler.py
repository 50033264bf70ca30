"""Do draws, density and divergence belong to one and the same q(z|x)?"""
import math
from statistics import NormalDist

from ... import backend
from ...autodiff import ops
from ..estimates import critical_value, mean
from .findings import MISTAKE, OK, OPEN, Finding, judge
from .handed import numbers

_SHIFT = 0.5                # of a standard deviation
_BENDS = 200                # draws at which log q is looked at for it
_NAN = "the draws, or log_q of them, are NaN"


def freshness(handed):
    """Every row of every call has noise of its own."""
    x = handed.some[:1]
    z = handed.draws(x, 4), handed.draws(x, 4)
    space = backend.namespace(z[0])
    flat = ops.reshape(ops.concat(z), (8, -1))
    others = 1 - space.eye(8)
    same = space.all(flat[:, None, :] == flat[None, :, :], axis=-1)
    repeated = float(ops.sum(space.astype(same, others.dtype) * others)) > 0
    return Finding("draws that are new each time", MISTAKE if repeated else OK,
                   8.0, 8.0 - int(space.sum(space.any(same & (others > 0), axis=0))), 0.0,
                   "noise is drawn once and kept, or shared by the rows of a batch"
                   if repeated else "")


def spread(handed, z):
    """The sampler against log_q, for each example and each number of its code.

    The integral of q(z + d) dz is 1 for every density and every shift d, so that

        E[ q(z + d) / q(z) ] = 1   for z ~ q

    where q is nowhere 0, and not, in general, for z from another distribution.  Nothing is said
    where z + d lies beyond an edge of q.  d is half a standard deviation along one axis, that of
    the Gaussian that bends as log q does on average, forth and back: half the sum sees the spread
    of z, half the difference its centre.  If all are right, a Z-th of that along all axes at once
    sees whether they are drawn together.
    """
    x, comparisons = handed.some, 2 * math.prod(z.shape[1:])
    flat = ops.astype(ops.reshape(z, (*z.shape[:2], -1)), "float64")        # (n, N, Z)
    drawn = ops.std(flat, axis=0, correction=1)
    start, found, scales = handed.at("log_q", x, z), [], []

    def moved(shift):
        """log q(z + d) / q(z) and log q(z - d) / q(z).   (N, Z) -> two of (n, N)"""
        d = ops.reshape(shift, z.shape[1:])
        return [handed.at("log_q", x, ops.astype(z + sign * d, z.dtype)) - start
                for sign in (1, -1)]

    width = _width(flat)
    for j in range(flat.shape[2]):
        scales.append(_scale(handed, x, flat[:_BENDS], start[:_BENDS], width, j, z))
        logs = moved(_along(flat, j) * (_SHIFT * scales[j])[:, None])
        if any(float(ops.min(log_ratio)) == -math.inf for log_ratio in logs):
            return [Finding("standard deviation of the draws, by log_q", OPEN, math.nan, math.nan,
                            0.0, "a small step from a draw leads to where log_q is -infinity, and "
                                 "only densities without an edge are looked at")]
        forth, back = map(ops.exp, logs)
        found.append([mean((forth + back) / 2), mean((forth - back) / 2)])
    value, error = (ops.stack([ops.stack([pair[k][part] for pair in found]) for k in (0, 1)])
                    for part in (0, 1))                                     # (2, Z, N)
    space = backend.namespace(value)
    distance = ops.abs(value - ops.reshape(space.asarray([1.0, 0.0]), (2, 1, 1)))
    far = distance / (error + 256 * handed.eps)
    scale, drawn = ops.stack(scales), ops.matrix_transpose(drawn)
    findings = [_spread(far[0], scale, drawn, critical_value(comparisons), len(z)),
                _centre(far[1], value[1], error[1], critical_value(comparisons))]
    if len(scales) > 1 and all(finding.verdict == OK for finding in findings):
        forth, back = map(ops.exp, moved(ops.matrix_transpose(scale) * (_SHIFT / len(scales))))
        findings.append(_together(mean((forth + back) / 2), critical_value(len(x)), handed.eps))
    return findings


def _spread(far, scale, drawn, z, n):
    at = _worst(far)
    name = "standard deviation of the draws, by log_q"
    expected, got = float(scale[at]), float(drawn[at])
    error = got / math.sqrt(2 * n)
    if far[at] <= z:
        return Finding(name, OK, expected, got, error)
    if math.isnan(float(far[at])):
        return Finding(name, MISTAKE, expected, got, error, _NAN)
    if not bool(ops.min(drawn) > 0):
        return Finding(name, MISTAKE, expected, got, error, "a number of the code has no noise")
    for power, hint in ((2.0, "the sampler takes the variance for a standard deviation: with h = "
                              "log variance it draws mu + exp(h) eps, not mu + exp(h / 2) eps"),
                        (0.5, "the sampler takes a standard deviation for a variance: with s = "
                              "log sigma it draws mu + exp(s / 2) eps, not mu + exp(s) eps")):
        wrong = ops.abs(ops.log(drawn) - power * ops.log(scale)) * math.sqrt(2 * n)
        if float(ops.max(wrong)) <= z + 1:
            return Finding(name, MISTAKE, expected, got, error, hint)
    return Finding(name, MISTAKE, expected, got, error,
                   f"draws have {got / expected:.3g} of the spread that log_q says")


def _centre(far, value, error, z):
    """The shift identity, antisymmetric: 0."""
    at = _worst(far)
    hint = "" if far[at] <= z else _NAN if math.isnan(float(far[at])) \
        else "the draws have another mean than log_q says"
    return Finding("centre of the draws, by log_q", MISTAKE if hint else OK, 0.0,
                   float(value[at]), float(error[at]), hint)


def _together(ratio, z, eps):
    """The shift identity along all axes at once: 1."""
    far = ops.abs(ratio.value - 1) / (ratio.standard_error + 256 * eps)
    at = _worst(far[None, :])[1]
    hint = "" if far[at] <= z else _NAN if math.isnan(float(far[at])) else (
        "the numbers of a code are drawn together, or apart, in another way than log_q says: noise "
        "of shape (N, 1), perhaps, one number for a whole code")
    return Finding("numbers of a code together, by log_q", MISTAKE if hint else OK, 1.0,
                   float(ratio.value[at]), float(ratio.standard_error[at]), hint)


def _scale(handed, x, flat, start, width, j, z):
    """(-E[d^2 log q / dz_j^2])^(-1/2) over these draws, by steps of their width.   -> (N,)

    At the centre alone there may be a valley.  Where log q does not bend down it is the width.
    """
    step, shape = _along(width, j) * width, (len(flat), *z.shape[1:])
    low, high = (handed.at("log_q", x, ops.astype(ops.reshape(points, shape), z.dtype))
                 for points in (flat - step, flat + step))
    bend = ops.mean(2 * start - low - high, axis=0)
    space, size = backend.namespace(bend), width[:, j]
    down = (bend > 0) & space.isfinite(bend)
    return space.where(down, size / ops.sqrt(space.where(down, bend, 1.0)), size)


def _width(flat):
    """The standard deviation of draws, by the half of them next to the middle; 1 where that is 0.

    Outliers do not count.  (n, N, Z) -> (N, Z)
    """
    space = backend.namespace(flat)
    middle = space.sort(flat, axis=0)[len(flat) // 2]
    half = space.sort(ops.abs(flat - middle), axis=0)[len(flat) // 2]
    return space.where(half > 0, half / NormalDist().inv_cdf(0.75), 1.0)


def _along(like, j):
    """The j-th unit vector, to be multiplied with (..., Z)."""
    return backend.namespace(like).eye(like.shape[-1])[j]


def _worst(far):
    """Where an array is largest; NaN is larger than all."""
    space = backend.namespace(far)
    flat = int(space.argmax(space.where(space.isnan(far), math.inf, far)))
    return divmod(flat, far.shape[-1])


# ---- the divergence ------------------------------------------------------------------------------

# of one number of a code with mean m and variance v; right first
FORMULAS = {
    "": lambda m, v: (v + m * m - 1 - ops.log(v)) / 2,
    "the sign is wrong": lambda m, v: -(v + m * m - 1 - ops.log(v)) / 2,
    "a half is missing in front": lambda m, v: v + m * m - 1 - ops.log(v),
    "a half too much in front": lambda m, v: (v + m * m - 1 - ops.log(v)) / 4,
    "log sigma stands where log sigma^2 belongs (half of the logarithm is missing)":
        lambda m, v: (v + m * m - 1 - ops.log(v) / 2) / 2,
    "log sigma^2 counts twice": lambda m, v: (v + m * m - 1 - 2 * ops.log(v)) / 2,
    "sigma stands where sigma^2 belongs: the divergence takes for a variance what the sampler "
    "takes for a standard deviation": lambda m, v: (ops.sqrt(v) + m * m - 1 - ops.log(v) / 2) / 2,
    "sigma^4 stands where sigma^2 belongs: the divergence takes for a standard deviation what the "
    "sampler takes for a variance": lambda m, v: (v * v + m * m - 1 - 2 * ops.log(v)) / 2,
    "sigma and log sigma stand where their squares belong, and the sign is wrong":
        lambda m, v: -(ops.sqrt(v) + m * m - 1 - ops.log(v) / 2) / 2,
    "mu stands where mu^2 belongs": lambda m, v: (v + m - 1 - ops.log(v)) / 2,
    "the -1 is missing": lambda m, v: (v + m * m - ops.log(v)) / 2,
    "this is KL(p || q), the other direction":
        lambda m, v: (1 / v + m * m / v - 1 + ops.log(v)) / 2,
}


def divergence(handed, z, sampler_is_wrong):
    """Findings about kl(x), and E[log q(z|x) - log p(z)] of the draws as (n, N) or None.

    Without log_q the draws are taken to be those of a diagonal Gaussian, of which they give mean
    and variance.
    """
    x = handed.some
    got = numbers("kl", handed.kl(x), len(x))
    if bool(ops.max(got != got)):
        return [Finding("kl is never negative", MISTAKE, 0.0, math.nan, 0.0, "it is NaN")]
    low = float(ops.min(got))
    findings = [judge("kl is never negative", 0.0, min(low, 0.0), 64 * handed.eps * _size(got),
                      hint="a divergence is 0 or more: its sign is wrong, or sigma and sigma^2 are "
                           "mixed up in it")]
    expected, error = reference(handed, x, z)
    name, critical = "kl, by draws from the sampler", critical_value(len(x))
    far = ops.abs(got - expected) / (error + 256 * handed.eps * (1 + ops.abs(expected)))
    at = int(backend.namespace(far).argmax(far))
    numbers_of_it = float(expected[at]), float(got[at]), float(error[at])
    if far[at] <= critical:
        return [*findings, Finding(name, OK, *numbers_of_it)]
    if sampler_is_wrong and handed.log_q is not None:
        return [*findings, Finding(name, OPEN, *numbers_of_it,
                                   "sampler and log_q differ: only when they are one can kl be "
                                   "held against them")]
    hint = _named(got, z, critical) or (f"off by {got[at] - expected[at]:+.3g} nats, a factor of "
                                        f"{got[at] / expected[at]:.3g}")
    return [*findings, Finding(name, MISTAKE, *numbers_of_it, hint)]


def reference(handed, x, z):
    """(KL(q(z|x) || p(z)), standard error) from draws.   -> (N,), (N,)"""
    if handed.log_q is not None:
        return mean(handed.at("log_q", x, z) - handed.at("log_prior", x, z))
    return _of_moments(FORMULAS[""], z)


def _of_moments(formula, z):
    """(sum over a code of formula(mean, variance), its standard error), of Gaussian draws.

    The formula is followed from the estimates to one standard error of theirs, forth and back: half
    of the difference is its own error, half of the sum how much it is bent, which is its bias.
    Near the prior a divergence is flat, and its error is nothing but bend: that goes with the
    square, and z standard errors of the estimates are z^2 bends.
    """
    n, flat = len(z), ops.astype(ops.reshape(z, (*z.shape[:2], -1)), "float64")
    m, v = ops.mean(flat, axis=0), ops.var(flat, axis=0, correction=1)
    value, slopes, bends = formula(m, v), [], []
    for of_m, of_v in ((ops.sqrt(v / n), 0.0), (0.0, v * math.sqrt(2 / n))):
        forth, back = formula(m + of_m, v + of_v), formula(m - of_m, v - of_v)
        slopes.append((forth - back) / 2)
        bends.append((forth + back) / 2 - value)
    slopes, bends = ops.concat(slopes, axis=1), ops.concat(bends, axis=1)
    error = ops.sqrt(ops.sum(ops.square(slopes), axis=1)) \
        + critical_value() * ops.max(ops.abs(bends), axis=1)
    return ops.sum(value, axis=1) - ops.sum(bends, axis=1), error


def _named(got, z, critical):
    """The formula with which kl(x) agrees, in words; None if with none of them."""
    size, found = math.prod(z.shape[2:]), []
    for factor, where in ((1, ""), (1 / size, f", and it is averaged over the {size} numbers of a "
                                              "code")):
        for name, formula in FORMULAS.items():
            value, error = _of_moments(formula, z)
            far = float(ops.max(ops.abs(got - factor * value) / (factor * error + 1e-6)))
            if (name or where) and far <= critical:
                found.append((far, (name + where).removeprefix(", and ")))
    return min(found)[1] if found else None


def _size(values):
    return 1 + float(ops.max(ops.abs(values)))
