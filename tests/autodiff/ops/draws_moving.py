"""Drawing inputs for the ops that move entries about: shapes, axes, places."""
from tests.autodiff.ops.draws import axes, batch, one_axis, shape, stretched


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


def stretched_before(rng):
    whole = shape(rng)
    return (rng.normal(size=whole),), {"shape": tuple(stretched(rng, whole))}


def new_axis(rng):
    size = shape(rng)
    return (rng.normal(size=size),), {"axis": int(rng.integers(-len(size) - 1, len(size) + 1))}


def thin(rng):
    """An array with axes of size 1, and one or two of those."""
    size = list(shape(rng, most=2))
    at = sorted(rng.integers(0, len(size) + 1, 2))
    size[at[1]:at[1]] = [1]
    size[at[0]:at[0]] = [1]
    ones = (int(at[0]), int(at[1]) + 1)
    return (rng.normal(size=size),), {"axis": ones if rng.random() < 0.5 else ones[1] - len(size)}


def matrices(rng):
    return (rng.normal(size=shape(rng, least=2, most=4)),), {}


def permuted(rng):
    size = shape(rng)
    signs = len(size) * rng.integers(-1, 1, len(size))
    return (rng.normal(size=size),), {"axes": tuple(map(int, rng.permutation(len(size)) + signs))}


def rolled(rng):
    size = shape(rng, least=1)
    axis = axes(rng, len(size))
    shift = [int(n) for n in rng.integers(-4, 5, len(axis) if isinstance(axis, tuple) else 1)]
    if not isinstance(axis, tuple):
        shift = shift[0]
    elif rng.random() < 0.5:
        shift = tuple(shift)
    else:
        axis = list(axis)
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
