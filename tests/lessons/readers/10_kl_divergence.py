"""What readers may answer in lesson 10: other ways to be right, and near misses."""
import math

import numpy as np


def letter_by_letter(p, q):
    price = 0.0
    for sent, believed in zip(p, q):
        if sent > 0:
            price += sent * math.log(sent / believed) if believed > 0 else math.inf
    return price


def gaussians(mu_p, sigma_p, mu_q, sigma_q):
    ratio = (sigma_p / sigma_q) ** 2
    return (ratio - 1 - math.log(ratio) + ((mu_p - mu_q) / sigma_q) ** 2) / 2


def with_rest(log_p, log_q):
    return np.exp(log_q - log_p) - 1 - (log_q - log_p)


RIGHT = {
    "kl_of_letters": [letter_by_letter],
    "kl_of_gaussians": [gaussians],
    "terms_that_are_never_negative": [with_rest],
}

WRONG = {
    "kl_of_letters": [lambda p, q: np.where(p > 0, p * np.log(p / q), 0).sum(),     # warns
                      lambda p, q: (p * np.log((p + 1e-12) / (q + 1e-12))).sum(),   # finite
                      lambda p, q: letter_by_letter(q, p),
                      lambda p, q: letter_by_letter(p, q) / math.log(2)],
    "kl_of_gaussians": [lambda m, s, n, t: gaussians(n, t, m, s),
                        lambda m, s, n, t: gaussians(m, s ** 0.5, n, t ** 0.5),
                        lambda m, s, n, t: -gaussians(m, s, n, t)],
    "terms_that_are_never_negative": [lambda log_p, log_q: log_p - log_q,
                                      lambda log_p, log_q: abs(log_p - log_q),
                                      lambda log_p, log_q: (log_p - log_q) ** 2 / 2,
                                      lambda log_p, log_q: with_rest(log_q, log_p),
                                      lambda log_p, log_q: (log_p - log_q).mean()],
}
