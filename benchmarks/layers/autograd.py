"""Layers in HIPS/autograd: those without convolution."""
import autograd.numpy as anp
import numpy as np
from autograd import make_vjp

from . import values


def build(layer, batch, device):
    if layer.kind not in ("linear", "relu"):
        return None
    x, w = values(layer, batch)
    if layer.kind == "relu":
        record, arguments = make_vjp(lambda x: anp.maximum(x, np.float32(0))), (x,)
    else:
        record = make_vjp(lambda x, w, b: anp.dot(x, w) + b, (0, 1, 2))
        arguments = x, w, np.zeros(layer.outputs, np.float32)
    seed = np.ones_like(record(*arguments)[1])

    def call():
        pull, _ = record(*arguments)
        return pull(seed)

    return call
