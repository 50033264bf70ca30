"""sg.ops: arrays in, array out; any Tensor in, Tensor out.

Names and keywords are those of the array-API standard, for what it has.
Importing this module gives Tensor its operators and methods.
"""
from ..tensor import Tensor
from .batch_norm import batch_norm
from .control import identity, stop_gradient, straight_through
from .convolution import conv2d, conv2d_weight, conv_transpose2d
from .discrete import gumbel_softmax, one_hot_argmax, straight_through_argmax
from .elementwise import (abs, acos, add, asin, astype, atan, atanh, clip, cos, cosh, divide, elu,
                          erf, exp, expm1, gelu, leaky_relu, log, log1p, log2, log_sigmoid, maximum,
                          minimum, multiply, negative, pow, reciprocal, relu, sigmoid, sign, silu,
                          sin, sinh, softplus, sqrt, square, subtract, tan, tanh, where)
from .fused import bce_with_logits, gaussian_nll, kl_standard_normal, linear, normalise
from .index import diagonal, getitem, pad, repeat, scatter, take, take_along_axis
from .joining import concat, stack
from .linalg import cholesky, det, inv, logabsdet, solve, solve_triangular
from .pooling import avg_pool2d, max_pool2d
from .probability import log_softmax, logsumexp, softmax, softmax_cross_entropy
from .products import matmul, tensordot, vecdot
from .reduce import cumulative_sum, max, mean, min, norm, prod, std, sum, trace, var
from .shape import (broadcast_to, expand_dims, flip, matrix_transpose, permute_dims, reshape, roll,
                    squeeze, tile, tril, triu)
from .subscripts import einsum
from .tilted import continuous_bernoulli_nll

__all__ = """
    add subtract multiply divide pow negative reciprocal exp log log2 log1p expm1 sqrt square abs
    sign sin cos tan asin acos atan sinh cosh tanh atanh maximum minimum clip where astype
    sum mean var std max min prod cumulative_sum logsumexp norm
    reshape permute_dims matrix_transpose broadcast_to expand_dims squeeze concat stack flip roll
    tile repeat pad tril triu take take_along_axis getitem scatter
    matmul tensordot vecdot einsum cholesky solve solve_triangular inv det logabsdet diagonal trace
    relu leaky_relu elu silu gelu sigmoid log_sigmoid softplus softmax log_softmax erf
    linear normalise bce_with_logits gaussian_nll softmax_cross_entropy kl_standard_normal
    conv2d conv_transpose2d conv2d_weight batch_norm max_pool2d avg_pool2d
    identity stop_gradient straight_through
    one_hot_argmax straight_through_argmax gumbel_softmax
""".split()


def _value(x):
    return x.data if isinstance(x, Tensor) else x


def _transpose(x):
    """The transpose of a matrix; `mT` is that of a stack of matrices."""
    if x.ndim != 2:
        raise ValueError(f".T is for matrices, got shape {x.shape}\n"
                         "  hint      .mT swaps the last two axes, permute_dims any")
    return matrix_transpose(x)


Tensor.__add__ = Tensor.__radd__ = add
Tensor.__mul__ = Tensor.__rmul__ = multiply
Tensor.__sub__ = subtract
Tensor.__rsub__ = lambda a, b: subtract(b, a)
Tensor.__truediv__ = divide
Tensor.__rtruediv__ = lambda a, b: divide(b, a)
Tensor.__pow__ = lambda a, b: square(a) if isinstance(b, int) and b == 2 else pow(a, b)
Tensor.__rpow__ = lambda a, b: pow(b, a)
Tensor.__matmul__ = matmul
Tensor.__rmatmul__ = lambda a, b: matmul(b, a)
Tensor.__neg__ = negative
Tensor.__abs__ = abs
Tensor.__getitem__ = lambda a, index: getitem(a, index=index)
# Comparisons are for looking and for masks: they give plain boolean arrays and no gradient.
Tensor.__lt__ = lambda a, b: a.data < _value(b)
Tensor.__le__ = lambda a, b: a.data <= _value(b)
Tensor.__gt__ = lambda a, b: a.data > _value(b)
Tensor.__ge__ = lambda a, b: a.data >= _value(b)
Tensor.__eq__ = lambda a, b: a.data == _value(b)
Tensor.__ne__ = lambda a, b: a.data != _value(b)
Tensor.__hash__ = object.__hash__
Tensor.sum, Tensor.mean, Tensor.var, Tensor.std = sum, mean, var, std
Tensor.max, Tensor.min, Tensor.prod, Tensor.astype = max, min, prod, astype
Tensor.reshape = lambda x, *shape: reshape(x, shape[0] if len(shape) == 1 else shape)
Tensor.mT = property(matrix_transpose)
Tensor.T = property(_transpose)
