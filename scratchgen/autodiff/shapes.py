r"""Shape signatures: "(N,I),(I,O),(O)->(N,O)" is documentation, error vocabulary and test in one.

Each group names the axes of one input.  `...` stands for any leading axes, which broadcast; a name
that occurs twice must have the same size both times; `(O)?` is an input that may be None.  Legend:
N batch, D data, Z latent, I/O in/out features, K classes, C channels, H W image.
"""
import functools
import operator
import re

from ..errors import ShapeError


@functools.cache
def parse(signature):
    """(axes of each input, which may be None), e.g. ((("N", "I"), ("I", "O")), (False, False))."""
    groups = re.findall(r"\(([^)]*)\)(\??)", signature.split("->")[0])
    axes = tuple(tuple(name.strip() for name in names.split(",") if name.strip())
                 for names, _ in groups)
    return axes, tuple(bool(mark) for _, mark in groups)


def complaints(names, signature, shapes):
    """What does not fit, one sentence each: ["I is 3 in x but 4 in w"].  Empty if all is well."""
    found, size, leading = [], {}, {}
    for name, axes, shape in zip(names, parse(signature)[0], shapes):
        if shape is None:
            continue
        named = [axis for axis in axes if axis != "..."]
        if len(shape) < len(named) or ("..." not in axes and len(shape) != len(named)):
            at_least = "at least " if "..." in axes else ""
            found.append(f"{name} needs {at_least}{len(named)} {_plural('axis', len(named))} "
                         f"({', '.join(axes)}), got shape {shape}")
            continue
        for axis, n in zip(reversed(named), reversed(shape)):
            m, where = size.setdefault(axis, (n, name))
            if m != n:
                found.append(f"{axis} is {m} in {where} but {n} in {name}")
        if "..." in axes:
            leading[name] = shape[:len(shape) - len(named)]
    return found + _broadcast_complaints(leading)


def _plural(word, n):
    return word if n == 1 else {"axis": "axes"}[word]


def _broadcast_complaints(leading):
    seen = {}
    for name, shape in leading.items():
        for axis, n in enumerate(reversed(shape), start=1):
            m, where = seen.get(axis, (1, name))
            if n != 1 and m != 1 and n != m:
                return [f"axis {-axis} is {m} in {where} but {n} in {name}, and neither is 1"]
            if m == 1:
                seen[axis] = (n, name)
    return []


def mismatch(op, names, signature, shapes, problems=None):
    """The ShapeError that says, in the signature's names, why shapes do not fit; or None."""
    problems = complaints(names, signature, shapes) if problems is None else problems
    if not problems:
        return None
    given = [(n, a, s) for n, a, s in zip(names, parse(signature)[0], shapes) if s is not None]
    want = ", ".join(f"{n} ({', '.join(a)})" for n, a, _ in given)
    got = ", ".join(f"{n} {s}" for n, _, s in given)
    return ShapeError(f"{op}: {'; '.join(problems)}\n  expected  {want}\n  got       {got}")


def require_equal(op, **shapes):
    """Raise ShapeError unless all shapes are the same: losses never broadcast.

    (N,) against (N, 1) would silently become (N, N), the most expensive broadcast there is.
    """
    (first, expected), *rest = shapes.items()
    for name, shape in rest:
        if shape != expected:
            raise ShapeError(f"{op}: the shapes must be equal, losses never broadcast\n"
                             f"  expected  {name} {expected}, like {first}\n"
                             f"  got       {name} {shape}"
                             + ("\n  hint      reshape one of them"
                                if _volume(shape) == _volume(expected) else ""))


def _volume(shape):
    return functools.reduce(lambda m, n: m * n, shape, 1)


def as_shape(shape):
    """An integer or a sequence of integers, Python's or NumPy's, as a tuple: 3 -> (3,)."""
    if isinstance(shape, (tuple, list)):
        return tuple([operator.index(n) for n in shape])
    try:
        return (operator.index(shape),)
    except TypeError:
        return tuple([operator.index(n) for n in shape])


def normalise_axes(op, axis, ndim):
    """axis as a tuple of distinct non-negative ints: None means all.  Else ShapeError."""
    axes = tuple(range(ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    for a in axes:
        if not -ndim <= a < ndim:
            raise ShapeError(f"{op}: axis {a} is out of range for an array with {ndim} axes")
    axes = tuple(a % ndim for a in axes)
    if len(set(axes)) != len(axes):
        raise ShapeError(f"{op}: an axis is named twice in {axis}")
    return axes


def keepdims_shape(shape, axes):
    """The shape after a reduction over `axes` with keepdims: (2, 3, 4) over (1,) -> (2, 1, 4)."""
    return tuple(1 if i in axes else n for i, n in enumerate(shape))


@functools.lru_cache(maxsize=512)
def kept_shape(shape, axis):
    """The same for an `axis` as the user wrote it; remembered, since every step asks again."""
    return keepdims_shape(shape, normalise_axes("reduction", axis, len(shape)))
