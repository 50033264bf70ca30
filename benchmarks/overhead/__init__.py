"""What one operation on a small array costs: the curve is flat where the engine takes the time.

Each library has a module `benchmarks/overhead/LIBRARY.py` with `build(name, size)`, which returns a
function that applies the operation OPERATIONS times, each to the result of the one before.
"forward" records what backward needs; "backward" is forward and backward.
"""
import importlib
import importlib.util

from benchmarks.case import Case

OPERATIONS = 200
_SIZES = (1, 16, 256, 4096, 65536)

CASES = {
    "multiply forward": Case("y = y x, recording", "elements", 1, _SIZES),
    "multiply backward": Case("y = y x, forward and backward", "elements", 1, _SIZES),
    "tanh forward": Case("y = tanh y, recording", "elements", 1, _SIZES),
    "tanh backward": Case("y = tanh y, forward and backward", "elements", 1, _SIZES),
}


def build(contender, name, size, device="cpu"):
    module = f"{__name__}.{contender.library}"
    if contender.tuned or importlib.util.find_spec(module) is None:
        return None
    call = importlib.import_module(module).build(*name.split(), size)
    return None if call is None else (call, OPERATIONS)


def losses(results):
    return []


def values(size):
    """x near 1 and y, float32, so that 200 products neither vanish nor overflow."""
    import numpy as np
    return np.full(size, 1.0009765625, np.float32), np.full(size, 0.5, np.float32)
