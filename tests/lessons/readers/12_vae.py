"""What readers may answer in lesson 12: other ways to be right, and near misses."""
import numpy as np

from scratchgen import ops


def kl(mu, scale, square=2):
    return (scale ** square + mu ** 2 - 1 - square * np.log(scale)).sum(axis=1) / 2


def odds(u):
    return np.log(u / (1 - u))


RIGHT = {
    "kl_from_log_variance": [lambda mu, log_variance: kl(mu, np.exp(log_variance / 2))],
    "logistic_draw": [lambda loc, scale, u: odds(u) * scale + loc,
                      lambda loc, scale, u: loc - scale * ops.log(1 / u - 1),
                      lambda loc, scale, u: loc - scale * odds(u)],     # another draw of the same
    "effective_beta": [lambda weight, pixels, sigma: weight / (2 * sigma ** 2 / pixels)],
}

WRONG = {
    "kl_from_log_variance": [
        lambda mu, log_variance: -kl(mu, np.exp(log_variance / 2)),
        lambda mu, log_variance: kl(mu, np.exp(log_variance / 2), square=1),
        lambda mu, log_variance: kl(mu, np.exp(log_variance)),
        lambda mu, log_variance: kl(mu, np.exp(log_variance / 2)) / mu.shape[1],
        lambda mu, log_variance: kl(mu, np.exp(log_variance / 2)).sum()],
    "logistic_draw": [lambda loc, scale, u: loc + scale.item() * odds(u),
                      lambda loc, scale, u: loc.item() + scale.item() * odds(u),
                      lambda loc, scale, u: loc + odds(u) / scale,
                      lambda loc, scale, u: loc + scale * u,
                      lambda loc, scale, u: 1 / (1 + ops.exp((loc - u) / scale))],
    "effective_beta": [lambda weight, pixels, sigma: weight * pixels / sigma ** 2,
                       lambda weight, pixels, sigma: weight * pixels / 2,
                       lambda weight, pixels, sigma: weight / (2 * sigma ** 2),
                       lambda weight, pixels, sigma: weight * 2 * sigma ** 2 / pixels],
}
