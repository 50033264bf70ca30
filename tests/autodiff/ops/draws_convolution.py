"""Drawing images, kernels and geometry for convolution and pooling: small and uneven."""
from tests.autodiff.ops.draws import distinct


def number_or_pair(rng, low, high):
    """A number from low to high for both axes, or one for each."""
    if rng.random() < 0.3:
        return int(rng.integers(low, high + 1))
    return tuple(int(n) for n in rng.integers(low, high + 1, 2))


def both(value):
    return value if isinstance(value, tuple) else (value, value)


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
    return inputs[:2 + (rng.random() < 0.5)], params


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
