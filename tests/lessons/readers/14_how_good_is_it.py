"""What readers may answer in lesson 14: other ways to be right, and near misses."""
import numpy as np


def largest_first(log_w):
    largest = log_w.max(axis=0)
    return largest + np.log(np.exp(log_w - largest).mean(axis=0))


def outlier_by_outlier(inside, outside):
    return np.mean([(inside < x).mean() + (inside == x).mean() / 2 for x in outside])


def by_ranks(inside, outside):
    """The statistic of Mann and Whitney: equal scores share the mean of their ranks."""
    both = np.concatenate([inside, outside])
    ranks = np.array([(both < x).sum() + ((both == x).sum() + 1) / 2 for x in outside])
    pairs = len(inside) * len(outside)
    return (ranks.sum() - len(outside) * (len(outside) + 1) / 2) / pairs


def of_sums(pixels, weight, latent, mean_kl):
    price = weight / pixels                     # of a nat of log p(x|z)
    return (1 / latent if mean_kl else 1) / price


RIGHT = {
    "importance_bound": [largest_first],
    "area_under_the_curve": [outlier_by_outlier, by_ranks],
    "effective_beta": [of_sums],
}

WRONG = {
    "importance_bound": [lambda log_w: np.logaddexp.reduce(log_w, axis=0),
                         lambda log_w: log_w.mean(axis=0),
                         lambda log_w: -largest_first(-log_w),
                         lambda log_w: largest_first(log_w.T)],
    "area_under_the_curve": [lambda inside, outside: (inside[:, None] < outside).mean(),
                             lambda inside, outside: (inside[:, None] <= outside).mean(),
                             lambda inside, outside: by_ranks(outside, inside)],
    "effective_beta": [lambda pixels, weight, latent, mean_kl: pixels / weight,
                       lambda pixels, weight, latent, mean_kl: weight / pixels,
                       lambda pixels, weight, latent, mean_kl: weight,
                       lambda pixels, weight, latent, mean_kl:
                       of_sums(pixels, 1 / weight, latent, mean_kl)],
}
