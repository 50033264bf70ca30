"""Moving, joining, picking and summing entries: every axis, empty arrays, ties and zeros. PyTorch.

`params` hold what an array-API caller would write. Two things JSON cannot say are spelled out: an
index is a list of {"slice": [a, b, c]}, "...", null, integers and {"array": [...]}; a call whose
first argument is a list of arrays carries the mark "list".
"""
import numpy as np
import torch

from tests.reference.torch_cases import case


def moving(rng):
    x = rng.normal(size=(2, 3, 4))
    yield case("reshape", lambda x: x.reshape(4, 6), x, params={"shape": [4, 6]})
    yield case("reshape", lambda x: x.reshape(2, -1), x, params={"shape": [2, -1]})
    yield case("reshape", lambda x: x.reshape(()), np.ones((1, 1)), params={"shape": []})
    yield case("reshape", lambda x: x.reshape(0, 7), np.zeros((3, 0)), params={"shape": [0, 7]})
    for axes in ((2, 0, 1), (0, 2, 1), (2, 1, 0)):
        yield case("permute_dims", lambda x: x.permute(axes), x, params={"axes": axes})
    yield case("matrix_transpose", lambda x: x.mT, x)
    yield case("matrix_transpose", lambda x: x.mT, x[0])
    stretched = [((3,), (2, 3)), ((3, 1), (3, 4)), ((), (2, 2)), ((1, 3), (0, 3)),
                 ((2, 1), (3, 2, 5))]
    for start, shape in stretched:
        yield case("broadcast_to", lambda x: x.broadcast_to(shape),
                   np.array(rng.normal(size=start)), params={"shape": shape})
    for axis in (0, 1, -1):
        yield case("expand_dims", lambda x: x.unsqueeze(axis), x, params={"axis": axis})
    thin = rng.normal(size=(1, 3, 1))
    for axis in (0, -1, (0, 2)):
        yield case("squeeze", lambda x: x.squeeze(axis), thin, params={"axis": axis})
    for axis in (None, 0, (0, -1)):
        every = tuple(range(3)) if axis is None else axis
        yield case("flip", lambda x: x.flip(every), x, params={"axis": axis})
    for shift, axis in ((2, None), (-1, 1), (5, -1), ((1, -2), (0, 2))):
        yield case("roll", lambda x: x.roll(shift, axis), x, params={"shift": shift, "axis": axis})
    for repetitions in ((2,), (2, 1, 3), (2, 1, 1, 2)):
        yield case("tile", lambda x: x.tile(repetitions), x, params={"repetitions": repetitions})
    for repeats, axis in ((2, None), (3, 1), (2, -1)):
        yield case("repeat", lambda x: x.repeat_interleave(repeats, axis), x,
                   params={"repeats": repeats, "axis": axis})
    for widths in (((0, 0), (1, 2), (0, 1)), ((2, 0), (0, 0), (1, 1))):
        flat = [n for pair in reversed(widths) for n in pair]    # torch counts from the last axis
        yield case("pad", lambda x: torch.nn.functional.pad(x, flat), x,
                   params={"pad_width": widths})
    for op, function in (("tril", torch.tril), ("triu", torch.triu)):
        for k in (0, 1, -1):
            yield case(op, lambda x: function(x, k), x, params={"k": k})
        yield case(op, function, rng.normal(size=(4, 2)))


def joining(rng):
    parts = [rng.normal(size=(2, n, 3)) for n in (1, 0, 4)]
    yield case("concat", lambda *x: torch.cat(x, 1), *parts, params={"axis": 1}, marks=["list"])
    yield case("concat", lambda *x: torch.cat(x, -2), *parts, params={"axis": -2}, marks=["list"])
    yield case("concat", lambda *x: torch.cat(x), parts[0], parts[0], marks=["list"])
    yield case("concat", lambda *x: torch.cat([a.reshape(-1) for a in x]), *parts,
               params={"axis": None}, marks=["list"])
    same = [rng.normal(size=(2, 3)) for _ in range(3)]
    for axis in (0, 1, -1):
        yield case("stack", lambda *x: torch.stack(x, axis), *same, params={"axis": axis},
                   marks=["list"])
    yield case("stack", lambda *x: torch.stack(x), np.array(1.5), np.array(-2.0), marks=["list"])


def picking(rng):
    x = rng.normal(size=(4, 3, 5))
    for axis, indices in ((0, [3, 0, 3, 3]), (1, [-1, 1]), (2, []), (-1, [4, -5, 0])):
        where = np.array(indices, np.int64)
        yield case("take", lambda x, i: x.index_select(axis, i % x.shape[axis]), x, where,
                   fixed=(1,), params={"axis": axis}, note=str(indices))
    for axis in (0, 1, -1):
        where = rng.integers(0, x.shape[axis], (4, 3, 5))
        yield case("take_along_axis", lambda x, i: torch.take_along_dim(x, i, axis), x, where,
                   fixed=(1,), params={"axis": axis})
    where = rng.integers(0, 5, (4, 3, 1))
    yield case("take_along_axis", lambda x, i: torch.take_along_dim(x, i, -1), x, where, fixed=(1,),
               params={"axis": -1}, note="one each")

    every, odd = {"slice": [None, None, None]}, {"slice": [None, None, 2]}
    mask = (rng.random((4, 3)) < 0.5).tolist()
    indices = {
        "an integer": [1],
        "from the end": [-1, {"slice": [-2, None, None]}],
        "steps": [odd, every, {"slice": [1, 4, 2]}],
        "ellipsis": ["...", 0],
        "a new axis": [None, 2, "...", None],
        "nothing": [{"slice": [2, 2, None]}],
        "one entry": [3, 2, 4],
        "an array": [{"array": [0, 0, 3, 0]}],
        "an array in the middle": [every, {"array": [[2, 2], [0, 1]]}],
        "two arrays": [{"array": [0, 3, 0]}, {"array": [1, 1, 1]}],
        "arrays that broadcast": [{"array": [[0], [3]]}, {"array": [1, 2, 1]}],
        "a mask": [{"array": mask}],
        "a mask of rows": [{"array": [True, False, False, True]}, odd],
        "a mask of everything": [{"array": (x > 0).tolist()}],
        "a mask of nothing": [{"array": [False] * 4}],
    }
    for note, index in indices.items():
        yield case("getitem", lambda x: x[torch_index(index)], x, params={"index": index},
                   note=note)
    backward = {"slice": [None, None, -1]}                      # torch has no negative steps
    yield case("getitem", lambda x: x.flip(1), x, params={"index": [every, backward]},
               note="backward")


