"""The control: the same NumPy work before and after each round, to see if the machine drifted."""
from benchmarks.case import Case

CASES = {"control": Case("a product of matrices, and exp of as many numbers as fit the cache",
                         "n", 256, (256,))}


def build(contender, name, size, device="cpu"):
    if contender.name != "numpy":
        return None
    import numpy as np
    x = np.random.default_rng(0).random((size, size), np.float32)

    def call():
        return np.exp(x @ x - size)

    return call, 1


def losses(results):
    return []
