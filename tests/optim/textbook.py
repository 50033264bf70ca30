"""The rules once more, parameter by parameter: what the package is held to."""

import numpy as np


def sgd(p, g, s, t, *, lr=1e-3, weight_decay=0.0):
    return p - lr * (g + weight_decay * p)


def momentum(p, g, s, t, *, lr=1e-3, momentum=0.9, nesterov=False, weight_decay=0.0):
    g = g + weight_decay * p
    s["v"] = momentum * s.get("v", 0) + g
    return p - lr * (g + momentum * s["v"] if nesterov else s["v"])


def rmsprop(p, g, s, t, *, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0,
            centered=False):
    g = g + weight_decay * p
    s["s"] = alpha * s.get("s", 0) + (1 - alpha) * g**2
    s["a"] = alpha * s.get("a", 0) + (1 - alpha) * g
    scaled = g / (np.sqrt(s["s"] - s["a"]**2 if centered else s["s"]) + eps)
    s["v"] = momentum * s.get("v", 0) + scaled
    return p - lr * s["v"]


def adam(p, g, s, t, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    if decoupled:
        p = p - lr * weight_decay * p
    else:
        g = g + weight_decay * p
    s["m"] = betas[0] * s.get("m", 0) + (1 - betas[0]) * g
    s["v"] = betas[1] * s.get("v", 0) + (1 - betas[1]) * g**2
    m, v = s["m"] / (1 - betas[0]**t), s["v"] / (1 - betas[1]**t)
    return p - lr * m / (np.sqrt(v) + eps)


def adamw(p, g, s, t, *, weight_decay=1e-2, **settings):
    return adam(p, g, s, t, weight_decay=weight_decay, decoupled=True, **settings)


RULES = {"SGD": sgd, "Momentum": momentum, "RMSProp": rmsprop, "Adam": adam, "AdamW": adamw}


def run(rule, parameters, gradients, **settings):
    """The parameters after each step; `gradients` is a list of steps, None skips a parameter."""
    parameters = [np.array(p, np.float64) for p in parameters]
    states, taken, path = [{} for _ in parameters], [0] * len(parameters), []
    for step in gradients:
        for i, g in enumerate(step):
            if g is not None:
                taken[i] += 1
                parameters[i] = RULES[rule](parameters[i], g, states[i], taken[i], **settings)
        path.append([p.copy() for p in parameters])
    return path
