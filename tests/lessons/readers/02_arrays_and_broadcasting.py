"""What readers may answer in lesson 02: other ways to be right, and near misses."""
import numpy as np

from scratchgen import ops

RIGHT = {
    "bilinear_rule": [lambda g, x, w, z: np.einsum("n,ni,nj->ij", g, x, z),
                      lambda g, x, w, z: (x * g[:, None]).T @ z],
    "mean_rule": [lambda g, x, axis: np.repeat(np.expand_dims(g / x.shape[axis], axis),
                                               x.shape[axis], axis),
                  lambda g, x, axis: np.ones_like(x) * np.expand_dims(g, axis) / x.shape[axis]],
    "complex_step": [lambda f, x: np.imag(f(x + 1e-20j)) / 1e-20,
                     lambda f, x: (f(x + 1e-200j) - f(x)).imag / 1e-200],
    "safe_log": [lambda x: ops.log(ops.where(x > 0, x, 1.0)),           # one where will do
                 lambda x: ops.where(x > 0, ops.log(ops.where(x > 0, x, 5.0)), 0.0)],
}

WRONG = {
    "bilinear_rule": [lambda g, x, w, z: x.T @ z,                       # g forgotten
                      lambda g, x, w, z: (z * g[:, None]).T @ x,        # transposed
                      lambda g, x, w, z: np.einsum("n,ni,nj->nij", g, x, z),
                      lambda g, x, w, z: np.einsum("n,ni,nj->ij", g, x, z) / len(g)],
    "mean_rule": [lambda g, x, axis: np.broadcast_to(np.expand_dims(g, axis), x.shape),
                  lambda g, x, axis: np.broadcast_to(g / x.shape[axis], x.shape),
                  lambda g, x, axis: np.broadcast_to(np.expand_dims(g, axis) / x.size, x.shape),
                  lambda g, x, axis: np.broadcast_to(np.expand_dims(g, axis) / len(x), x.shape),
                  lambda g, x, axis: np.expand_dims(g, axis) / x.shape[axis]],
    "complex_step": [lambda f, x: (f(x + 1e-6) - f(x - 1e-6)) / 2e-6,
                     lambda f, x: f(x + 1e-3j).imag / 1e-3,
                     lambda f, x: f(x + 1e-100j).imag],
    "safe_log": [lambda x: ops.where(x > 0, ops.log(x), 0.0),
                 lambda x: ops.log(ops.maximum(x, 1e-30)),
                 lambda x: ops.log(ops.maximum(x, 1.0)),
                 lambda x: np.log(np.where(x.data > 0, x.data, 1.0))],  # no gradient at all
}
