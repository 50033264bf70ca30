"""scratchgen's operations on plain arrays, of NumPy or of CuPy."""
from scratchgen import backend, ops

from . import values


def build(name, size, device):
    backend.use("cupy" if device == "gpu" else "numpy")
    x, y = (backend.asarray(value) for value in values(name, size))

    def copy():
        y[...] = x
        return y

    return {"copy": copy,
            "elementwise": lambda: ops.add(ops.multiply(x, y), x),
            "matrix": lambda: ops.matmul(x, y),
            "conv": lambda: ops.conv2d(x, y, padding=1)}[name]
