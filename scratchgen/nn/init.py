"""Initial weights: how far from zero training starts, so that signals neither die nor explode.

If y_o = sum_i x_i w_io over I independent inputs, then Var y = I Var w E[x^2]: forward signals
keep their size if Var w = 1/I, backward ones if Var w = 1/O.  Each initialiser picks a compromise.

Every function takes a shape and `rng=` (an int or a `numpy.random.Generator`) and returns an array
of `dtype` (float32) on the backend in use.  Numbers are drawn on the host in float64 and rounded,
so float32 and float64 networks with the same seed start from the same point.
"""
import math

from .. import backend


def fans(shape):
    """(fan in, fan out): how many numbers make one output, and how many outputs one number reaches.

    (I, O) -> I, O          a dense layer
    (Kh, Kw, C, O) -> Kh Kw C, Kh Kw O          a convolution: each output sees a patch
    """
    if len(shape) < 2:
        raise ValueError(f"fans are those of weights of 2 axes or more, got shape {tuple(shape)}")
    patch = math.prod(shape[:-2])
    return patch * shape[-2], patch * shape[-1]


def zeros(shape, *, dtype="float32"):
    """w = 0: for biases.  (Weights that start equal stay equal: nothing tells the units apart.)"""
    return constant(shape, 0.0, dtype=dtype)


def ones(shape, *, dtype="float32"):
    """w = 1: for the factors of a normalisation."""
    return constant(shape, 1.0, dtype=dtype)


def constant(shape, value, *, dtype="float32"):
    """w = value"""
    number = backend.asarray(value, dtype)
    xp = backend.namespace(number)
    return xp.asarray(xp.broadcast_to(number, tuple(shape)), copy=True)


def uniform(shape, bound, *, rng, dtype="float32"):
    """w ~ U(-bound, bound), of variance bound^2 / 3"""
    return backend.asarray(backend.rng(rng).uniform(-bound, bound, shape), dtype)


def normal(shape, scale, *, rng, dtype="float32"):
    """w ~ N(0, scale^2)"""
    return backend.asarray(backend.rng(rng).normal(0.0, scale, shape), dtype)


def fan_in_uniform(shape, *, rng, dtype="float32"):
    """w ~ U(-1/sqrt(fan in), 1/sqrt(fan in)), of variance 1 / (3 fan in).  PyTorch's default.

    There it is written as He et al.'s rule for a leaky ReLU of slope sqrt(5), whose bound is
    sqrt(6 / ((1 + 5) fan in)) = sqrt(1 / fan in).
    """
    return uniform(shape, 1 / math.sqrt(fans(shape)[0]), rng=rng, dtype=dtype)


def glorot_uniform(shape, *, rng, dtype="float32"):
    """w ~ U(-b, b) with b = sqrt(6 / (fan in + fan out)); for tanh and sigmoid.

    Glorot and Bengio 2010, eq. 16: Var w = 2 / (fan in + fan out), between 1 / fan in (forward)
    and 1 / fan out (backward).
    """
    return uniform(shape, math.sqrt(6 / sum(fans(shape))), rng=rng, dtype=dtype)


def glorot_normal(shape, *, rng, dtype="float32"):
    """w ~ N(0, 2 / (fan in + fan out))          (Glorot and Bengio 2010, eq. 12)"""
    return normal(shape, math.sqrt(2 / sum(fans(shape))), rng=rng, dtype=dtype)


def he_uniform(shape, *, slope=0.0, rng, dtype="float32"):
    """w ~ U(-b, b) with b = sqrt(6 / ((1 + slope^2) fan in)); for (leaky) ReLUs.

    He et al. 2015, eq. 15: E[relu(y)^2] = Var y / 2, and the 6 = 2 * 3 makes up for that half.
    """
    return uniform(shape, math.sqrt(6 / ((1 + slope**2) * fans(shape)[0])), rng=rng, dtype=dtype)


def he_normal(shape, *, slope=0.0, rng, dtype="float32"):
    """w ~ N(0, 2 / ((1 + slope^2) fan in))          (He et al. 2015, eq. 15)"""
    return normal(shape, math.sqrt(2 / ((1 + slope**2) * fans(shape)[0])), rng=rng, dtype=dtype)
