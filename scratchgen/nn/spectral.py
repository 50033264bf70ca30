"""Spectral normalisation: a layer whose weights are divided by their largest singular value."""
import copy

from .. import backend
from ..autodiff import ops
from .convolution import Conv2d
from .dense import Linear
from .module import Module

_STEPS_AT_FIRST = 15            # of the power iteration, so that the first sigma is of some use


class SpectralNorm(Module):
    """The layer with W / sigma(W) for its weights W, where sigma(W) = max |W h| / |h|.

        SpectralNorm(nn.Conv2d(1, 32, 4, stride=2, rng=rng), rng=rng)

    W is the kernel as a matrix, (I, O) of a Linear and (Kh Kw C, O) of a Conv2d.  sigma, its
    largest singular value, comes from the power iteration (Miyato et al. 2018, algorithm 1)

        v = W u / |W u|         u <- W^T v / |W^T v|        sigma = v^T W u

    with one step each time the layer is used in training: u (O,) is a buffer, random at first, and
    weights move so slowly that it keeps up with them; until it has, sigma is too small.  After
    eval() u stays as it is.  To every gradient u and v are constants, so d sigma / dW = v u^T
    (their eq. 11), which is exact once they have converged.

    A Linear becomes a map with Lipschitz constant 1.  A convolution does *not*: sigma is that of
    the matrix that makes one output pixel of one patch, and as each pixel is part of up to Kh Kw
    patches, the operator's norm may be anything up to sqrt(Kh Kw), for stride 1.

    Takes any input and gives any output of the layer.  `rng` (an int or a
    `numpy.random.Generator`) draws u.  TypeError unless the layer is a Linear or a Conv2d;
    ValueError if its weights are all zero, which no number scales to norm 1, also later on (seen on
    the host).
    """

    def __init__(self, layer, *, rng):
        if type(layer) not in (Linear, Conv2d):
            raise TypeError("SpectralNorm: there is no matrix to take the norm of\n"
                            "  expected  a Linear or a Conv2d\n"
                            f"  got       {type(layer).__name__}")
        if not backend.to_numpy(layer.weight.data).any():
            raise ValueError(f"SpectralNorm: the weights of {layer.describe()} are all zero")
        self.layer = layer
        u = backend.rng(rng).normal(size=layer.weight.shape[-1])
        self.u = backend.from_host(u, like=layer.weight.data)
        for _ in range(_STEPS_AT_FIRST):
            _, self.u = self._power_step()

    def sigma(self):
        """v^T W u with the u remembered and v = W u / |W u|, differentiable in W alone.   -> ()"""
        return self._sigma(self._power_step()[0], self.u)

    def forward(self, x):
        v, u = self._power_step()
        if self.training:
            self.u = u              # a new array: graphs recorded with the old one stay right
        # The layer as it is but for its weights, which are no Parameter but made of one.
        twin = copy.copy(self.layer)
        vars(twin)["weight"] = self.layer.weight / self._sigma(v, self.u)
        return twin(x)

    def _power_step(self):
        """(v, the next u), as arrays."""
        weight = self.layer.weight.data
        xp = backend.namespace(weight)
        matrix = xp.reshape(weight, (-1, weight.shape[-1]))
        v = self._unit(xp, xp.matmul(matrix, self.u))
        return v, self._unit(xp, xp.matmul(v, matrix))

    def _unit(self, xp, vector):
        norm = xp.sqrt(xp.sum(vector * vector))
        if backend.values_are_checked(xp) and float(norm) == 0:
            raise ValueError("SpectralNorm: sigma is 0, and no number scales that to norm 1\n"
                             f"  expected  weights of {self.layer.describe()}, and u, that are not "
                             "zero, nor so small that their squares are")
        return vector / norm

    def _sigma(self, v, u):
        weight = self.layer.weight
        return ops.vecdot(ops.matmul(v, ops.reshape(weight, (-1, weight.shape[-1]))), u)

    def describe(self):
        return f"SpectralNorm({self.layer.describe()})"
