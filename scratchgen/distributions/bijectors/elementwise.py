"""Bijectors of single numbers: the Jacobian is diagonal, so each entry has a log-det of its own."""
import math

from ... import backend
from ...autodiff import ops
from ...errors import ShapeError
from ..base import broadcast_shape, broadcast_to, raw
from .base import Bijector, constant_or_parameter, zeros


class Affine(Bijector):
    """y = shift + scale x,   log |dy/dx| = log |scale|

    At most one of `scale` (any number but 0) and `log_scale` (any number, for a positive scale) is
    given; 1 is the default.  Both broadcast to the shape of x.  Numbers and arrays are constants;
    Parameters are trained.

    Raises ValueError for a scale of 0 (looked at on the host; on a device only inside
    `sg.backend.checked()`), and ShapeError where they do not broadcast to the shape of x.
    """

    affine = entrywise = True

    def __init__(self, shift=0.0, scale=None, *, log_scale=None):
        if scale is not None and log_scale is not None:
            raise ValueError("Affine takes one of scale and log_scale\n  got       both")
        self.shift = constant_or_parameter(shift)
        self.scale = None if scale is None else constant_or_parameter(scale)
        self.log_scale = 0.0 if log_scale is None else constant_or_parameter(log_scale)
        if scale is not None:
            require_no_zero("Affine: a scale", self.scale)

    def forward_and_log_det(self, x):
        scale, log_det = self._scale(x)
        return ops.add(ops.multiply(scale, x), self.shift), broadcast_to(log_det, x.shape)

    def inverse_and_log_det(self, y):
        scale, log_det = self._scale(y)
        return ops.divide(ops.subtract(y, self.shift), scale), broadcast_to(-log_det, y.shape)

    def _scale(self, x):
        """(scale, log |scale|), which has some shape that broadcasts to that of x."""
        shapes = {name: getattr(value, "shape", ()) for name, value in
                  (("shift", self.shift), ("scale", self.scale), ("log_scale", self.log_scale))}
        if broadcast_shape("Affine", x=x.shape, **shapes) != x.shape:
            given = ", ".join(f"{name} {shape}" for name, shape in shapes.items() if shape)
            raise ShapeError("Affine: its parameters do not broadcast to the shape of x\n"
                             f"  expected  {x.shape}, or less\n  got       {given}")
        zero = zeros((), x)                     # makes a number an array of the kind of x
        if self.scale is None:
            log_scale = ops.add(zero, self.log_scale)
            return ops.exp(log_scale), log_scale
        return self.scale, ops.log(ops.abs(ops.add(zero, self.scale)))


class Exp(Bijector):
    """y = exp(x) > 0,   log |dy/dx| = x"""

    entrywise = True

    def forward_and_log_det(self, x):
        return ops.exp(x), x

    def inverse_and_log_det(self, y):
        outside = raw(y) <= 0
        x = ops.log(ops.where(outside, 1.0, y))
        return x, ops.where(outside, -math.inf, -x)


class Sigmoid(Bijector):
    """y = 1 / (1 + exp(-x)) in (0, 1),   log |dy/dx| = log y + log(1 - y)

    The logarithms are taken from x, where y has long been rounded to 0 or 1.  The way back from
    such a y is lost: 1 belongs to no finite x.
    """

    entrywise = True

    def forward_and_log_det(self, x):
        return ops.sigmoid(x), -ops.softplus(x) - ops.softplus(-x)

    def inverse_and_log_det(self, y):
        outside = (raw(y) <= 0) | (raw(y) >= 1)
        y = ops.where(outside, 0.5, y)
        zero, one = ops.log(y), ops.log1p(-y)
        return zero - one, ops.where(outside, -math.inf, -zero - one)


class Tanh(Bijector):
    """y = tanh(x) in (-1, 1),   log |dy/dx| = log(1 - y^2) = 2 (log 2 - x - softplus(-2x))

    The right-hand side is exact where y has long been rounded to -1 or 1 and 1 - y^2 to 0.
    """

    entrywise = True

    def forward_and_log_det(self, x):
        return ops.tanh(x), 2 * (math.log(2) - x - ops.softplus(-2 * x))

    def inverse_and_log_det(self, y):
        outside = (raw(y) <= -1) | (raw(y) >= 1)
        y = ops.where(outside, 0.0, y)
        return ops.atanh(y), ops.where(outside, -math.inf, -ops.log1p(y) - ops.log1p(-y))


class Softplus(Bijector):
    """y = log(1 + exp(x)) > 0,   log |dy/dx| = log sigmoid(x)

    Back, x = log(exp(y) - 1) = y + log(1 - exp(-y)), which overflows for no y.
    """

    entrywise = True

    def forward_and_log_det(self, x):
        return ops.softplus(x), ops.log_sigmoid(x)

    def inverse_and_log_det(self, y):
        outside = raw(y) <= 0
        y = ops.where(outside, 1.0, y)
        log_slope = ops.log(-ops.expm1(-y))                     # log sigmoid(x) = log(1 - exp(-y))
        return y + log_slope, ops.where(outside, -math.inf, -log_slope)


def require_no_zero(what, x):
    """ValueError if any of these numbers is 0."""
    array = backend.asarray(x) if isinstance(x, float) else raw(x)
    space = backend.namespace(array)
    if backend.values_are_checked(space) and bool(space.any(array == 0)):
        raise ValueError(f"{what} of 0 makes all points equal, and no way leads back\n"
                         "  expected  any other number\n  got       0")
