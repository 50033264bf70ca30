"""Where every contender starts: the shapes of the parameters, their values, the data, the noise.

Layouts are those of scratchgen: Linear (I, O), Conv2d (Kh, Kw, C, O), ConvTranspose2d
(Kh, Kw, O, C), images (N, H, W, C).  The others bring them into their own.
"""
import math

import numpy as np


def _dense(*sizes):
    return [shape for i, o in zip(sizes, sizes[1:]) for shape in ((i, o), (o,))]


# Weights have two axes or more.  A pair of vectors after a weight without bias belongs to a batch
# normalisation: (scale, shift).
SHAPES = {
    "vae": _dense(784, 400, 40) + _dense(20, 400, 784),
    "gan2d": _dense(2, 64, 64, 2) + _dense(2, 64, 64, 1),
    "nvp": _dense(2, 64, 64, 4) * 6,
    "chain": [()],
    "cvae": [(3, 3, 1, 32), (32,), (3, 3, 32, 64), (64,), (3136, 40), (40,),
             (20, 3136), (3136,), (3, 3, 32, 64), (32,), (3, 3, 1, 32), (1,)],
    "dcgan": [(64, 6272), (128,), (128,), (4, 4, 64, 128), (64,), (64,), (4, 4, 1, 64), (1,),
              (4, 4, 1, 64), (64,), (4, 4, 64, 128), (128,), (6272, 1), (1,)],
}
_SCALES = {"dcgan": (1, 4)}         # the positions of scales, which start at 1


def parameters(name):
    """The initial parameters, float32, in the order of SHAPES: the same at every call."""
    rng = np.random.default_rng(0)
    arrays = []
    for position, shape in enumerate(SHAPES[name]):
        if position in _SCALES.get(name, ()):
            arrays.append(np.ones(shape, np.float32))
        elif len(shape) < 2:
            arrays.append(np.full(shape, 0.1 if shape == () else 0, np.float32))
        else:
            bound = math.prod(shape[:-1]) ** -0.5
            arrays.append(rng.uniform(-bound, bound, shape).astype(np.float32))
    return arrays


def data(name, batch):
    """A batch of what the model learns from, float32: bits, points, or images in (-1, 1)."""
    rng = np.random.default_rng(1)
    if name in ("vae", "cvae"):
        shape = (batch, 784) if name == "vae" else (batch, 28, 28, 1)
        return (rng.random(shape) < 0.3).astype(np.float32)
    if name == "dcgan":
        return rng.uniform(-1, 1, (batch, 28, 28, 1)).astype(np.float32)
    return rng.standard_normal((batch, 2)).astype(np.float32)


def noise():
    """The generator that the steps draw from, on the host: float64, rounded to float32."""
    return np.random.default_rng(2)


def standard_normal(rng, *shape):
    """eps ~ N(0, I), float32, as scratchgen draws it."""
    return rng.standard_normal(shape).astype(np.float32)


def channels_first(values, corner):
    """Weights that meet an image of this (H, W), in the order C H W.   (..., H W C)"""
    shape = values.shape
    images = values.reshape(*shape[:-1], *corner, -1)
    return np.ascontiguousarray(np.moveaxis(images, -1, -3).reshape(shape))


def mask(i):
    """What coupling i of the flow keeps: one of the two coordinates, in turn.   -> (2,)"""
    return np.array([i % 2, 1 - i % 2], np.float32)
