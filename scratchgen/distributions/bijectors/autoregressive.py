"""MaskedAutoregressive: each feature is scaled and shifted as those before it say."""
from ...autodiff import ops
from ...errors import ShapeError
from .base import Bijector, as_tensor, zeros
from .coupling import LIMIT, bounded, require_limit
from .linear import require_vectors


class MaskedAutoregressive(Bijector):
    """y_i = x_i exp(s_i) + t_i,   s_i, t_i = network(y)_i from y_j before i alone   (..., D)

    log |det dy/dx| = sum s, as the Jacobian is triangular in the order of the features.  The way
    back, x = (y - t) exp(-s), is one pass through the network, so densities of data are fast; the
    way there finds one more feature in each of D passes, so sampling is slow (Papamakarios,
    Pavlakou and Murray 2017, eq. 3-6).  `Inverse` of it has fast samples and slow densities.

    network   an `nn.MaskedMLP` with two outputs a feature; its order is the order of the features
    limit     |s| stays below it: s = limit tanh(network / limit)
    """

    event_rank = 1

    def __init__(self, network, *, limit=LIMIT):
        if network.outputs != 2:
            raise ShapeError("MaskedAutoregressive: a scale and a shift take two outputs a "
                             f"feature\n  expected  2\n  got       {network.outputs}")
        self.network, self.limit = network, require_limit(limit)

    def forward_and_log_det(self, x):
        d = self.network.position.shape[0]
        require_vectors(self.describe(), x, d)
        x = as_tensor(x)
        y = zeros(x.shape, x)
        for _ in range(d):              # each pass makes one more feature right: the next in order
            log_scale, shift = self._conditioned(y)
            y = x * ops.exp(log_scale) + shift
        return y, ops.sum(self._conditioned(y)[0], axis=-1)

    def inverse_and_log_det(self, y):
        require_vectors(self.describe(), y, self.network.position.shape[0])
        log_scale, shift = self._conditioned(y)
        return (as_tensor(y) - shift) * ops.exp(-log_scale), -ops.sum(log_scale, axis=-1)

    def _conditioned(self, y):
        """(s, t) of each feature, from those before it."""
        h = self.network(y)                                             # (..., 2, D)
        return bounded(h[..., 0, :], self.limit), h[..., 1, :]

    def describe(self):
        return f"MaskedAutoregressive({self.network.position.shape[0]})"
