"""How to draw inputs for every kernel of scratchgen.backend's standard modules."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 1e-30, -1e-30, 700.0, -700.0, 1e30, -1e30,
           float("inf"), -float("inf"), float("nan")]
DTYPES = st.sampled_from([np.float32, np.float64])
SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)


def numbers(low=-50.0, high=50.0, special=True):
    finite = st.floats(low, high, width=16)
    return finite | st.sampled_from(SPECIAL) if special else finite


@st.composite
def one_array(draw, **limits):
    return (draw(hnp.arrays(draw(DTYPES), draw(SHAPES), elements=numbers(**limits))),)


@st.composite
def two_arrays(draw):
    """Arrays that broadcast, of any two dtypes, or an array and a number."""
    shapes = draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=4))
    a, b = (draw(hnp.arrays(draw(DTYPES), shape, elements=numbers()))
            for shape in shapes.input_shapes)
    if a.size and draw(st.booleans()):
        b[...] = np.broadcast_to(a, np.broadcast_shapes(a.shape, b.shape)).ravel()[0]   # ties
    return a, draw(st.sampled_from([b, 0.5]))


@st.composite
def array_and_narrow_shape(draw):
    """Whole numbers, whose sums are exact in any order, and a shape that broadcasts to theirs."""
    shape = draw(SHAPES)
    x = draw(hnp.arrays(draw(DTYPES), shape, elements=st.integers(-8, 8).map(float)))
    kept = draw(st.integers(0, len(shape)))
    return x, tuple(draw(st.sampled_from([1, n])) for n in shape[len(shape) - kept:])


@st.composite
def array_and_slope(draw):
    return (*draw(one_array()), draw(st.sampled_from([0.2, 0.0, 1.0, 2.0, -0.5])))


@st.composite
def array_and_bounds(draw):
    bound = st.sampled_from([None, -1.0, 0, 0.5])
    return (*draw(one_array()), draw(bound), draw(bound))


ACTIVATIONS = st.sampled_from([None, "relu", "leaky_relu", "tanh", "sigmoid"])


@st.composite
def activation(draw, back):
    """What activated takes: y (..., C), b (C) or None, a name.  Or its gradient: g, y, a name."""
    y = draw(hnp.arrays(draw(DTYPES), hnp.array_shapes(max_dims=3, min_side=0, max_side=4),
                        elements=numbers(-3, 3, special=back)))
    if back:
        g = draw(hnp.arrays(y.dtype, y.shape, elements=numbers(-3, 3, special=False)))
        return g, y, draw(ACTIVATIONS.filter(bool))
    b = draw(hnp.arrays(y.dtype, y.shape[-1:], elements=numbers(-3, 3, special=False)))
    return y, draw(st.sampled_from([b, None])), draw(ACTIVATIONS)


@st.composite
def layer(draw):
    """x (..., I), w (I, O), b (O) or None, and an activation."""
    leading, (i, o) = draw(SHAPES), draw(st.tuples(*[st.integers(1, 4)] * 2))
    dtype = draw(DTYPES)
    x, w, b = (draw(hnp.arrays(dtype, shape, elements=numbers(-3, 3, special=False)))
               for shape in ((*leading, i), (i, o), (o,)))
    return x, w, draw(st.sampled_from([b, None])), draw(ACTIVATIONS)


@st.composite
def logits_and_targets(draw):
    logits, = draw(one_array())
    targets = draw(hnp.arrays(logits.dtype, logits.shape,
                              elements=st.sampled_from([0.0, 1.0]) | st.floats(0, 1, width=16)))
    return logits, targets


def triangle(n, batch, seed):
    """A well-conditioned matrix; the triangle that is not meant is filled too."""
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, (*batch, n, n)) / max(n, 1) + 2 * np.eye(n)


@st.composite
def triangular_system(draw):
    n, columns, seed = draw(st.integers(0, 9)), draw(st.integers(0, 3)), draw(st.integers(0, 99))
    batch = draw(st.sampled_from([(), (2,), (3, 1)]))
    shape = (*draw(st.sampled_from([(), batch])), n, columns)
    b = np.random.default_rng(seed + 1).uniform(-1, 1, shape)
    return triangle(n, batch, seed), b, draw(st.booleans())


@st.composite
def geometry(draw):
    """Image, kernel and output sizes that fit, then stride, padding and dilation as pairs."""
    pairs = [draw(st.tuples(*[st.integers(low, high)] * 2))
             for low, high in ((1, 3), (1, 3), (0, 2), (1, 2))]
    sizes, out = [], []
    for k, s, p, d in zip(*pairs):
        size = draw(st.integers(max(1, d * (k - 1) + 1 - 2 * p), 9))
        sizes.append(size)
        out.append((size + 2 * p - d * (k - 1) - 1) // s + 1)
    kernel, *form = pairs
    return sizes, kernel, out, form


def whole(draw, dtype, *shape):
    """Small whole numbers: their sums are exact in any order."""
    seed = draw(st.integers(0, 999))
    return np.random.default_rng(seed).integers(-4, 5, shape).astype(dtype)


@st.composite
def convolution(draw, kind):
    """The arguments of conv2d, conv_transpose2d, conv2d_weight or columns."""
    sizes, kernel, out, form = draw(geometry())
    n, c, o = draw(st.integers(0, 3)), draw(st.sampled_from([0, 1, 2, 8])), draw(st.integers(0, 3))
    first, second = draw(DTYPES), draw(DTYPES)
    x, w = whole(draw, first, n, *sizes, c), whole(draw, second, *kernel, c, o)
    u, bias = whole(draw, first, n, *out, o), draw(st.booleans())
    activation = draw(ACTIVATIONS)
    if kind == "conv2d":
        return x, w, whole(draw, second, o) if bias else None, *form, activation
    if kind == "conv_transpose2d":
        return u, w, whole(draw, second, c) if bias else None, tuple(sizes), *form, activation
    return (x, u.astype(second), kernel, *form) if kind == "conv2d_weight" else (x, kernel, *form)


@st.composite
def normalisation(draw, back):
    """The arguments of batch_norm or of batch_norm_gradients: n a power of 2, so all is exact."""
    dtype, c = draw(DTYPES), draw(st.integers(1, 3))
    x, g = (whole(draw, dtype, *draw(st.sampled_from([(4,), (2, 2, 2), (1,)])), c) for _ in "xg")
    g = g.reshape(-1)[:1] * np.ones_like(x) + x if g.shape != x.shape else g
    w, b, mean = (whole(draw, dtype, c) for _ in range(3))
    rest, inverse = (draw(hnp.arrays(dtype, c, elements=st.sampled_from(values)))
                     for values in ([0.0, 0.5], [0.5, 1.0, 2.0]))
    return (g, x, w, mean, rest, inverse) if back else \
        (x, w, b, mean, rest, inverse, draw(ACTIVATIONS))


@st.composite
def pooling(draw):
    """Images with ties, infinities and NaN, and windows that never see padding alone."""
    dtype, kernel = draw(DTYPES), draw(st.tuples(*[st.integers(1, 3)] * 2))
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    sizes = [draw(st.integers(max(1, k - 2 * p), 6)) for k, p in zip(kernel, padding)]
    values = st.sampled_from([0.0, 1.0, 2.0, -1.0, float("inf"), -float("inf"), float("nan")])
    x = draw(hnp.arrays(dtype, (draw(st.integers(0, 2)), *sizes, draw(st.integers(1, 2))),
                        elements=values))
    return x, kernel, draw(st.tuples(*[st.integers(1, 3)] * 2)), padding


CASES = {
    "positive": one_array(), "relu": one_array(), "sigmoid": one_array(), "softplus": one_array(),
    "erf": one_array(), "sum_to": array_and_narrow_shape(),
    "step": two_arrays(), "equal_mask": two_arrays(),
    "leaky_relu": array_and_slope(), "within": array_and_bounds(), "linear": layer(),
    "bce_with_logits": logits_and_targets(), "solve_triangular": triangular_system(),
    **{kind: convolution(kind) for kind in ("conv2d", "conv_transpose2d", "conv2d_weight",
                                            "columns")},
    "max_pool_cells": pooling(), "activated": activation(False),
    "activation_gradient": activation(True), "batch_norm": normalisation(False),
    "batch_norm_gradients": normalisation(True),
}
