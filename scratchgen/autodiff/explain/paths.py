"""The chain rule as a sum over paths: dL/dx is the sum, over all ways from L to x, of the product
of the derivatives along the way.

Backward passes share the beginnings of paths and so cost no more than the forward pass; here they
are taken apart again.
"""
from collections import Counter, defaultdict

from ... import backend
from .table import summary

_MOST = 32                      # paths; with more of them, one term for each last step
LONGEST = 8                     # stations of a path that are printed


class Why:
    """Why is dL/dx what it is?  One term for each path from the loss to x; print it."""

    def __init__(self, x, terms, total, names, loss):
        self.x, self.terms, self.total = x, terms, total
        self._names, self._loss = names, loss

    def __str__(self):
        kind = "path" if len(self.terms) == 1 else "paths"
        head = (f"d{self._names(self._loss)}/d{self._names(self.x)} = {summary(self.total)}, "
                f"the sum over {sum(term.paths for term in self.terms)} {kind}")
        ways = _shortened([term.stations(self._names) for term in self.terms])
        rows = [(" -> ".join(way), term.factors(), summary(term.value))
                for way, term in zip(ways, self.terms)]
        wide = [max(map(len, column)) for column in zip(*rows)]
        return "\n".join([head] + [f"  {way.ljust(wide[0])}  {factors.ljust(wide[1])}  "
                                   f"{value.rjust(wide[2])}" for way, factors, value in rows])

    __repr__ = __str__


class Term:
    """What arrives along one path (or, at the end of very many, along their last step)."""

    def __init__(self, steps, value, paths=1):
        self.steps, self.value, self.paths = steps, value, paths

    def stations(self, names):
        """The tensors along the way, from the loss to x."""
        start = [f"{self.paths} paths"] if self.paths > 1 else []
        return start + [names(r.node) for r in self.steps] + [names(self.steps[-1].parent)]

    def factors(self):
        """The product of local derivatives, "(1)(-2)(3)", where all of them are numbers."""
        if len(self.steps) > LONGEST or self.paths > 1:
            return ""
        if any(r.local is None or r.local.size != 1 for r in self.steps):
            return ""
        return "".join(f"({summary(r.local)})" for r in self.steps)


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


def why(records, root, seed, x, names):
    """The Why of tensor x in this record; ValueError if the loss does not depend on it."""
    incoming = defaultdict(list)                # number of a tensor -> the records that give to it
    for r in records:
        incoming[r.parent.order].append(r)
    if x is root:
        return Why(x, [], seed, names, root)
    if x.order not in incoming:
        raise ValueError(f"{names(root)} does not depend on {names(x)}, so there is no path to it")
    count = _count(records, root)
    if count[x.order] <= _MOST:
        terms = [Term(way, _follow(way, seed)) for way in _ways(incoming, root, x)]
    else:
        terms = [Term([r], r.contribution, count[r.node.order]) for r in incoming[x.order]]
    return Why(x, terms, sum(r.contribution for r in incoming[x.order]), names, root)


def _count(records, root):
    """{number of a tensor: how many paths lead to it}, without walking any of them."""
    count = Counter({root.order: 1})
    for r in records:                           # a node's own count is complete when its turn comes
        count[r.parent.order] += count[r.node.order]
    return count


def _ways(incoming, root, x):
    """Each path from root to x, as the list of its records."""
    unfinished = [(r, None) for r in reversed(incoming[x.order])]
    while unfinished:
        way = unfinished.pop()
        node = way[0].node
        if node is root:
            steps = []
            while way is not None:
                steps.append(way[0])
                way = way[1]
            yield steps
        else:
            unfinished += [(r, way) for r in reversed(incoming[node.order])]


def _follow(way, g):
    for r in way:
        g = r.rule(g)
    return backend.namespace(g).asarray(g)
