"""Does a density that was handed in add up to 1?  Asked of one coordinate at a time.

For a product of densities of single numbers, log p(v) = sum_d l_d(v_d), all of their normalisers
can be had from the outside:  with v_d alone moved to t,

    log p(v) + sum_d log sum_t p(v with v_d = t) / p(v)  =  sum_d log sum_t exp(l_d(t)),

which is 0 if each of them adds up to 1; for a continuous number the sum over t is an integral.  It
is known in closed form where l_d is a straight line (bits, and grey levels in [0, 1]) or a parabola
(a Gaussian), which is seen at three points and held against a fourth.
"""
import math

from ... import backend
from ...autodiff import ops
from ...autodiff.ops.tilted import tilted_log_mass
from .findings import MISTAKE, OPEN, Finding, judge

_LOOKED_AT = 4              # examples: each costs 4 rows a coordinate
_BESIDE = 17                # draws: the one around which a density is taken, and others


def normalisation(handed, name, z):
    """The finding that exp(log_q), exp(log_prior) or exp(log_likelihood) integrates to 1."""
    title = f"{name} integrates to 1"
    worst = None
    for i in range(1 if name == "log_prior" else min(_LOOKED_AT, len(handed.some))):
        x, code = handed.some[i:i + 1], z[0, i:i + 1]
        finding = _pixels(handed, title, x, code) if name == "log_likelihood" \
            else _code(handed, title, name, x, z[:_BESIDE, i:i + 1])
        if worst is None or (finding.verdict != worst.verdict and worst.verdict != MISTAKE):
            worst = finding
    return worst


def _code(handed, title, name, x, draws):
    """Around the first of these draws (n, 1, Z); the others are on the same parabola, or in a bump
    of their own.
    """
    def f(v):
        return handed.value(name, ops.broadcast_to(x, (len(v), *x.shape[1:])), v)

    curve = Curve(f, draws[0], 1.0, handed.eps)
    if math.isnan(curve.start):
        return _nan(title)
    if not (curve.is_a_product and curve.is_gaussian and curve.holds(f, draws[1:, 0])):
        return Finding(title, OPEN, 0.0, math.nan, 0.0,
                       "only products of Gaussians are looked at")
    return judge(title, 0.0, curve.line(), curve.line_rounding, hint=_gaussian(curve))


def _pixels(handed, title, x, code):
    """In nats: 0, or how much all images together have too much or too little."""
    def f(v):
        return handed.value("log_likelihood", v, ops.broadcast_to(code, (len(v), *code.shape[1:])))

    space = backend.namespace(x)
    if math.isnan(float(handed.value("log_likelihood", x, code)[0])):
        return _nan(title)
    bits = bool(space.all((x == 0) | (x == 1)))
    if bits:
        curve = Curve(f, x, None, handed.eps)
        if curve.is_a_product and abs(curve.flips()) <= curve.rounding:
            return judge(title, 0.0, curve.flips(), curve.rounding)
    grey = bool(space.all((x >= 0) & (x <= 1)))
    try:
        curve = Curve(f, x, 0.25 if grey else 1.0, handed.eps)
    except ValueError:                                          # it takes nothing but bits
        return judge(title, 0.0, curve.flips(), curve.rounding)
    if curve.is_a_product and grey and curve.is_straight:
        if not bits and abs(curve.bits()) <= curve.rounding:
            return Finding(title, MISTAKE, 0.0, curve.unit(), 0.0,
                           "a Bernoulli of grey pixels: it adds up to 1 over bits, not over [0, 1]."
                           "  Binarise the images, or take a continuous Bernoulli or a Gaussian")
        total = curve.bits() if bits else curve.unit()
        if abs(total) > curve.rounding and curve.may_be_wide:
            return Finding(title, OPEN, 0.0, total, 0.0,
                           "it may be a Gaussian so wide that these digits do not show its bend: "
                           "hand it in with float64")
        return judge(title, 0.0, total, curve.rounding, hint="its normaliser is wrong or missing")
    if not (curve.is_a_product and curve.is_gaussian):
        return Finding(title, OPEN, 0.0, math.nan, 0.0,
                       "only pixels that are independent given z are looked at, and of those "
                       "Bernoulli, continuous Bernoulli and Gaussian")
    return judge(title, 0.0, curve.line(), curve.line_rounding, hint=_gaussian(curve))


def _nan(title):
    return Finding(title, MISTAKE, 0.0, math.nan, 0.0, "it is NaN at a draw of the sampler")


