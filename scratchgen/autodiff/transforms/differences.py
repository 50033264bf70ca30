"""Finite differences: the slow, approximate, independent way to a derivative.

    f'(x) = [8 (f(x + h) - f(x - h)) - (f(x + 2h) - f(x - 2h))] / 12h  +  O(h^4 f'''''(x))

Everything here works on host arrays of float64.  With h = 1e-3 the truncation error is about
1e-13 for a function that varies over lengths of 1, and rounding adds 1e-13 of |f|: far below the
1e-7 that a rule is held to.  A function that bends faster (log near 0) or has a kink close by (a
network of ReLUs) needs a smaller step, and one with large values a larger, so a derivative that
disagrees is given the other steps as well before it is called wrong.  The tolerance stays what it
is: it never grows with the size of an array or with the noise of a function.
"""
from typing import Any, NamedTuple

from ... import backend

DIRECTIONS, COLUMNS, DIRECTIONS_SEED = 4, 20, 1         # how a large array is sampled
STEPS = (1e-3, 1e-4, 1e-5, 1e-6, 1e-2, 1e-7, 1e-8)
FINEST = STEPS[-1]                                      # may acquit; too noisy to accuse
_OUTSIDE = (ValueError, ArithmeticError, RuntimeWarning)    # how f says: out of my domain


class Disagreement(NamedTuple):
    """Where an analytic derivative is furthest from the numeric one, and by how much."""

    index: Any                  # of the entry of f(x), a tuple of ints
    analytic: float
    numeric: float
    step: float
    excess: float               # the difference in units of what is allowed


def difference(f, x, direction, h):
    """The derivative of f at x along a direction: central differences of order 4, of f(x)'s shape.

    None if one of the four points lies outside of the domain of f.
    """
    def odd(a):
        return f(x + a * direction) - f(x - a * direction)

    try:
        return (8 * odd(h) - odd(2 * h)) / (12 * h)
    except _OUTSIDE:
        return None


def disagreement(f, x, direction, analytic, rtol, atol):
    """None if |analytic - numeric| <= atol + rtol |numeric| everywhere; else the Disagreement.

    `analytic` is the derivative of f at x along `direction`, of the shape of f(x).
    """
    a = analytic.reshape(-1)
    excess, numeric, step = full(a, float("inf")), full(a, float("nan")), full(a, 0)
    scale = max(1.0, float(abs(x[direction != 0]).max(initial=0)))
    for h in STEPS:
        slope = difference(f, x, direction, h * scale)
        if slope is None:
            continue
        n = slope.reshape(-1)
        off = abs(a - n) / (atol + rtol * abs(n))
        closer = off < excess                               # never true of NaN
        if h == FINEST:
            closer &= off <= 1
        excess[closer], numeric[closer], step[closer] = off[closer], n[closer], h * scale
        if (excess <= 1).all():
            return None
    k = int(excess.argmax())
    return Disagreement(unravel(k, analytic.shape), float(a[k]), float(numeric[k]), float(step[k]),
                        float(excess[k]))


def wrong_entry(f, x, gradient, rtol, atol, every=1000):
    """None if `gradient` is that of the scalar function f at x; else (entry k of x, Disagreement).

    Every entry is checked up to `every` of them.  A larger x is moved along random directions,
    which feel each single entry, and along a sample of its axes; where a direction disagrees,
    halving it again and again finds the entry.
    """
    def along(direction):
        return disagreement(f, x, direction, (gradient * direction).sum(), rtol, atol)

    if x.size <= every:
        found = [(along(unit(x, k)), k) for k in range(x.size)]
        worst = [(bad, k) for bad, k in found if bad]
        return max(worst, key=lambda pair: pair[0].excess)[::-1] if worst else None
    for direction in _directions(x):
        bad = along(direction)
        if bad:
            k = _narrow(f, x, gradient, direction)
            exact = along(unit(x, k))
            found = (k, exact) if exact else _wrong_part(along, direction)
            if found:
                return found
    return None


def _directions(x):
    rng = backend.rng(DIRECTIONS_SEED)
    for _ in range(DIRECTIONS):
        yield backend.standard_normal(rng, x.shape, like=x)
    for u in backend.uniform(rng, (COLUMNS,), like=x):
        yield unit(x, int(u * x.size))


def _narrow(f, x, gradient, direction):
    """The entry that does most for a wrong directional derivative."""
    def off(ends):
        half = _part(direction, *ends)
        numeric = difference(f, x, half, 1e-4)
        return 0.0 if numeric is None else float(abs(numeric - (gradient * half).sum()))

    low, high = 0, x.size
    while high - low > 1:
        middle = (low + high) // 2
        low, high = max(((low, middle), (middle, high)), key=off)
    return low


def _wrong_part(along, direction):
    """(k, Disagreement) of an entry of a direction that disagrees; None if piece by piece all of it
    agrees, for a derivative is linear.

    A direction of a million entries moves thousands of ReLUs, and some over their kink however
    small the step; half of the direction moves each of them less far.
    """
    unfinished = [(0, direction.size)]
    while unfinished:
        low, high = unfinished.pop()
        if high - low == 1:
            bad = along(unit(direction, low))
            if bad:
                return low, bad
        elif along(_part(direction, low, high)):
            middle = (low + high) // 2
            unfinished += [(middle, high), (low, middle)]
    return None


def _part(direction, low, high):
    """The direction with all but its entries low, ..., high - 1 at rest."""
    part = full(direction, 0)
    part.reshape(-1)[low:high] = direction.reshape(-1)[low:high]
    return part


def one_sided(f, x, direction, h=1e-6):
    """The slopes from the left and from the right, each of the shape of f(x): unlike at a kink."""
    try:
        y, before, after = f(x), f(x - h * direction), f(x + h * direction)
    except _OUTSIDE:
        return None
    return (y - before) / h, (after - y) / h


def kink(f, x, k, index=()):
    """A hint if the slopes of entry `index` of f along entry k of x have different limits from the
    left and from the right; else nothing.
    """
    slopes = [one_sided(f, x, unit(x, k), h) for h in (1e-5, 1e-6)]
    if None in slopes:
        return ""
    (far_left, far_right), (left, right) = [(a[index], b[index]) for a, b in slopes]
    jump, far_jump = abs(right - left), abs(far_right - far_left)
    if jump > 0.5 * far_jump and jump > 1e-4 * (1 + abs(left)):
        return f"\n  hint      a kink: slope {left:.6g} from the left, {right:.6g} from the right"
    return ""


def unit(like, k):
    """The array of the shape of `like` whose k-th entry in row-major order is 1, all others 0."""
    direction = full(like, 0)
    direction.reshape(-1)[k] = 1
    return direction


def full(like, value):
    array = like.copy()
    array.fill(value)
    return array


def unravel(k, shape):
    """The index of the k-th entry in row-major order: unravel(5, (2, 3)) = (1, 2)."""
    index = []
    for n in reversed(shape):
        k, i = divmod(k, n)
        index.append(i)
    return tuple(reversed(index))
