"""What every bijector can do: go there, come back, and say how much room it makes."""
from ... import backend, nn
from ...autodiff import ops
from ...autodiff.tensor import Tensor, wrap
from ..base import as_parameters, raw


class Bijector(nn.Module):
    """y = f(x), one-to-one and smooth: x can be computed from y, and so can log |det dy/dx|.

    If x has the density p(x), then y has the density p(x) / |det dy/dx| at y = f(x): where f pulls
    points apart, they lie less densely.  Both directions give that logarithm along with the point:

        forward_and_log_det(x) -> y, log |det dy/dx|
        inverse_and_log_det(y) -> x, log |det dx/dy|        the same number with the other sign

    Where no x leads to y, log |det dx/dy| is -inf, so that the density there is 0, and x is any
    finite number.

    `event_rank` r says how many of the last axes are transformed together: the Jacobian is that of
    these axes, and the logarithm has the shape of the others, x.shape[:x.ndim - r].  With r = 0
    every number is transformed by itself.  y has the shape of x.

    Bijectors are Modules: calling one gives y, Parameters among their attributes are trained, and
    arrays are saved with them.
    """

    event_rank = 0
    affine = False          # f(x) = A x + b with constants A and b: it takes means to means
    entrywise = False       # each entry of y depends on a single entry of x

    def forward_and_log_det(self, x):
        """(y, log |det dy/dx|)"""
        raise NotImplementedError(f"{type(self).__name__} has no forward_and_log_det")

    def inverse_and_log_det(self, y):
        """(x, log |det dx/dy|)"""
        raise NotImplementedError(f"{type(self).__name__} has no inverse_and_log_det")

    def forward(self, x):
        """y = f(x)"""
        return self.forward_and_log_det(x)[0]

    def inverse(self, y):
        """x with f(x) = y"""
        return self.inverse_and_log_det(y)[0]


def constant_or_parameter(x):
    """A number as a float, an array as a copy of floats, a Tensor (a Parameter, say) as it is.

    A number takes the dtype of whatever it is computed with; a copy, since it is the bijector's
    state from now on, and loading a checkpoint writes into it.
    """
    if isinstance(x, (int, float)):
        return float(x)
    x, = as_parameters(x)
    return x if isinstance(x, Tensor) else backend.namespace(x).asarray(x, copy=True)


def as_tensor(x):
    """x as a Tensor, without copying: an array on the left of an operator would not know what to
    do with a Parameter on its right.
    """
    return x if isinstance(x, Tensor) else wrap(x)


def zeros(shape, like):
    """Zeros as an array like the array `like`, or as a Tensor if that is one."""
    array = raw(like)
    y = backend.namespace(array).zeros(shape, dtype=array.dtype, device=array.device)
    return y if like is array else wrap(y)


def sum_last(x, n):
    """x summed over its last n axes."""
    return ops.sum(x, axis=tuple(range(-n, 0))) if n else x
