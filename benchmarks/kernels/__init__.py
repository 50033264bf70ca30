"""Single operations on arrays, without gradients, on a CPU and on a GPU; the rest of the roofline.

For each the operations and the bytes that it cannot do without are counted, so that what was
reached can be held against what the machine can do.
"""
import importlib
import importlib.util

from benchmarks.case import Case

CASES = {
    "copy": Case("y = x, float32", "elements", 2**24, (2**10, 2**13, 2**16, 2**19, 2**22, 2**24)),
    "elementwise": Case("z = x y + x, float32", "elements", 2**20,
                        (2**8, 2**11, 2**14, 2**17, 2**20, 2**23)),
    "matrix": Case("n x n times n x n, float32", "n", 1024, (16, 32, 64, 128, 256, 512, 1024)),
    "conv": Case("conv2d 3x3, 28x28x32 to 64 channels", "batch", 32, (1, 4, 16, 64)),
}


def counts(name, size):
    """(floating-point operations, bytes that must be read or written)"""
    if name == "copy":
        return 0, 8 * size
    if name == "elementwise":
        return 2 * size, 12 * size
    if name == "matrix":
        return 2 * size**3, 12 * size**2
    pixels = size * 28 * 28
    return 2 * pixels * 9 * 32 * 64, 4 * (pixels * (32 + 64) + 9 * 32 * 64)


def build(contender, name, size, device="cpu"):
    module = f"{__name__}.{contender.library}"
    if contender.tuned or importlib.util.find_spec(module) is None:
        return None
    call = importlib.import_module(module).build(name, size, device)
    return None if call is None else (call, 1)


def losses(results):
    return []


def values(name, size):
    """The operands, float32: x and y, or images (N, H, W, C) and a kernel (Kh, Kw, C, O)."""
    import numpy as np
    rng = np.random.default_rng(0)
    shapes = {"matrix": [(size, size)] * 2, "conv": [(size, 28, 28, 32), (3, 3, 32, 64)]}
    return [rng.random(shape, np.float32) for shape in shapes.get(name, [size] * 2)]
