"""Derivatives by nothing but evaluations: what the engine's gradients are held against.

This is on purpose not the package's own gradcheck, which has rules and graphs behind it.
"""
import numpy as np

STEP = 1e-3


def jacobian(f, arrays, which):
    """df/d arrays[which], of shape out + in, by central differences of fourth order.

    [8 (f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))] / 12h has an error of h^4 f^(5) / 30, here below
    1e-12, and a rounding error of about 1e-13.
    """
    x = arrays[which]
    shape = np.shape(f(*arrays))
    columns = np.zeros((x.size,) + shape)
    for j in range(x.size):
        def at(h):
            moved = x.copy()
            moved.reshape(-1)[j] += h
            return np.asarray(f(*arrays[:which], moved, *arrays[which + 1:]))
        near, far = at(STEP) - at(-STEP), at(2 * STEP) - at(-2 * STEP)
        columns[j] = (8 * near - far) / (12 * STEP)
    return np.moveaxis(columns, 0, -1).reshape(shape + x.shape)
