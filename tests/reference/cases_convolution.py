"""Convolution, its transpose and pooling over many geometries. From PyTorch, channels last here."""
import numpy as np
import torch
import torch.nn.functional as F

from tests.reference.torch_cases import case

# (H, W), (Kh, Kw), stride, padding, dilation.
GEOMETRIES = [
    ((5, 5), (3, 3), 1, 0, 1), ((5, 5), (3, 3), 1, 1, 1), ((5, 5), (3, 3), 2, 1, 1),
    ((6, 6), (3, 3), 2, 1, 1), ((7, 7), (3, 3), 2, 0, 1), ((8, 8), (4, 4), 2, 1, 1),
    ((7, 7), (4, 4), 2, 1, 1), ((7, 7), (4, 4), 3, 1, 1), ((8, 8), (4, 4), 3, 1, 1),
    ((9, 9), (4, 4), 3, 1, 1), ((4, 6), (1, 1), 1, 0, 1), ((5, 6), (1, 1), 2, 0, 1),
    ((5, 4), (5, 4), 1, 0, 1), ((3, 3), (5, 5), 1, 2, 1), ((1, 1), (3, 3), 1, 1, 1),
    ((1, 7), (1, 3), 1, 0, 1), ((7, 1), (3, 1), 2, 0, 1), ((6, 7), (2, 3), 1, 0, 1),
    ((6, 7), (3, 2), (2, 1), 0, 1), ((6, 7), (3, 2), (1, 3), (0, 1), 1),
    ((7, 8), (2, 2), (3, 2), (1, 0), 1), ((5, 6), (2, 2), (4, 3), (2, 1), 1),
    ((7, 7), (3, 3), 1, 0, 2), ((7, 8), (3, 3), 2, 1, 2), ((8, 7), (3, 2), 1, 2, (2, 3)),
    ((9, 8), (2, 3), (2, 3), (1, 2), (3, 2)), ((6, 6), (2, 2), 2, 0, 1), ((7, 6), (2, 2), 2, 0, 1),
    ((6, 6), (2, 2), 3, 0, 1), ((4, 4), (2, 2), 1, 3, 1), ((5, 5), (2, 2), 5, 0, 1),
    ((6, 5), (3, 3), 1, (2, 0), 1), ((10, 4), (4, 2), (3, 1), (2, 1), (1, 2)),
    ((11, 10), (5, 5), 2, 2, 1),
]
# Gradients are as large as the inputs, so the fixture takes few images and channels.
CHANNELS = [(1, 1), (2, 1), (1, 2), (2, 2)]


def channels_first(x):
    return x.permute(0, 3, 1, 2).contiguous()


def channels_last(x):
    return x.permute(0, 2, 3, 1)


def kernel_first(w):
    """(Kh, Kw, C, O) -> (O, C, Kh, Kw), for a transposed convolution PyTorch's (in, out, ...)."""
    return w.permute(3, 2, 0, 1).contiguous()


def both(value):
    return value if isinstance(value, tuple) else (value, value)


def convolutions(rng):
    for k, (sizes, kernel, stride, padding, dilation) in enumerate(GEOMETRIES):
        c, o = CHANNELS[k % 4]
        form = {"stride": stride, "padding": padding, "dilation": dilation}
        n = 2 if k % 5 == 0 else 1
        x, w = rng.normal(size=(n, *sizes, c)), rng.normal(size=(*kernel, c, o))
        b = rng.normal(size=o)

        def down(x, w, b=None):
            return channels_last(F.conv2d(channels_first(x), kernel_first(w), b, **form))

        inputs = (x, w, b) if k % 3 else (x, w)
        yield case("conv2d", down, *inputs, params=form)

        out = down(torch.tensor(x), torch.tensor(w)).shape
        u, b = rng.normal(size=tuple(out)), rng.normal(size=c)
        rest = tuple((n + 2 * p - d * (a - 1) - 1) % s for n, a, s, p, d in
                     zip(sizes, kernel, both(stride), both(padding), both(dilation)))

        def up(u, w, b=None):
            return channels_last(F.conv_transpose2d(channels_first(u), kernel_first(w), b,
                                                    output_padding=rest, **form))

        named = {"output_size": sizes} if k % 2 else {"output_padding": rest}
        inputs = (u, w, b) if k % 3 else (u, w)
        yield case("conv_transpose2d", up, *inputs, params={**form, **named})


# (H, W), kernel, stride, padding.
POOLS = [
    ((4, 4), 2, None, 0), ((5, 5), 2, None, 0), ((5, 6), 3, 2, 1), ((6, 5), (2, 3), (1, 2), 0),
    ((5, 5), 3, 1, 1), ((4, 5), (3, 2), (2, 3), (1, 1)), ((3, 3), 3, None, 0), ((4, 4), 1, 2, 0),
]


def pools(rng):
    for sizes, kernel, stride, padding in POOLS:
        x = rng.normal(size=(1, *sizes, 2))
        form = {"kernel": kernel, "stride": stride, "padding": padding}
        for op, function in (("max_pool2d", F.max_pool2d), ("avg_pool2d", F.avg_pool2d)):
            yield case(op, lambda x: channels_last(function(channels_first(x), kernel, stride,
                                                            padding)), x, params=form)
    ties = rng.integers(0, 2, (1, 6, 6, 2)).astype(np.float64)
    for stride in (1, 2):
        yield case("max_pool2d",
                   lambda x: channels_last(F.max_pool2d(channels_first(x), 3, stride, 1)), ties,
                   params={"kernel": 3, "stride": stride, "padding": 1}, note="of ties")


ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid,
               "leaky_relu": lambda y: F.leaky_relu(y, 0.2)}


def with_activations(rng):
    """Convolution both ways, of enough channels for every road through them, and batch norm."""
    x, w = rng.normal(size=(2, 4, 5, 8)), rng.normal(size=(3, 2, 8, 2)) / 4
    u, v = rng.normal(size=(2, 2, 3, 2)), rng.normal(size=(3, 2, 8, 2)) / 2
    y, scale, shift = rng.normal(size=(2, 2, 3, 3)) * 2 + 1, rng.normal(size=3), rng.normal(size=3)
    form = {"stride": 2, "padding": 1}
    for name, function in ACTIVATIONS.items():
        def down(x, w, b):
            y = F.conv2d(channels_first(x), kernel_first(w), b, **form)
            return function(channels_last(y))

        def up(u, w, b):
            y = F.conv_transpose2d(channels_first(u), kernel_first(w), b, **form)
            return function(channels_last(y))

        def batch_norm(x, w, b):
            y = F.batch_norm(channels_first(x), None, None, w, b, training=True)
            return function(channels_last(y))

        yield case("conv2d", down, x, w, rng.normal(size=2), params={**form, "activation": name})
        yield case("conv_transpose2d", up, u, v, rng.normal(size=8),
                   params={**form, "activation": name})
        yield case("batch_norm", batch_norm, y, scale, shift, params={"activation": name})


def cases(rng):
    yield from convolutions(rng)
    yield from pools(rng)
    yield from with_activations(rng)
