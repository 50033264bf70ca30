"""Coupling: half of the features say how the other half is scaled and shifted."""
import math

from ... import backend
from ...autodiff import ops
from ...errors import ShapeError
from .base import Bijector, as_tensor
from .linear import require_vectors

LIMIT = 3.0                 # of |log scale|: from exp(-3) = 0.05 to exp(3) = 20


def bounded(x, limit):
    """limit tanh(x / limit): x near 0, never beyond the limit.

    A log-scale out of a network multiplies by its exponential, and one bad step would overflow.
    """
    return limit * ops.tanh(x / limit)


def require_limit(limit):
    if not 0 < limit < math.inf:
        raise ValueError(f"the limit of |log scale| is a positive number, got {limit!r}")
    return float(limit)


class Coupling(Bijector):
    """y = x exp(s) + t,   s, t = (1 - mask) network(mask x),   log |det dy/dx| = sum s   (..., D)

    Features with mask 1 are kept (s = t = 0), and they alone decide s and t of the others: so the
    way back, x = (y - t) exp(-s), meets the same s and t, and the Jacobian is triangular whatever
    the network is.  What one layer keeps the next should change: two are coupled with masks m and
    1 - m (Dinh, Sohl-Dickstein and Bengio 2017, eq. 7-9).

    mask      D numbers, 0 or 1, some of each, else ValueError
    network   a Module or function, (..., D) -> (..., 2D): D numbers for s, then D for t
    limit     |s| stays below it: s = limit tanh(network / limit)
    """

    event_rank = 1

    def __init__(self, mask, network, *, limit=LIMIT, dtype="float32"):
        values = [float(m) for m in backend.to_numpy(mask)]
        if set(values) != {0.0, 1.0}:
            raise ValueError("Coupling: a mask says for each feature whether it is kept\n"
                             "  expected  0s and 1s, some of each\n"
                             f"  got       {str(values)[:60]}")
        self.mask = backend.asarray(values, dtype)
        self.network, self.limit = network, require_limit(limit)

    def forward_and_log_det(self, x):
        x = as_tensor(x)
        log_scale, shift = self._conditioned(x)
        return x * ops.exp(log_scale) + shift, ops.sum(log_scale, axis=-1)

    def inverse_and_log_det(self, y):
        y = as_tensor(y)
        log_scale, shift = self._conditioned(y)
        return (y - shift) * ops.exp(-log_scale), -ops.sum(log_scale, axis=-1)

    def _conditioned(self, x):
        """(s, t) of each feature, from the features that are kept."""
        d = self.mask.shape[0]
        require_vectors(self.describe(), x, d)
        h = self.network(x * self.mask)
        if tuple(h.shape) != (*x.shape[:-1], 2 * d):
            raise ShapeError(f"{self.describe()}: the network must give two numbers a feature\n"
                             f"  expected  {(*x.shape[:-1], 2 * d)}\n  got       {tuple(h.shape)}")
        changed = 1 - self.mask
        return bounded(h[..., :d], self.limit) * changed, h[..., d:] * changed

    def describe(self):
        return f"Coupling({self.mask.shape[0]})"
