"""Drawing inputs for the table of operations: small arrays of every shape, away from kinks.

A draw is a function rng -> (inputs, params).  Finite differences step 2e-3 to each side, so inputs
keep a distance of 0.05 from any point without a derivative.
"""
import numpy as np


def shape(rng, least=0, most=3, empty=True):
    """A shape of `least` to `most` axes with few entries; now and then one of size 0."""
    sizes = rng.integers(1, 4, rng.integers(least, most + 1))
    if empty and len(sizes) and rng.random() < 0.08:
        sizes[rng.integers(len(sizes))] = 0
    return tuple(map(int, sizes))


def uniform(rng, interval, size):
    return np.array(rng.uniform(*interval, size))


def signed(rng, size, gap=0.05, most=3.0):
    """Values of either sign, none within `gap` of 0."""
    return np.array(rng.choice([-1.0, 1.0], size) * rng.uniform(gap, most, size))


def distinct(rng, size):
    """Values that differ from each other by at least 0.1."""
    n = int(np.prod(size))
    return ((rng.permutation(n) - n / 2) * 0.2 + rng.uniform(-0.05, 0.05, n)).reshape(size)


def stretched(rng, whole):
    """A shape that broadcasts to `whole`: leading axes missing, others of size 1."""
    tail = whole[rng.integers(len(whole) + 1):] if rng.random() < 0.5 else whole
    return tuple(1 if rng.random() < 0.25 else n for n in tail)


def pair_of_shapes(rng):
    """Two shapes that broadcast against each other."""
    whole = shape(rng)
    pair = [whole, stretched(rng, whole)]
    if rng.random() < 0.3 and all(whole):
        pair = [stretched(rng, whole), stretched(rng, whole)]
    return pair[::rng.choice([-1, 1])]


def axes(rng, rank, several=True):
    """None, an axis from either end, or a tuple of axes."""
    kind = rng.integers(3 if several and rank > 1 else 2)
    if kind == 0 or rank == 0:
        return None
    if kind == 1:
        return one_axis(rng, rank)
    chosen = rng.permutation(rank)[:rng.integers(1, rank + 1)]
    return tuple(int(a) - rank * int(rng.random() < 0.5) for a in chosen)


def one_axis(rng, rank):
    return int(rng.integers(-rank, rank))


def unary(low, high):
    return lambda rng: ((uniform(rng, (low, high), shape(rng)),), {})


def away_from_zero(rng):
    return (signed(rng, shape(rng)),), {}


def binary(first, second):
    def draw(rng):
        a, b = pair_of_shapes(rng)
        return (uniform(rng, first, a), uniform(rng, second, b)), {}
    return draw


def hinge(**bounds):
    """Values away from 0, and a parameter between the bounds for what happens below it."""
    (name, interval), = bounds.items()

    def draw(rng):
        return (signed(rng, shape(rng)),), {name: rng.uniform(*interval)}
    return draw


def interval(low, high):
    """Values that keep away from the ends of an interval, -0.3 ... 0.5 or open to the right."""
    def draw(rng):
        x = uniform(rng, (-1, 1), shape(rng))
        for end in (-0.3, 0.5):
            x = np.where(np.abs(x - end) < 0.05, x + 0.1, x)
        return (x,), {low: -0.3, high: [0.5, None][rng.integers(2)]}
    return draw


def with_params(draw, **params):
    """The inputs of another draw, and these parameters."""
    return lambda rng: (draw(rng)[0], params)


def choice(rng):
    """A mask and two branches, each of which may need to be stretched."""
    whole = shape(rng)
    mask = np.array(rng.random(stretched(rng, whole)) < 0.5)
    return (mask, *(uniform(rng, (-3, 3), stretched(rng, whole)) for _ in range(2))), {}


def without_ties(rng):
    """Two arrays whose entries differ: multiples of 0.2, and multiples plus 0.1."""
    a, b = pair_of_shapes(rng)
    a, b = rng.integers(-9, 9, a) * 0.2, rng.integers(-9, 9, b) * 0.2 + 0.1
    return (np.array(a), np.array(b)), {}


def reduced(values=(-3, 3), several=True, empty=False, least=0):
    """One array, an axis (or several, or all), keepdims or not."""
    def draw(rng):
        size = shape(rng, least=least, empty=empty)
        params = {"axis": axes(rng, len(size), several), "keepdims": bool(rng.random() < 0.5)}
        x = distinct(rng, size) if values == "distinct" else uniform(rng, values, size)
        return (x,), params
    return draw


def spread(rng):
    """For var and std: at least two values over the axis, and a correction."""
    size = tuple(int(n) for n in rng.integers(2, 4, rng.integers(1, 4)))
    params = {"axis": axes(rng, len(size)), "keepdims": bool(rng.random() < 0.5),
              "correction": int(rng.integers(2))}
    return (distinct(rng, size),), params


def along(rng):
    """One array and an axis of it."""
    size = shape(rng, least=1, empty=False)
    return (uniform(rng, (-3, 3), size),), {"axis": one_axis(rng, len(size))}


def ranked(rng):
    """One array without ties, and an axis of it."""
    size = shape(rng, least=1, empty=False)
    return (distinct(rng, size),), {"axis": one_axis(rng, len(size))}


def relaxed(rng):
    """Logits, an axis of them, a temperature, and the seed of the noise."""
    (x,), params = along(rng)
    return (x,), {"temperature": rng.uniform(0.5, 2), "rng": int(rng.integers(1000)), **params}


def along_some(rng):
    """One array and an axis of it, several, or all."""
    size = shape(rng)
    return (uniform(rng, (-3, 3), size),), {"axis": axes(rng, len(size))}


def batch(rng):
    return shape(rng, most=1, empty=False)


def same_shape(*intervals):
    def draw(rng):
        size = shape(rng)
        return tuple(uniform(rng, interval, size) for interval in intervals), {}
    return draw
