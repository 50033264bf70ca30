"""Linear: every output is a weighted sum of all inputs, plus a bias."""
import numbers

from .. import backend
from ..autodiff import ops
from ..autodiff.tensor import Tensor
from ..errors import ShapeError
from . import init
from .activation import fused, named
from .module import Module
from .parameter import Parameter, like


class Linear(Module):
    """y = x W + b, then an activation if one is given.   (..., I) -> (..., O)

    weight (I, O) and bias (O,) start in U(-1/sqrt(I), 1/sqrt(I)); see `init` for other choices.
    `activation` is the name of an op ("relu", "leaky_relu" with slope 0.2, "tanh", "gelu", ...), a
    function of one Tensor, or None. `rng` is an int or a `numpy.random.Generator`; layers given
    the same int start identical.

    x has the layer's dtype (float32 unless `dtype` says otherwise): TypeError for another one,
    which would turn everything after it into float64 unnoticed.  ShapeError if x does not end in
    I.
    """

    def __init__(self, i, o, *, rng, bias=True, activation=None, dtype="float32"):
        for name, size in (("inputs", i), ("outputs", o)):
            if not isinstance(size, numbers.Integral) or size < 1:
                raise ValueError(f"Linear: {name} are counted by an integer >= 1, got {size!r}")
        rng = backend.rng(rng)
        self.weight = Parameter(init.fan_in_uniform((i, o), rng=rng, dtype=dtype))
        self.bias = Parameter(init.uniform((o,), i ** -0.5, rng=rng, dtype=dtype)) if bias else None
        self.activation = activation
        self._fused, self._then = fused("Linear", activation)

    def forward(self, x):
        x = same_dtype(self, x, self.weight)
        try:
            y = ops.linear(x, self.weight, self.bias, activation=self._fused)
        except ShapeError as error:
            raise ShapeError(f"{self.describe()}: {error}") from None
        return y if self._then is None else self._then(y)

    def describe(self):
        i, o = self.weight.shape
        return f"Linear({i}, {o}{named(self.activation)})"


def same_dtype(layer, x, parameter):
    """x, or numbers made into an array; TypeError unless its dtype is that of the parameter."""
    array, own = x.data if isinstance(x, Tensor) else x, parameter.data
    if not hasattr(array, "dtype"):
        return like(x, own)
    if array.dtype != own.dtype:
        hint = f"x.astype(\"{parameter.dtype}\"), or model.astype(...)"
        if isinstance(x, Tensor) and x.op is not None and f"{x.dtype}".endswith("float64"):
            hint = "float32 beside np.sqrt(2), a float64, becomes float64; beside math.sqrt(2) not"
        raise TypeError(f"{layer.describe()}: the input has another dtype than the parameters\n"
                        f"  expected  {parameter.dtype}\n  got       {x.dtype}\n"
                        f"  hint      {hint}")
    return x
