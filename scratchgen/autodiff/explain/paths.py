"""The chain rule as a sum over paths: dL/dx is the sum, over all ways from L to x, of the product
of the derivatives along the way.

Backward passes share the beginnings of paths and so cost no more than the forward pass; here they
are taken apart again.
"""
import math
from collections import Counter, defaultdict

from ... import backend
from .numbers import summary

_MOST = 32                      # paths; with more of them, one term for each last step
_ROWS = 40                      # terms that are printed
LONGEST = 8                     # stations of a path that are printed


class Why:
    """Why is dL/dx what it is?  One term for each path from the loss to x; print it."""

    def __init__(self, x, terms, total, names, loss):
        self.x, self.terms, self.total = x, terms, total
        self._names, self._loss = names, loss

    def __str__(self):
        head = f"d{self._names(self._loss)}/d{self._names(self.x)} = {summary(self.total)}, "
        rows = self.rows(_ROWS)
        if not rows:
            return head + "where the backward pass begins"
        head += f"the sum over {_paths(sum(term.paths for term in self.terms))}"
        wide = [max(map(len, column)) for column in zip(*rows)]
        lines = [f"  {way.ljust(wide[0])}  {factors.ljust(wide[1])}  {value.rjust(wide[2])}"
                 for way, factors, value in rows]
        if len(self.terms) > _ROWS:
            lines.append(f"  ... and {len(self.terms) - _ROWS} terms more: .terms")
        return "\n".join([head, *lines])

    __repr__ = __str__

    def rows(self, most=None):
        """[(stations of the path, product of its derivatives, value), ...] as text."""
        terms = self.terms[:most]
        ways = _shortened([term.stations(self._names) for term in terms])
        return [(" -> ".join(way), term.factors(), summary(term.value))
                for way, term in zip(ways, terms)]


class Term:
    """What arrives along one path (or, at the end of very many, along their last step)."""

    def __init__(self, steps, value, paths=1, whole=True):
        self.steps, self.value, self.paths, self.whole = steps, value, paths, whole

    def stations(self, names):
        """The tensors along the way, from the loss to x."""
        start = [] if self.whole else [_paths(self.paths)]
        return start + [names(r.node) for r in self.steps] + [names(self.steps[-1].parent)]

    def factors(self):
        """The product of local derivatives, "(1)(-2)(3)", where all of them are numbers."""
        if len(self.steps) > LONGEST or not self.whole:
            return ""
        if any(r.local is None or r.local.size != 1 for r in self.steps):
            return ""
        return "".join(f"({summary(r.local)})" for r in self.steps)


def _paths(n):
    """How many paths, of which there may be 2^1000."""
    number = str(n) if n < 10 ** 9 else f"about 10^{math.log10(n):.0f}"
    return f"{number} path{'s' * (n != 1)}"


def _shortened(ways):
    """Long ways with "..." for what all of them have in common, and for the middle of the rest."""
    if max(map(len, ways), default=0) <= LONGEST:
        return ways
    same, same_end = 1, 1
    if len(ways) > 1:
        same, same_end = _in_common(ways), _in_common([way[::-1] for way in ways])
    short = []
    for way in ways:
        rest = way[same:len(way) - same_end]
        if len(rest) > LONGEST - 4:
            rest = rest[:LONGEST // 2 - 2] + ["..."] + rest[2 - LONGEST // 2:]
        short.append([way[0], *["..."] * (same > 1), *rest, *["..."] * (same_end > 1), way[-1]])
    return short


def _in_common(ways):
    """With how many equal stations all ways begin."""
    n = 0
    while all(len(way) > n and way[n] == ways[0][n] for way in ways):
        n += 1
    return n


class Paths:
    """All ways from the loss down to each tensor of a record."""

    def __init__(self, records, root, seed):
        self.records, self.root, self.seed = records, root, seed
        self._incoming = defaultdict(list)      # number of a tensor -> the records that give to it
        self.count = Counter({root.order: 1})   # and how many paths lead to it; none is walked here
        for r in records:                       # a node's own count is complete when its turn comes
            self._incoming[r.parent.order].append(r)
            self.count[r.parent.order] += self.count[r.node.order]

    def why(self, x, names):
        """The Why of tensor x; ValueError if the loss does not depend on it."""
        if x is self.root:
            return Why(x, [], self.seed, names, x)
        incoming = self._incoming.get(x.order)
        if incoming is None:
            raise ValueError(f"{names(self.root)} does not depend on {names(x)}, "
                             "so there is no path to it")
        if self.count[x.order] <= _MOST:
            terms = [Term(way, self._follow(way)) for way in self.ways(x)]
        else:
            terms = [Term([r], r.contribution, self.count[r.node.order], r.node is self.root)
                     for r in incoming]
        return Why(x, terms, sum(r.contribution for r in incoming), names, self.root)

    def ways(self, x):
        """Each path from the loss to x, as the list of its records."""
        unfinished = [(r, None) for r in reversed(self._incoming[x.order])]
        while unfinished:
            way = unfinished.pop()
            node = way[0].node
            if node is self.root:
                steps = []
                while way is not None:
                    steps.append(way[0])
                    way = way[1]
                yield steps
            else:
                unfinished += [(r, way) for r in reversed(self._incoming[node.order])]

    def _follow(self, way):
        g = self.seed
        for r in way:
            g = r.rule(g)
        return backend.namespace(g).asarray(g)
