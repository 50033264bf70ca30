"""The same models in plain NumPy, from the parameters alone, to hold the package's against."""
import numpy as np


def weights(network):
    """[(weight, bias), ...] of the Linear layers, in order."""
    named = dict(network.named_parameters())
    return [(p.data, named[name.replace("weight", "bias")].data)
            for name, p in named.items() if name.endswith("weight")]


def mlp(network, x):
    """Linear and ReLU in turns, none after the last."""
    *hidden, last = weights(network)
    for w, b in hidden:
        x = np.maximum(x @ w + b, 0)
    return x @ last[0] + last[1]


def encode(model, x):
    """(loc, log_scale) of q(z|x), each (N, Z)."""
    return np.split(mlp(model.encoder, x.reshape(len(x), -1)), 2, axis=-1)


def log_normal(x, loc, log_scale):
    return -0.5 * ((x - loc) / np.exp(log_scale)) ** 2 - log_scale - 0.5 * np.log(2 * np.pi)


def log_likelihood(model, x, z):
    """log p(x|z), summed over pixels; x flat, (..., D), and z (..., Z)."""
    y = mlp(model.decoder, z)
    if model.likelihood == "bernoulli":
        p = 1 / (1 + np.exp(-y))
        return np.log(np.where(x == 1, p, 1 - p)).sum(-1)
    if model.likelihood == "continuous-bernoulli":
        p = 1 / (1 + np.exp(-y))            # the constant as in Loaiza-Ganem and Cunningham, eq. 9
        constant = 2 * np.arctanh(1 - 2 * p) / (1 - 2 * p)
        return np.log(constant * p ** x * (1 - p) ** (1 - x)).sum(-1)
    log_scale = model.log_scale if isinstance(model.log_scale, float) else model.log_scale.data
    return log_normal(x, y, log_scale).sum(-1)


def kl(loc, log_scale):
    """KL(N(loc, scale^2) || N(0, 1)), summed over the code."""
    variance = np.exp(2 * log_scale)
    return 0.5 * (variance + loc ** 2 - 1 - np.log(variance)).sum(-1)
