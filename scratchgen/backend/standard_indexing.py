"""Indexing and its adjoint in array-API functions alone.

The standard grants slices, lone masks, and integer arrays that index every axis.  Users expect
NumPy's `x[index]`: any mixture, where the axes of the index arrays stand in the place of the axes
they index if those are neighbours, else in front.
"""
import math

from . import checks


def getitem(xp, x, index):
    """x[index] for slices, ellipsis, None, integers, integer and boolean arrays, and mixtures."""
    entries = one_per_axis(xp, index, x)
    if not any(hasattr(entry, "dtype") for entry in entries):
        return x[entries]
    # Beside an array an integer is an index array too: it is broadcast with the others.
    chosen = [k for k, entry in enumerate(entries)
              if hasattr(entry, "dtype") or isinstance(entry, int)]
    x = x[tuple(slice(None) if k in chosen else entry for k, entry in enumerate(entries))]
    flat = _row_major(xp, [entries[k] for k in chosen], [x.shape[k] for k in chosen])
    others = [k for k in range(x.ndim) if k not in chosen]
    rows = xp.permute_dims(x, tuple(chosen + others))
    rest = rows.shape[len(chosen):]
    rows = xp.reshape(rows, (math.prod(x.shape[k] for k in chosen),) + rest)
    y = xp.take(rows, xp.reshape(flat, (flat.size,)), axis=0)
    y = xp.reshape(y, flat.shape + rest)
    neighbours = chosen == list(range(chosen[0], chosen[-1] + 1)) and not _parted(index)
    return _move_block(xp, y, flat.ndim, to=chosen[0]) if neighbours else y


def scatter_add(xp, x, index, shape):
    """Zeros of `shape` with x added at `index`, repetitions accumulating: the adjoint of getitem.

    Without scatter, by gathering: sort the numbers by the cell they go to, so that those of one
    cell are neighbours; then round r adds to every cell the r-th of its numbers.
    """
    cells = xp.arange(math.prod(shape), device=x.device)
    target = getitem(xp, xp.reshape(cells, shape), index)
    values = xp.reshape(xp.broadcast_to(x, target.shape), (target.size,))
    target = xp.reshape(target, (target.size,))
    total = xp.zeros(cells.shape, dtype=x.dtype, device=x.device)
    if target.size and cells.size:
        order = xp.argsort(target)
        target, values = xp.take(target, order), xp.take(values, order)
        begin, end = xp.searchsorted(target, cells), xp.searchsorted(target, cells, side="right")
        for r in range(int(xp.max(end - begin))):
            turn = begin + r
            value = xp.take(values, xp.where(turn < end, turn, xp.zeros_like(turn)))
            total = total + xp.where(turn < end, value, xp.zeros_like(value))
    return xp.reshape(total, shape)


def names_each_once(xp, index):
    """Does an index name each element at most once?  Slices, integers and masks do."""
    parts = index if isinstance(index, tuple) else (index,)
    return is_basic(parts) or all(type(part) in BASIC or isinstance(part, int)
                                  or _is_mask(xp, part) for part in parts)


def _parted(index):
    """Is there an ellipsis between index arrays?  In NumPy even one for no axis parts them."""
    parts = index if isinstance(index, tuple) else (index,)
    places = [k for k, part in enumerate(parts) if hasattr(part, "dtype") or isinstance(part, int)]
    return any(part is Ellipsis for part in parts[places[0]:places[-1]])


BASIC = frozenset([int, slice, type(None), type(Ellipsis)])


def is_basic(parts):
    """Are all parts of an index slices, integers, None and Ellipsis, and none of them an array?"""
    return BASIC.issuperset(map(type, parts))


def one_per_axis(xp, index, x):
    """The index with an entry for every axis of x and None for new ones; masks as positions."""
    entries = list(index) if isinstance(index, tuple) else [index]
    given = sum(_axes(xp, entry) for entry in entries)
    if given > x.ndim:
        raise IndexError(f"too many indices: {given} for an array with {x.ndim} axes")
    at = next((k for k, entry in enumerate(entries) if entry is Ellipsis), len(entries))
    entries[at:at + 1] = [slice(None)] * (x.ndim - given)
    full, axis = [], 0
    for entry in entries:
        n = _axes(xp, entry)
        full.extend(_fit(xp, entry, x.shape[axis:axis + n]))
        axis += n
    return tuple(full)


def require_in_range(xp, x, index):
    """IndexError for an index array that points outside x; on a device inside `checked()` only."""
    if not checks.values_are_checked(xp):
        return
    axes = [entry for entry in one_per_axis(xp, index, x) if entry is not None]
    for entry, n in zip(axes, x.shape):
        if hasattr(entry, "dtype") and bool(xp.any((entry < -n) | (entry >= n))):
            raise IndexError(f"an index is out of bounds for an axis of size {n}\n"
                             f"  got       {int(xp.min(entry))} ... {int(xp.max(entry))}")


def _axes(xp, entry):
    """How many axes this entry of an index selects from."""
    if entry is None or entry is Ellipsis:
        return 0
    return entry.ndim if _is_mask(xp, entry) else 1


def _is_mask(xp, entry):
    return hasattr(entry, "dtype") and xp.isdtype(entry.dtype, "bool")


def _fit(xp, entry, sizes):
    """The entry as an integer, a slice inside its axis, or positions; IndexError outside."""
    if _is_mask(xp, entry):
        if entry.shape != sizes or not sizes:
            raise IndexError(f"a mask of shape {entry.shape} does not fit axes of sizes {sizes}")
        return xp.nonzero(entry)
    if isinstance(entry, slice):
        return (_clamp(entry, *sizes),)
    if isinstance(entry, int) and (isinstance(entry, bool) or not -sizes[0] <= entry < sizes[0]):
        raise IndexError(f"index {entry} is out of bounds for an axis of size {sizes[0]}")
    if not hasattr(entry, "dtype"):
        return (entry,)
    if not xp.isdtype(entry.dtype, "integral"):
        raise IndexError(f"an index array holds integers or booleans, got dtype {entry.dtype}")
    return (xp.astype(entry, xp.int64, copy=False),)    # room for the number of each element


def _clamp(part, size):
    """The same slice with its ends inside the axis: the standard leaves others undefined."""
    start, stop, step = part.indices(size)
    if not range(start, stop, step):
        return slice(0, 0)
    return slice(start, stop if stop >= 0 else None, step)


def _row_major(xp, indices, sizes):
    """The number of each element, row by row; one out of range gets a number past the last."""
    flat, past = 0, math.prod(sizes)
    for i, n in zip(indices, sizes):
        if isinstance(i, int):
            i %= n
        else:
            i = xp.where((i < -n) | (i >= n), xp.full_like(i, past), xp.where(i < 0, i + n, i))
        flat = flat * n + i
    return flat


def _move_block(xp, x, n, to):
    """The first n axes behind the `to` axes that follow them."""
    axes = tuple(range(n, n + to)) + tuple(range(n)) + tuple(range(n + to, x.ndim))
    return xp.permute_dims(x, axes)
