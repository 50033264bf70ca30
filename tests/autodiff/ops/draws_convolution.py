"""Drawing images, kernels and geometry for convolution and pooling: small and uneven."""
from tests.autodiff.ops.draws import distinct


def number_or_pair(rng, low, high):
    """A number from low to high for both axes, or one for each."""
    if rng.random() < 0.3:
        return int(rng.integers(low, high + 1))
    return tuple(int(n) for n in rng.integers(low, high + 1, 2))


def both(value):
    return value if isinstance(value, tuple) else (value, value)


def some_activation(rng):
    return [None, "relu", "leaky_relu", "tanh", "sigmoid"][rng.integers(5)]


def batch(rng):
    """x (..., C), w (C), b (C): channels of several means and spreads."""
    leading, c = [(5,), (3, 2), (2, 2, 3)][rng.integers(3)], int(rng.integers(1, 4))
    x = rng.normal(size=(*leading, c)) * rng.uniform(0.5, 2, c) + rng.normal(size=c)
    return (x, rng.normal(size=c), rng.normal(size=c)), {
        "eps": float(rng.choice([1e-5, 0.1])), "activation": some_activation(rng)}


def passed_back(rng):
    """g and y = f(x), with x away from the kinks, in a shape that may be empty."""
    activation = some_activation(rng) or "tanh"
    shape = tuple(int(n) for n in rng.integers(0, 4, rng.integers(0, 4)))
    y = rng.uniform(0.1, 0.9, shape)
    if activation != "sigmoid":
        y *= rng.choice([-1, 1], shape)
    return (rng.normal(size=shape), y), {"activation": activation}


def form(rng):
    return {"stride": number_or_pair(rng, 1, 3), "padding": number_or_pair(rng, 0, 2),
            "dilation": number_or_pair(rng, 1, 2)}


def geometry(rng):
    """(N, H, W), (Kh, Kw), (Oh, Ow) and the form: at least one window, and cells left over."""
    params, kernel = form(rng), tuple(int(n) for n in rng.integers(1, 4, 2))
    sizes, out = [], []
    for k, s, p, d in zip(kernel, *map(both, params.values())):
        windows, rest = int(rng.integers(1, 3)), int(rng.integers(0, s))
        size = (windows - 1) * s + d * (k - 1) + 1 + rest - 2 * p
        windows += max(0, -(-(1 - size) // s))          # padding alone is no image
        sizes.append((windows - 1) * s + d * (k - 1) + 1 + rest - 2 * p)
        out.append(windows)
    return (int(rng.integers(1, 3)), *sizes), kernel, tuple(out), params


def convolved(rng):
    (n, h, w), kernel, _, params = geometry(rng)
    c, o = (int(k) for k in rng.integers(1, 3, 2))
    inputs = rng.normal(size=(n, h, w, c)), rng.normal(size=(*kernel, c, o)), rng.normal(size=o)
    return inputs[:2 + (rng.random() < 0.5)], {**params, "activation": some_activation(rng)}


def transposed(rng):
    """With output_padding, with output_size, or with neither where the smallest image is meant."""
    (n, h, w), kernel, out, params = geometry(rng)
    c, o = (int(k) for k in rng.integers(1, 3, 2))
    if rng.random() < 0.5:
        params["output_size"] = h, w
    else:
        smallest = [(m - 1) * s - 2 * p + d * (k - 1) + 1 for m, k, s, p, d in
                    zip(out, kernel, *map(both, params.values()))]
        params["output_padding"] = h - smallest[0], w - smallest[1]
    params["activation"] = some_activation(rng)
    inputs = rng.normal(size=(n, *out, c)), rng.normal(size=(*kernel, o, c)), rng.normal(size=o)
    return inputs[:2 + (rng.random() < 0.5)], params


def weighed(rng):
    (n, h, w), kernel, out, params = geometry(rng)
    c, o = (int(k) for k in rng.integers(1, 3, 2))
    return (rng.normal(size=(n, h, w, c)), rng.normal(size=(n, *out, o))), {"kernel": kernel,
                                                                            **params}


def pooled(rng):
    """An image without two equal numbers, and windows that never see padding alone."""
    kernel = number_or_pair(rng, 1, 3)
    padding = tuple(int(rng.integers(0, k // 2 + 1)) for k in both(kernel))
    sizes = tuple(int(rng.integers(max(1, k - 2 * p), 5)) for k, p in zip(both(kernel), padding))
    params = {"kernel": kernel, "padding": padding}
    if rng.random() < 0.7:
        params["stride"] = number_or_pair(rng, 1, 3)
    return (distinct(rng, (int(rng.integers(1, 3)), *sizes, int(rng.integers(1, 3)))),), params
