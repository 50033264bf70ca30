"""sg.ops: arrays in, array out; any Tensor in, Tensor out.  Names and keywords are the array-API standard's.

Importing this module gives Tensor its operators.
"""
from ..tensor import Tensor
from .elementwise import (abs, acos, add, asin, astype, atan, atanh, clip, cos, cosh, divide, elu, erf,
                          exp, expm1, gelu, leaky_relu, log, log1p, log2, log_sigmoid, maximum, minimum,
                          multiply, negative, pow, reciprocal, relu, sigmoid, sign, silu, sin, sinh,
                          softplus, sqrt, square, subtract, tan, tanh, where)
from .fused import bce_with_logits, linear
from .linalg import matmul
from .reduce import mean, sum
from .shape import broadcast_to, getitem, identity, matrix_transpose, permute_dims, reshape


def _value(x):
    return x.data if isinstance(x, Tensor) else x


Tensor.__add__ = Tensor.__radd__ = lambda a, b: add(a, b)
Tensor.__mul__ = Tensor.__rmul__ = lambda a, b: multiply(a, b)
Tensor.__sub__ = lambda a, b: subtract(a, b)
Tensor.__rsub__ = lambda a, b: subtract(b, a)
Tensor.__truediv__ = lambda a, b: divide(a, b)
Tensor.__rtruediv__ = lambda a, b: divide(b, a)
Tensor.__pow__ = lambda a, b: square(a) if isinstance(b, int) and b == 2 else pow(a, b)
Tensor.__rpow__ = lambda a, b: pow(b, a)
Tensor.__matmul__ = lambda a, b: matmul(a, b)
Tensor.__rmatmul__ = lambda a, b: matmul(b, a)
Tensor.__neg__ = lambda a: negative(a)
Tensor.__abs__ = lambda a: abs(a)
Tensor.__getitem__ = lambda a, index: getitem(a, index=index)
# Comparisons are for looking and for masks: they give plain boolean arrays and no gradient.
Tensor.__lt__ = lambda a, b: a.data < _value(b)
Tensor.__le__ = lambda a, b: a.data <= _value(b)
Tensor.__gt__ = lambda a, b: a.data > _value(b)
Tensor.__ge__ = lambda a, b: a.data >= _value(b)
Tensor.__eq__ = lambda a, b: a.data == _value(b)
Tensor.__ne__ = lambda a, b: a.data != _value(b)
Tensor.__hash__ = object.__hash__
Tensor.sum, Tensor.mean, Tensor.astype = sum, mean, astype
Tensor.reshape = lambda x, *shape: reshape(x, shape[0] if len(shape) == 1 else shape)
Tensor.mT = property(matrix_transpose)
