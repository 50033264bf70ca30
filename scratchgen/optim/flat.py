"""The flat buffer: parameters side by side in one array, so that one operation moves them all.

A small network has a dozen parameters of a few hundred numbers each.  Ten array operations for
each of them cost more in Python than in arithmetic; ten for all of them together do not.  So
parameters that share a dtype and a device are laid out in one array and become views of it, and so
do the optimiser's moments.

    values     | w1 b1 b2 b3 |      W2        |      W3        |
    gradients  | gathered    |  read in place |  read in place |
    blocks     |-------------|-------|--------|-------|--------|

Gradients of small parameters are copied beside each other too; a large one is read where backward
left it.  Large stretches are worked through in blocks, so that values, gradient and moments of a
block stay in the processor's second-level cache from the first of the ten operations to the last.
(On a GPU every block is a launch, so there a stretch is worked through as a whole.)
"""
from .. import backend
from ..autodiff.tensor import Tensor
from ..errors import ShapeError
from ..nn.parameter import place

BLOCK = 128 * 1024          # elements: 4 arrays of half a megabyte in float32
SMALL = 16 * 1024           # up to here copying a gradient costs less than ten more operations


class Flat:
    """Leaves of one dtype on one device in one array, with zeroed arrays of moments beside it.

    leaves    the Tensors, small ones first
    missed    for each leaf, the steps in which it had no gradient
    """

    def __init__(self, leaves, moments):
        self.leaves = sorted(leaves, key=lambda leaf: leaf.size > SMALL)
        self.missed = [0] * len(leaves)
        first = self.leaves[0].data
        self.xp, self._type = backend.namespace(first), type(first)
        self._ends = _running_totals(leaf.size for leaf in self.leaves)
        self.values = self.xp.concat([self.xp.reshape(leaf.data, (-1,)) for leaf in self.leaves])
        self.dtype = self.values.dtype          # in the machine's byte order, whatever theirs was
        self.moments = [self.xp.zeros_like(self.values) for _ in range(moments)]
        self._views = self.views(self.values)
        for leaf, view in zip(self.leaves, self._views):
            place(leaf, view)

        small = sum(leaf.size <= SMALL for leaf in self.leaves)
        self._gathered = self.xp.zeros_like(self.values[:self._ends[small]])
        self._gathered_views = self.views(self._gathered, small)
        self._pattern, self._blocks = None, []
        self.xp.warm_allocator()

    def views(self, array, count=None):
        """An array laid out like `values`, cut into views, one for each leaf and in its shape."""
        return [self.xp.reshape(array[start:end], leaf.shape)
                for leaf, start, end in zip(self.leaves[:count], self._ends, self._ends[1:])]

    def gather(self):
        """Take back leaves that were moved; False if one now has another dtype or device."""
        pairs = zip(self.leaves, self._views)
        moved = [(leaf, view) for leaf, view in pairs if leaf.data is not view]
        if any(kind(leaf.data) != kind(view) for leaf, view in moved):
            return False
        for leaf, view in moved:
            view[...] = leaf.data
            place(leaf, view)
        return True

    def gradients(self):
        """The gradient arrays of the leaves, or None; raises if one does not fit its leaf."""
        found = []
        for leaf, view in zip(self.leaves, self._views):
            g = leaf.grad
            if isinstance(g, Tensor):           # after backward(create_graph=True)
                g = g.data
            if g is not None and type(g) is not self._type and backend.is_array(g):
                g = backend.namespace(g).asarray(g)         # a NumPy scalar: p.grad = p.grad / 2
            if g is not None and (type(g) is not self._type or g.shape != view.shape
                                  or g.dtype != self.dtype):
                raise _misfit(g, view)
            found.append(g)
        return found

    def blocks(self, gradients):
        """(values, gradient, moments, missed) of each block of the leaves that have a gradient."""
        pattern = [g is None for g in gradients]
        if pattern != self._pattern:
            self._pattern, self._blocks = pattern, list(self._plan(pattern))
        for view, g in zip(self._gathered_views, gradients):
            if g is not None:
                view[...] = g
        for block in self._blocks:
            g = block.gradient
            if g is None:
                g = self.xp.reshape(gradients[block.leaf], (-1,))[block.start:block.stop]
            yield block.values, g, block.moments, block.missed

    def count_missed(self, gradients):
        for i, g in enumerate(gradients):
            if g is None:
                self.missed[i] += 1

    def set_missed(self, missed):
        self.missed, self._pattern = missed, None           # another history, another plan

    # ---- the plan: which stretches are updated together ------------------------------------------

    def _plan(self, absent):
        """The blocks for this pattern of missing gradients: it seldom changes, so they are kept."""
        small, i = len(self._gathered_views), 0
        while i < len(self.leaves):
            first, i = i, i + 1
            if absent[first]:
                continue
            while i < small and not absent[i] and self.missed[i] == self.missed[first]:
                i += 1                          # a run of small leaves with the same history
            own = None if first < small else first
            start, stop = self._ends[first], self._ends[i]
            length = BLOCK if self.xp.on_host else max(1, stop - start)
            for a in range(start, stop, length):
                yield _Block(self, slice(a, min(a + length, stop)), own, start, self.missed[first])


class _Block:
    """A stretch of the buffer that is updated by one round of array operations."""

    def __init__(self, flat, stretch, leaf, start, missed):
        self.values = flat.values[stretch]
        self.moments = [moment[stretch] for moment in flat.moments]
        self.missed = missed
        self.leaf = leaf                        # the large leaf whose own gradient is read, or None
        self.start, self.stop = stretch.start - start, stretch.stop - start
        self.gradient = flat._gathered[stretch] if leaf is None else None


def kind(array):
    """What all arrays in one buffer have in common."""
    return backend.namespace(array), array.dtype, getattr(array, "device", None)


def _running_totals(sizes):
    totals = [0]
    for size in sizes:
        totals.append(totals[-1] + size)
    return totals


def _misfit(g, view):
    if not backend.is_array(g) or kind(g) != kind(view):
        return TypeError("a gradient is not the kind of array its parameter is\n"
                         f"  expected  {_words(view)}\n  got       {_words(g)}")
    return ShapeError("a gradient has another shape than its parameter\n"
                      f"  expected  {view.shape}\n  got       {g.shape}")


def _words(x):
    return f"{backend.namespace(x).name} {x.dtype}" if backend.is_array(x) else type(x).__name__
