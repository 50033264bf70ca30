"""einsum: sums of products, written with the names of the axes.

"ij,jk->ik" says y_ik = sum_j a_ij b_jk.  Operands are taken in from left to right, and each step is
one matrix product of reshaped operands, or a multiplication where there is nothing to sum: so
einsum needs no rule of its own, runs wherever matmul does, and has derivatives of every order.
"""
import functools
import math
import re

from ...errors import ShapeError
from .elementwise import multiply
from .index import diagonal
from .products import matmul
from .reduce import sum
from .shape import operand, permute_dims, reshape


def einsum(subscripts, *operands):
    """einsum("ij,jk->ik", a, b): y_ik = sum_j a_ij b_jk, for any axes of any number of operands.

    A name that is not in the output is summed over; one that occurs twice in an operand takes its
    diagonal; `...` stands for axes that broadcast.  Without "->" the output has the names that
    occur once, in alphabetical order (after the `...`).
    Raises ValueError for malformed subscripts and ShapeError where sizes disagree.
    """
    operands = [operand(x) for x in operands]
    inputs, output = _parse(subscripts, [len(x.shape) for x in operands])
    _check_sizes(subscripts, inputs, operands)
    terms = [_diagonals(*_drop_stretched(x, names, inputs, operands))
             for x, names in zip(operands, inputs)]
    x, names = terms[0]
    for i, (b, names_b) in enumerate(terms[1:], start=2):
        later = {name for _, names in terms[i:] for name in names}
        x, names = _contract(x, names, b, names_b, later | set(output))
    x, names = _sum_out(x, names, set(output))
    return permute_dims(x, tuple(names.index(name) for name in output)) if output else x


# ---- reading the subscripts: a name is a letter, or a number for an axis of the ellipsis ---------

@functools.cache
def _names(term, rank, subscripts):
    """The names of one operand's axes; those under the ellipsis are -1, -2, ... from the right."""
    letters = term.replace("...", "", 1)
    hidden = rank - len(letters)
    if hidden < 0 or (hidden and "..." not in term):
        raise ShapeError(f"einsum: {term!r} in {subscripts!r} names {len(letters)} axes, "
                         f"its operand has {rank}")
    if "..." not in term:
        return tuple(term)
    before, after = term.split("...")
    return tuple(before) + tuple(range(-hidden, 0)) + tuple(after)


def _parse(subscripts, ranks):
    """("...i,i", ranks (3, 1)) -> ([(-2, -1, "i"), ("i",)], [-2, -1])"""
    text = subscripts.replace(" ", "")
    letters = r"[a-zA-Z]*(\.\.\.)?[a-zA-Z]*"
    if not re.fullmatch(rf"{letters}(,{letters})*(->{letters})?", text):
        raise ValueError(f"einsum: cannot read {subscripts!r}\n"
                         "  expected  letters, commas, '...' and '->', like 'ij,jk->ik'")
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(ranks):
        raise ValueError(f"einsum: {subscripts!r} names {len(terms)} operands, got {len(ranks)}")
    inputs = [_names(term, rank, subscripts) for term, rank in zip(terms, ranks)]
    hidden = sorted({name for names in inputs for name in names if isinstance(name, int)})
    if not arrow:
        once = sorted(letter for letter in set(left) - set(".,") if left.count(letter) == 1)
        return inputs, hidden + once
    before, dots, after = right.partition("...")
    output = [*before, *(hidden if dots else ()), *after]
    known = {name for names in inputs for name in names}
    if len(set(output)) != len(output) or not known.issuperset(output):
        raise ValueError(f"einsum: the output of {subscripts!r} has to name axes of the operands, "
                         "each once")
    if hidden and not dots:
        raise ValueError(f"einsum: the operands of {subscripts!r} have '...', so its output needs "
                         "it too")
    return inputs, output


def _check_sizes(subscripts, inputs, operands):
    size = {}
    for i, (names, x) in enumerate(zip(inputs, operands)):
        for name, n in zip(names, x.shape):
            m, where = size.setdefault(name, (n, i))
            stretches = isinstance(name, int) and 1 in (m, n)
            if m != n and not stretches:
                what = name if isinstance(name, str) else f"axis {name} of '...'"
                given = ", ".join(str(x.shape) for x in operands)
                raise ShapeError(f"einsum {subscripts!r}: {what} is {m} in operand {where} "
                                 f"but {n} in operand {i}\n  got       {given}")
            if m == 1:
                size[name] = (n, i)


# ---- one step at a time --------------------------------------------------------------------------

def _drop_stretched(x, names, inputs, operands):
    """Without the axes of size 1 that would be stretched: a name that is absent broadcasts too."""
    largest = {}
    for others, y in zip(inputs, operands):
        for name, n in zip(others, y.shape):
            largest[name] = n if largest.get(name, 1) == 1 else largest[name]
    kept = [i for i, (name, n) in enumerate(zip(names, x.shape)) if n == largest[name]]
    if len(kept) < len(names):
        x = reshape(x, tuple(x.shape[i] for i in kept))
    return x, tuple(names[i] for i in kept)


def _diagonals(x, names):
    """A name that occurs twice becomes one axis, the diagonal."""
    for name in dict.fromkeys(names):
        while names.count(name) > 1:
            i = names.index(name)
            j = names.index(name, i + 1)
            rest = tuple(k for k in range(len(names)) if k not in (i, j))
            x = diagonal(permute_dims(x, rest + (i, j)))
            names = tuple(names[k] for k in rest) + (name,)
    return x, names


def _sum_out(x, names, needed):
    """Sum over every axis that nobody needs any more."""
    axes = tuple(i for i, name in enumerate(names) if name not in needed)
    return (sum(x, axis=axes) if axes else x), tuple(name for name in names if name in needed)


def _contract(a, names_a, b, names_b, needed):
    """The product of two operands, summed over the names that only they share."""
    a, names_a = _sum_out(a, names_a, needed | set(names_b))
    b, names_b = _sum_out(b, names_b, needed | set(names_a))
    both = [name for name in names_a if name in names_b]
    batch = [name for name in both if name in needed]
    summed = [name for name in both if name not in needed]
    only_a = [name for name in names_a if name not in both]
    only_b = [name for name in names_b if name not in both]
    size = {**dict(zip(names_a, a.shape)), **dict(zip(names_b, b.shape))}

    def arrange(x, names, order, *groups):
        """x with its axes in this order, and each group of names as one axis."""
        x = permute_dims(x, tuple(names.index(name) for name in order)) if names else x
        return reshape(x, tuple(math.prod(size[name] for name in group) for group in groups))

    def each(names):
        return [[name] for name in names]

    def ones(names):
        return [[] for _ in names]

    if summed:
        y = matmul(arrange(a, names_a, batch + only_a + summed, batch, only_a, summed),
                   arrange(b, names_b, batch + summed + only_b, batch, summed, only_b))
        y = reshape(y, tuple(size[name] for name in batch + only_a + only_b))
    else:
        left = [*each(batch), *each(only_a), *ones(only_b)]
        right = [*each(batch), *ones(only_a), *each(only_b)]
        y = multiply(arrange(a, names_a, batch + only_a, *left),
                     arrange(b, names_b, batch + only_b, *right))
    return y, tuple(batch + only_a + only_b)