def _gaussian(curve):
    scale, total = curve.scale(), curve.line()
    bare = float(ops.sum(ops.log(scale))) + curve.size * 0.5 * math.log(2 * math.pi)
    if abs(total - bare) <= curve.rounding + 1e-3 * abs(bare):
        return "the constant -log(scale) - log(2 pi)/2 of a Gaussian is missing"
    return f"off by {total / curve.size:.3g} nats a number: look at its constant and its log scale"


class Curve:
    """log p along each axis through v (1, ...): l(v + t) - l(v), a polynomial of degree 2.

    With a `step` h it is taken from v + h and v + 2 h and held against v + 1.5 h, where h points
    inwards for numbers in [0, 1]; without one, bits are flipped.
    """

    def __init__(self, f, v, step, eps):
        self.v = ops.astype(ops.reshape(v, (-1,)), "float64")
        self.size = self.v.shape[0]
        space, start = backend.namespace(self.v), f(v)[0]
        identity = ops.reshape(space.eye(self.size), (self.size, *v.shape[1:])) > 0
        inwards = 1 - 2 * space.astype(v >= 0.5, v.dtype)

        def along(h):
            moved = v + h * inwards
            each = f(space.where(identity, moved, v)) - start
            return each, f(moved)[0] - start

        if step is None:
            self.flipped, together = along(1.0)
            sizes = abs(float(start)) + abs(together)
        else:
            (one, together), (two, _), (between, _) = along(step), along(2 * step), \
                along(1.5 * step)
            self.bend = (two - 2 * one) / (2 * step * step)
            self.slope = (4 * one - two) / (2 * step) * ops.reshape(inwards, (-1,))
            self.misfit = ops.abs(0.75 * one + 0.375 * two - between)
            sizes = abs(float(start)) + abs(together) + float(ops.max(ops.abs(two)))
            self.flipped = one
        self.rounding = 64 * eps * (1 + sizes) * self.size
        self.start = float(start)
        self.is_a_product = abs(float(ops.sum(self.flipped)) - float(together)) <= self.rounding
        self.slack, self.step = 64 * eps * (1 + sizes), step

    @property
    def is_straight(self):
        return bool(ops.max(ops.abs(self.bend)) <= 16 * self.slack)

    @property
    def is_gaussian(self):
        return bool(ops.max(self.misfit) <= 16 * self.slack) and bool(ops.max(self.bend) < 0)

    @property
    def may_be_wide(self):
        """Is the density as low as that of a Gaussian whose bend is lost in rounding?

        The wider the lower, so it is held against the narrowest of these.
        """
        bend = 32 * self.slack
        return self.start + float(ops.sum(0.5 * math.log(math.pi / bend)
                                          + self.slope * self.slope / (4 * bend))) <= 0

    def holds(self, f, points):
        """Is log p at these points (n, ...) that of the parabola?"""
        away = ops.reshape(points, (len(points), -1)) - self.v
        found = f(points)
        said = self.start + ops.sum(self.slope * away + self.bend * away * away, axis=1)
        far = 1 + float(ops.max(ops.square(away))) / self.step ** 2
        return bool(ops.max(ops.abs(found - said)) <= 16 * self.rounding * far)

    def scale(self):
        """The standard deviation of each coordinate.   (D,)"""
        return ops.sqrt(-0.5 / self.bend)

    def flips(self):
        """log of the sum over all images of bits."""
        return self.start + float(ops.sum(ops.softplus(self.flipped)))

    def bits(self):
        """The same, of a straight line."""
        return self.start + float(ops.sum(ops.softplus(self.slope) - self.slope * self.v))

    def unit(self):
        """log of the integral over [0, 1]^D, of a straight line."""
        return self.start + float(ops.sum(tilted_log_mass(self.slope) - self.slope * self.v))

    def line(self):
        """log of the integral over R^D, of a parabola."""
        return self.start + float(ops.sum(0.5 * ops.log(-math.pi / self.bend)
                                          - self.slope * self.slope / (4 * self.bend)))

    @property
    def line_rounding(self):
        """What rounding of the three points can do to it."""
        bend, slope = self.slack / self.step ** 2, self.slack / self.step
        size = ops.abs(self.bend)
        each = bend / size + ops.abs(self.slope) * slope / size \
            + ops.square(self.slope / self.bend) * bend
        return self.rounding + float(ops.sum(each))
