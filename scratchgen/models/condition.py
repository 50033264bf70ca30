"""Labels as a condition: networks of an example and its label, and what they are for fixed labels.
"""
from .. import backend, nn
from ..autodiff import ops
from ..distributions.base import raw
from ..errors import ShapeError


class Joined(nn.Module):
    """after([before(x), y]): the label joins what is known of the example.

    y holds labels as rows of zeros with a one, so the first layer of `after` has weights of its own
    for each class.   (N, ...), (N, K) -> what `after` makes of (N, D + K)
    """

    def __init__(self, before, after):
        self.before, self.after = before, after

    def forward(self, x, y):
        return self.after(ops.concat([self.before(x), y], axis=1))


class Given(nn.Module):
    """x -> network(x, y) for labels y that are fixed: (K,) for all examples, or (N, K).

    `rounds`: may there be more rows than labels?  Then they come in rounds of N, as the codes do of
    which each example has several.
    """

    def __init__(self, network, y, rounds=False):
        self.network, self.y, self.rounds = network, y, rounds

    def forward(self, x):
        return self.network(x, self._rows(x.shape[0]))

    def _rows(self, n):
        """The labels of n examples.   -> (n, K)"""
        if len(self.y.shape) == 1:
            return ops.broadcast_to(self.y, (n, *self.y.shape))
        labels = self.y.shape[0]
        if n == labels:
            return self.y
        if not self.rounds or n % labels:
            rows = "codes in rounds of" if self.rounds else "examples for"
            raise ShapeError("given(y): examples and labels do not pair up\n"
                             f"  expected  {rows} {labels} labels\n  got       {n}")
        return ops.tile(self.y, (n // labels, 1))


def as_labels(what, y, classes, like=None):
    """y as an array of integers where `like` lives: () or (N,), each in 0 ... classes - 1.

    `what` begins the errors: TypeError for other numbers, ShapeError for another shape, IndexError
    for a label outside (looked at on the host; on a device only inside `sg.backend.checked()`).
    """
    y = raw(y)
    home = backend.asarray(0.0) if like is None else raw(like)
    space = backend.namespace(home)
    if not backend.is_array(y) or backend.namespace(y) is not space:
        y = space.asarray(backend.to_numpy(y), device=home.device)
    if not space.isdtype(y.dtype, "integral"):
        raise TypeError(f"{what}: labels are the numbers of classes\n"
                        f"  expected  integers 0 ... {classes - 1}\n  got       dtype {y.dtype}")
    if len(y.shape) > 1 or 0 in y.shape:
        raise ShapeError(f"{what}: one label for all examples, or one for each\n"
                         f"  expected  () or (N,)\n  got       {tuple(y.shape)}")
    if backend.values_are_checked(space) and bool(space.any((y < 0) | (y >= classes))):
        raise IndexError(f"{what}: a label names no class\n"
                         f"  expected  0 ... {classes - 1}, for {classes} classes\n"
                         f"  got       {int(space.min(y))} ... {int(space.max(y))}")
    return y


def one_hot(y, classes, like=None):
    """Zeros with a one at the label, in the dtype of `like`.   () or (N,) -> (K,) or (N, K)"""
    space = backend.namespace(y)
    places = space.arange(classes, dtype=space.int64, device=y.device)     # uint8 ends at 255
    dtype = space.float32 if like is None else like.dtype
    return space.astype(space.expand_dims(space.astype(y, space.int64), axis=-1) == places, dtype)
