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


def along_some(rng):
    """One array and an axis of it, several, or all."""
    size = shape(rng)
    return (uniform(rng, (-3, 3), size),), {"axis": axes(rng, len(size))}


def matrices(rng):
    return (rng.normal(size=shape(rng, least=2, most=4)),), {}


def batch(rng):
    return shape(rng, most=1, empty=False)


def square(rng):
    """A stack of well-conditioned square matrices."""
    m = int(rng.integers(1, 4))
    return (rng.normal(size=batch(rng) + (m, m)) + 3 * np.eye(m),), {}


def positive_definite(rng):
    (a,), _ = square(rng)
    return (a @ a.swapaxes(-1, -2) / 4 + np.eye(a.shape[-1]),), {}


def system(rng):
    """A square matrix and a right-hand side: a vector, or columns."""
    (a,), _ = square(rng)
    m = a.shape[-1]
    right = (m,) if rng.random() < 0.4 else a.shape[:-2] * int(rng.random() < 0.7) + (m, 2)
    return (a, rng.normal(size=right)), {}


def triangular_system(rng):
    inputs, _ = system(rng)
    return inputs, {"lower": bool(rng.random() < 0.5)}


def factors(rng):
    """Two matrices, vectors or stacks of matrices whose product exists."""
    i, j, k = (int(n) for n in rng.integers(0 if rng.random() < 0.1 else 1, 4, 3))
    lead = shape(rng, most=2, empty=False)
    a = (j,) if rng.random() < 0.2 else stretched(rng, lead) + (i, j)
    b = (j,) if rng.random() < 0.2 else stretched(rng, lead) + (j, k)
    return (rng.normal(size=a), rng.normal(size=b)), {}


def layer(rng):
    """x, w and perhaps b, and an activation whose argument is nowhere near 0."""
    activation = rng.choice([None, "relu", "leaky_relu", "tanh", "sigmoid"])
    i, o = (int(n) for n in rng.integers(1, 4, 2))
    rows = shape(rng, most=2)
    while True:
        x, w, b = rng.normal(size=rows + (i,)), rng.normal(size=(i, o)), rng.normal(size=o)
        inputs = (x, w, b) if rng.random() < 0.7 else (x, w)
        before = x @ w + (b if len(inputs) == 3 else 0)
        if np.all(np.abs(before) > 0.1):
            return inputs, {"activation": activation}


def index(rng):
    """An array and an index of one of the kinds that NumPy knows."""
    size = shape(rng, least=2, empty=False)
    n, m = size[:2]

    def places(k, size):
        return rng.integers(-k, k, size)

    kinds = [
        lambda: int(rng.integers(-n, n)),
        lambda: slice(None, None, int(rng.choice([-2, -1, 1, 2]))),
        lambda: (slice(1, None), int(rng.integers(-m, m))),
        lambda: (..., slice(0, 2)),
        lambda: (None, ..., None),
        lambda: (slice(0, 0), ...),
        lambda: places(n, (4,)),
        lambda: (places(n, (2, 3)), ...),
        lambda: (slice(None), places(m, (3,))),
        lambda: (places(n, (3,)), places(m, (3,))),
        lambda: (places(n, (2, 1)), places(m, (3,))),
        lambda: rng.random(n) < 0.5,
        lambda: rng.random(size) < 0.5,
        lambda: (rng.random(n) < 0.5, slice(None, None, -1)),
    ]
    return (rng.normal(size=size),), {"index": kinds[rng.integers(len(kinds))]()}


def scattered(rng):
    (x,), params = index(rng)
    return (rng.normal(size=x[params["index"]].shape),), {**params, "shape": x.shape}


def classes(rng):
    rows, k = int(rng.integers(0, 5)), int(rng.integers(1, 4))
    return (rng.normal(size=(rows, k)) * 3, rng.integers(0, k, rows)), {}


def gaussian(rng):
    size = shape(rng)
    scale = [size, size[-1:], ()][rng.integers(3)]
    return (rng.normal(size=size), rng.normal(size=size), np.array(rng.normal(size=scale))), {}


def same_shape(*intervals):
    def draw(rng):
        size = shape(rng)
        return tuple(uniform(rng, interval, size) for interval in intervals), {}
    return draw


def reshaped(rng):
    """The sizes in another order, perhaps one of them left open."""
    size = shape(rng)
    other = list(rng.permutation(size))
    if other and all(size) and rng.random() < 0.5:
        other[rng.integers(len(other))] = -1
    return (rng.normal(size=size),), {"shape": tuple(map(int, other))}


def stretching(rng):
    whole = shape(rng)
    return (rng.normal(size=stretched(rng, whole)),), {"shape": whole}


def permuted(rng):
    size = shape(rng)
    signs = len(size) * rng.integers(-1, 1, len(size))
    return (rng.normal(size=size),), {"axes": tuple(map(int, rng.permutation(len(size)) + signs))}


