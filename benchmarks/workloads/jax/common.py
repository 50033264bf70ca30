"""What the workloads share: networks as functions of lists of arrays, losses, Adam."""
import jax
import jax.numpy as jnp

from benchmarks.workloads import start

DEVICES = {"cpu": "cpu", "gpu": "cuda"}


def begin(name, device):
    """(parameters, state of Adam) on the device."""
    place = jax.devices(DEVICES[device])[0]
    parameters = [jax.device_put(x, place) for x in start.parameters(name)]
    return parameters, adam_state(parameters)


def data(name, batch, device):
    return jax.device_put(start.data(name, batch), jax.devices(DEVICES[device])[0])


def pairs(parameters):
    return zip(parameters[::2], parameters[1::2])


def mlp(parameters, x, activation):
    layers = list(pairs(parameters))
    for w, b in layers[:-1]:
        x = activation(x @ w + b)
    w, b = layers[-1]
    return x @ w + b


def leaky_relu(x):
    return jax.nn.leaky_relu(x, 0.2)


def bce(logits, targets):
    """-t log sigmoid(l) - (1 - t) log sigmoid(-l)"""
    return jnp.maximum(logits, 0) - logits * targets + jnp.log1p(jnp.exp(-jnp.abs(logits)))


def conv2d(x, w, stride, padding):
    """(N, H, W, C), (Kh, Kw, C, O) -> (N, H, W, O)"""
    return jax.lax.conv_general_dilated(x, w, (stride, stride), [(padding, padding)] * 2,
                                        dimension_numbers=("NHWC", "HWIO", "NHWC"))


def conv_transpose2d(x, w, stride, padding, output_padding=0):
    """(N, H, W, C), (Kh, Kw, O, C) -> (N, H, W, O)"""
    edge = w.shape[0] - 1 - padding
    return jax.lax.conv_transpose(x, w, (stride, stride), [(edge, edge + output_padding)] * 2,
                                  dimension_numbers=("NHWC", "HWIO", "NHWC"),
                                  transpose_kernel=True)


def adam_state(parameters):
    zeros = [jnp.zeros_like(p) for p in parameters]
    return zeros, [jnp.zeros_like(p) for p in parameters], jnp.zeros(())


def adam(parameters, gradients, state, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    """(new parameters, new state)"""
    b1, b2 = betas
    m, v, t = state
    t = t + 1
    m = [b1 * m + (1 - b1) * g for m, g in zip(m, gradients)]
    v = [b2 * v + (1 - b2) * g * g for v, g in zip(v, gradients)]
    parameters = [p - lr * (m / (1 - b1 ** t)) / (jnp.sqrt(v / (1 - b2 ** t)) + eps)
                  for p, m, v in zip(parameters, m, v)]
    return parameters, (m, v, t)
