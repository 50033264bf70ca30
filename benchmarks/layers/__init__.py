"""Single layers, forward and backward, weights and input included, over batches of many sizes.

Each library has a module `benchmarks/layers/LIBRARY.py` with `build(name, batch, device)`.
"""
import importlib
import importlib.util
from dataclasses import dataclass

from benchmarks.case import Case

_SIZES = (1, 8, 32, 128, 512)
_IMAGES = (1, 4, 16, 64, 128)


@dataclass(frozen=True)
class Layer:
    """What a layer is made of; the shape of one example that it is given."""

    kind: str                   # linear, conv, conv transposed, batch norm, relu
    image: tuple                # (I,) or (H, W, C)
    outputs: int = 0
    kernel: int = 0
    stride: int = 1
    padding: int = 0


LAYERS = {
    "linear": Layer("linear", (784,), 400),
    "conv 3x3": Layer("conv", (28, 28, 32), 32, 3, 1, 1),
    "conv 3x3 small": Layer("conv", (8, 8, 8), 16, 3, 1, 1),
    "conv 4x4 s2": Layer("conv", (14, 14, 64), 128, 4, 2, 1),
    "convT 4x4 s2": Layer("conv transposed", (7, 7, 128), 64, 4, 2, 1),
    "batch norm": Layer("batch norm", (14, 14, 64)),
    "relu": Layer("relu", (14, 14, 64)),
}
CASES = {
    "linear": Case("Linear 784 to 400", "batch", 128, _SIZES),
    "conv 3x3": Case("Conv2d 3x3, 28x28, 32 to 32 channels", "batch", 16, _IMAGES),
    "conv 3x3 small": Case("Conv2d 3x3, 8x8, 8 to 16 channels", "batch", 64, _IMAGES),
    "conv 4x4 s2": Case("Conv2d 4x4 stride 2, 14x14, 64 to 128 channels", "batch", 64, _IMAGES),
    "convT 4x4 s2": Case("ConvTranspose2d 4x4 stride 2, 7x7, 128 to 64 channels", "batch", 64,
                         _IMAGES),
    "batch norm": Case("BatchNorm in training, 14x14x64", "batch", 64, _IMAGES),
    "relu": Case("relu, 14x14x64", "batch", 64, _IMAGES),
}


def build(contender, name, size, device="cpu"):
    module = f"{__name__}.{contender.library}"
    if importlib.util.find_spec(module) is None:
        return None
    build = importlib.import_module(module).build
    options = {"tuned": True} if contender.tuned else {}
    call = build(LAYERS[name], size, device, **options)
    return None if call is None else (call, 1)


def losses(results):
    return []


def values(layer, batch):
    """Images (N, ...) and the weights that the layer needs, float32."""
    import numpy as np
    rng = np.random.default_rng(0)
    x = rng.standard_normal((batch, *layer.image), np.float32)
    c = layer.image[-1]
    shape = {"linear": (c, layer.outputs),
             "conv": (layer.kernel, layer.kernel, c, layer.outputs),
             "conv transposed": (layer.kernel, layer.kernel, layer.outputs, c)}.get(layer.kind)
    return x, None if shape is None else 0.1 * rng.standard_normal(shape, np.float32)