def torch_index(index):
    def one(item):
        if item == "...":
            return ...
        if isinstance(item, dict):
            return slice(*item["slice"]) if "slice" in item else torch.tensor(item["array"])
        return item
    return tuple(one(item) for item in index)


def summing(rng):
    x = rng.normal(size=(2, 3, 4))
    table = {"sum": torch.sum, "mean": torch.mean, "max": torch.amax, "min": torch.amin,
             "logsumexp": torch.logsumexp, "norm": torch.linalg.vector_norm}
    for op, function in table.items():
        for axis in (None, 0, -1, (0, 2)):
            dim = tuple(range(3)) if axis is None else axis
            for keep in (False, True):
                yield case(op, lambda x: function(x, dim=dim, keepdim=keep), x,
                           params={"axis": axis, "keepdims": keep})
        yield case(op, lambda x: function(x, dim=()) if x.ndim == 0 else function(x, dim=0),
                   np.array(rng.normal(size=6)))
    for op, function in (("var", torch.var), ("std", torch.std)):
        for axis in (None, 0, -1, (0, 2)):
            for correction in (0, 1):
                yield case(op, lambda x: function(x, dim=axis, correction=correction), x,
                           params={"axis": axis, "correction": correction})
        yield case(op, lambda x: function(x, dim=1, correction=0, keepdim=True), x,
                   params={"axis": 1, "keepdims": True})
        far = 1e8 + rng.normal(size=(50, 2))            # torch loses digits there, so it is shifted
        yield case(op, lambda x: function(x - 1e8, dim=0, correction=0), far, params={"axis": 0},
                   note="far from 0")
        yield case(op, lambda x: function(x, dim=-1, correction=0), np.full((2, 3), 7.0),
                   params={"axis": -1}, note="of a constant")
    for axis in (0, 1, -1):
        yield case("prod", lambda x: x.prod(axis), x, params={"axis": axis})
        yield case("cumulative_sum", lambda x: x.cumsum(axis), x, params={"axis": axis})
    yield case("prod", torch.prod, x)
    yield case("prod", lambda x: x.prod(1, keepdim=True), x, params={"axis": 1, "keepdims": True})
    yield case("prod", lambda x: x.prod(1),
               np.array([[2.0, 0.0, 3.0], [0.0, 0.0, 5.0], [1.0, 2.0, 3.0]]), params={"axis": 1},
               note="with zeros")
    yield case("cumulative_sum", lambda x: x.cumsum(0), rng.normal(size=5))


def corners(rng):
    """Empty sums, ties, zeros and infinities."""
    empty = np.zeros((0, 3))
    yield case("sum", torch.sum, empty)
    yield case("sum", lambda x: x.sum(0), empty, params={"axis": 0})
    yield case("sum", lambda x: x.sum(1), empty, params={"axis": 1})
    yield case("prod", lambda x: x.prod(0), empty, params={"axis": 0})
    yield case("max", lambda x: x.amax(1), empty, params={"axis": 1})
    yield case("sum", torch.sum, np.array(2.5))
    tied = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [0.0, -0.0, -1.0]])
    for op, function in (("max", torch.amax), ("min", torch.amin)):
        for axis in (None, 0, 1):
            dim = (0, 1) if axis is None else axis
            yield case(op, lambda x: function(x, dim=dim), tied, params={"axis": axis},
                       note="ties share")
    yield case("norm", lambda x: torch.linalg.vector_norm(x, dim=1),
               np.array([[0.0, 0.0], [3.0, 4.0]]), params={"axis": 1}, note="at 0")
    yield case("norm", torch.linalg.vector_norm, np.zeros(3), note="at 0")
    large = np.array([[1e3, 1e3 + 1, -1e3], [-1e30, 1e30, 0.0], [-800.0, -801.0, -900.0],
                      [700.0] * 3])
    yield case("logsumexp", lambda x: x.logsumexp(1), large, params={"axis": 1}, note="large")
    partial = np.array([[-np.inf, 0.0, 1.0], [2.0, -np.inf, -np.inf]])
    yield case("logsumexp", lambda x: x.logsumexp(1), partial, params={"axis": 1},
               note="of -inf and more")
    yield case("logsumexp", lambda x: x.logsumexp(1), np.full((1, 3), -np.inf), params={"axis": 1},
               marks=["warns"], note="of -inf alone", value_only=True)
    yield case("logsumexp", lambda x: x.logsumexp(0), np.array([np.inf, 1.0]), params={"axis": 0},
               marks=["warns"], note="of +inf", value_only=True)


def cases(rng):
    for family in (moving, joining, picking, summing, corners):
        yield from family(rng)
