"""ActNorm: each feature shifted and scaled, so that the first batch comes out normalised."""
from ... import backend, nn
from ...autodiff import ops
from ..base import broadcast_to, raw
from .base import Bijector, as_tensor
from .linear import require_vectors


class ActNorm(Bijector):
    """y = loc + exp(log_scale) x for each feature,   log |det dy/dx| = sum log_scale   (..., D)

    In a flow data comes from the side of y.  The first batch of data that passes `inverse` in
    training sets loc and log_scale to its mean and log standard deviation, so that x leaves with
    mean 0 and variance 1; from then on they are ordinary Parameters.  Unlike BatchNorm it treats an
    example alike in any company, and its log-det is a constant (Kingma and Dhariwal 2018, sec.
    3.1, where y is called the input and x the output).

    Before that batch, and in `eval()`, nothing is set; loc = log_scale = 0 is the identity.
    Raises ValueError for a first batch of one example.
    """

    event_rank = 1
    affine = entrywise = True

    def __init__(self, features, *, dtype="float32"):
        self.loc = nn.Parameter(nn.init.zeros((features,), dtype=dtype))
        self.log_scale = nn.Parameter(nn.init.zeros((features,), dtype=dtype))
        self.initialised = nn.init.zeros((1,), dtype=dtype)         # saved, so that it happens once
        self._seen = False          # what was read there: reading from a device waits for it

    def forward_and_log_det(self, x):
        require_vectors(self.describe(), x, self.loc.shape[0])
        log_det = broadcast_to(ops.sum(self.log_scale), x.shape[:-1])
        return self.loc + ops.exp(self.log_scale) * x, log_det

    def inverse_and_log_det(self, y):
        require_vectors(self.describe(), y, self.loc.shape[0])
        if self.training and not self._is_initialised():
            self._initialise(raw(y))
        log_det = broadcast_to(-ops.sum(self.log_scale), y.shape[:-1])
        return (as_tensor(y) - self.loc) * ops.exp(-self.log_scale), log_det

    def _is_initialised(self):
        self._seen = self._seen or bool(backend.to_numpy(self.initialised)[0])
        return self._seen

    def _initialise(self, y):
        y = ops.reshape(y, (-1, y.shape[-1]))
        if y.shape[0] < 2:
            raise ValueError(f"{self.describe()}: one example has no standard deviation\n"
                             "  expected  a first batch of two or more\n"
                             f"  got       {y.shape[0]}")
        # A feature that does not vary in this batch may vary in the next: it is not blown up.
        deviation = ops.std(y, axis=0)
        self.loc.data = ops.mean(y, axis=0)
        self.log_scale.data = ops.log(ops.maximum(deviation, _SMALLEST))
        self.initialised[...] = 1
        self._seen = True

    def describe(self):
        return f"ActNorm({self.loc.shape[0]})"


_SMALLEST = 1e-4