def thin(rng):
    """An array with axes of size 1, and one or two of those."""
    size = list(shape(rng, most=2))
    at = sorted(rng.integers(0, len(size) + 1, 2))
    size[at[1]:at[1]] = [1]
    size[at[0]:at[0]] = [1]
    ones = (int(at[0]), int(at[1]) + 1)
    return (rng.normal(size=size),), {"axis": ones if rng.random() < 0.5 else ones[1] - len(size)}


def new_axis(rng):
    size = shape(rng)
    return (rng.normal(size=size),), {"axis": int(rng.integers(-len(size) - 1, len(size) + 1))}


def rolled(rng):
    size = shape(rng, least=1)
    axis = axes(rng, len(size))
    shift = [int(n) for n in rng.integers(-4, 5, len(axis) if isinstance(axis, tuple) else 1)]
    shift = tuple(shift) if isinstance(axis, tuple) else shift[0]
    return (rng.normal(size=size),), {"shift": shift, "axis": axis}


def triangle(rng):
    m, n = (int(k) for k in rng.integers(1, 5, 2))
    return (rng.normal(size=batch(rng) + (m, n)),), {"k": int(rng.integers(-2, 3))}


def a_diagonal(rng):
    inputs, params = triangle(rng)
    return inputs, {"offset": params["k"]}


def tiled(rng):
    counts = tuple(int(n) for n in rng.integers(1, 4, rng.integers(1, 4)))
    return (rng.normal(size=shape(rng, most=2)),), {"repetitions": counts}


def repeated(rng):
    size = shape(rng, least=1)
    axis = axes(rng, len(size), several=False)
    return (rng.normal(size=size),), {"repeats": int(rng.integers(0, 4)), "axis": axis}


def padded(rng):
    size = shape(rng, least=1)
    pairs = tuple((int(a), int(b)) for a, b in rng.integers(0, 3, (len(size), 2)))
    return (rng.normal(size=size),), {"pad_width": pairs}


def parts(rng):
    """One to three arrays that differ in size along one axis only."""
    size = shape(rng, least=1, empty=False)
    axis = one_axis(rng, len(size))
    shapes = [list(size) for _ in range(rng.integers(1, 4))]
    for each in shapes:
        each[axis] = int(rng.integers(0, 4))
    return tuple(rng.normal(size=each) for each in shapes), {"axis": axis % len(size)}


def equals(rng):
    size = shape(rng)
    inputs = tuple(rng.normal(size=size) for _ in range(rng.integers(1, 4)))
    return inputs, {"axis": int(rng.integers(-len(size) - 1, len(size) + 1))}


def taken(rng):
    size = shape(rng, least=1, empty=False)
    axis = one_axis(rng, len(size))
    places = rng.integers(-size[axis], size[axis], rng.integers(0, 5))
    return (rng.normal(size=size), places), {"axis": axis}


def taken_along(rng):
    size = shape(rng, least=1, empty=False)
    axis = one_axis(rng, len(size))
    wanted = list(size)
    wanted[axis] = int(rng.integers(1, 4))
    return (rng.normal(size=size), rng.integers(-size[axis], size[axis], wanted)), {"axis": axis}


def dotted(rng):
    whole = shape(rng, least=1)
    lead = stretched(rng, whole[:-1])
    return (rng.normal(size=whole), rng.normal(size=lead + whole[-1:])), {}


def contracted(rng):
    """Two arrays, and how many axes, or which, to sum over."""
    shared, i, k = shape(rng, most=2), shape(rng, most=1), shape(rng, most=1)
    if rng.random() < 0.5:
        return (rng.normal(size=i + shared), rng.normal(size=shared + k)), {"axes": len(shared)}
    of_a = [len(i) + n for n in range(len(shared))]
    of_b = [n - len(shared) for n in range(len(shared))]
    return (rng.normal(size=i + shared), rng.normal(size=k + shared)), {"axes": (of_a, of_b)}


SUBSCRIPTS = """ij,jk->ik  bij,bjk->bik  i,j->ij  ij,ij->  ij->ji  ij->i  ii->i  ii->  ij,kj,kl->il
    nd,de,ne->n  ...i,i->...  ij,jk  ...ij,...jk->...ik  iij->j  i,i,i->i  ij,j  ...,...  ba
    ijj,jik->k  ...i->i...  i->  ,i->i  ij,kl->li""".split()


def summed(rng):
    """Subscripts and operands that fit them; now and then an ellipsis meets an axis of size 1."""
    subscripts = SUBSCRIPTS[rng.integers(len(SUBSCRIPTS))]
    size = {name: int(rng.integers(1, 4)) for name in "abdeijklnc"}
    hidden = shape(rng, most=2, empty=False)
    operands = []
    for term in subscripts.split("->")[0].split(","):
        before, dots, after = term.partition("...")
        lead = stretched(rng, hidden) if dots else ()
        sizes = [size[name] for name in before], lead, [size[name] for name in after]
        operands.append(rng.normal(size=(*sizes[0], *sizes[1], *sizes[2])))
    return tuple(operands), {"subscripts": subscripts}


def normalised(rng):
    size = shape(rng, least=1, empty=False)
    params = {"axis": axes(rng, len(size)) or 0, "eps": rng.uniform(1e-2, 1)}
    return (rng.normal(size=size) * 2 + 1,), params
