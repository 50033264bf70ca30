"""The usual mistakes in a VAE, each made on purpose in the one of `homemade`."""
import math

import numpy as np

from tests.elbo import homemade as mine
from tests.elbo.homemade import BITS, GREY, Z, encode, log_prior, log_q, sample


def softmax(log_w):
    return np.exp(log_w - np.logaddexp.reduce(log_w))


def terms(x, rng):
    """-log p(x|z) of each pixel, the divergence of each number of a code."""
    logits, (mu, h) = sample(x, rng) @ mine.TO_PIXELS, encode(x)
    return np.logaddexp(0, logits) - x * logits, 0.5 * (np.exp(h) + mu ** 2 - 1 - h)


def standard_deviation_is_the_variance(x, rng):
    mu, h = encode(x)
    return mu + np.exp(h) * rng.standard_normal(mu.shape)


def half_of_the_log_deviation(x, rng):
    mu, h = encode(x)
    return mu + np.exp(h / 4) * rng.standard_normal(mu.shape)


def one_noise_for_a_batch(x, rng):
    mu, h = encode(x)
    return mu + np.exp(h / 2) * rng.standard_normal(Z)


def one_noise_for_a_code(x, rng):
    mu, h = encode(x)
    return mu + np.exp(h / 2) * rng.standard_normal((len(x), 1))


def always_the_same_noise(x, rng):
    mu, h = encode(x)
    return mu + np.exp(h / 2) * np.random.default_rng(0).standard_normal(mu.shape)


def kl_of(formula):
    return lambda x: formula(*encode(x)).sum(axis=1)


def analytic(x, z):
    return mine.bernoulli(x, z) - mine.kl(x)


def loss_of(combine):
    return lambda x, rng: combine(*terms(x, rng))


# name: (data, what is handed in instead, the check that finds it, what the hint says)
MISTAKES = {
    "the variance as a standard deviation": (
        BITS, {"sample": standard_deviation_is_the_variance, "log_weight": None, "bound": None},
        "standard deviation of the draws", "takes the variance for a standard deviation"),
    "the same, without log_q": (
        BITS, {"sample": standard_deviation_is_the_variance, "log_weight": None, "bound": None,
               "log_q": None},
        "kl, by draws", "takes for a variance what the sampler takes for a standard deviation"),
    "a standard deviation as the variance": (
        BITS, {"sample": half_of_the_log_deviation}, "standard deviation of the draws",
        "takes a standard deviation for a variance"),
    "one number of noise for a whole code": (
        BITS, {"sample": one_noise_for_a_code},
        "numbers of a code together", "noise of shape (N, 1)"),
    "another mean": (BITS, {"sample": lambda x, rng: sample(x, rng) + 0.3}, "centre of the draws",
                     "another mean"),
    "one noise for a batch": (BITS, {"sample": one_noise_for_a_batch},
                              "draws that are new", "shared by the rows"),
    "noise that is kept": (BITS, {"sample": always_the_same_noise}, "draws that are new", "kept"),
    "log variance without its half in log q": (
        BITS, {"log_q": lambda z, x: log_q(z, x) - 0.5 * encode(x)[1].sum(axis=1)},
        "log_q integrates", "log scale"),
    "a prior without its constant": (
        BITS, {"log_prior": lambda z: -0.5 * (z ** 2).sum(axis=1)}, "log_prior integrates",
        "constant"),
    "pi typed as 3.1413": (
        BITS, {"log_prior": lambda z: log_prior(z) + Z / 2 * math.log(math.pi / 3.1413)},
        "log_prior integrates", "constant"),
    "half missing in the KL": (
        BITS, {"kl": kl_of(lambda mu, h: np.exp(h) + mu ** 2 - 1 - h)}, "kl, by draws",
        "a half is missing"),
    "log variance for log sigma in the KL": (
        BITS, {"kl": kl_of(lambda mu, h: 0.5 * (np.exp(h) + mu ** 2 - 1 - h / 2))},
        "kl, by draws", "half of the logarithm is missing"),
    "wrong sign of the KL": (
        BITS, {"kl": kl_of(lambda mu, h: -0.5 * (np.exp(h) + mu ** 2 - 1 - h))}, "kl, by draws",
        "the sign is wrong"),
    "a negative KL": (
        BITS, {"kl": kl_of(lambda mu, h: -0.5 * (np.exp(h) + mu ** 2 - 1 - h))},
        "kl is never negative", "its sign is wrong"),
    "half too much in the KL": (
        BITS, {"kl": kl_of(lambda mu, h: 0.25 * (np.exp(h) + mu ** 2 - 1 - h))}, "kl, by draws",
        "a half too much in front"),
    "log variance for log sigma, and doubled, in the KL": (
        BITS, {"kl": kl_of(lambda mu, h: 0.5 * (np.exp(h) + mu ** 2 - 1 - 2 * h))},
        "kl, by draws", "log sigma^2 counts twice"),
    "a KL of log sigma, a sampler of log variance": (
        BITS, {"kl": kl_of(lambda mu, h: 0.5 * (np.exp(2 * h) + mu ** 2 - 1 - 2 * h))},
        "kl, by draws", "takes for a standard deviation what the sampler takes for a variance"),
    "a square forgotten in the KL": (
        BITS, {"kl": kl_of(lambda mu, h: 0.5 * (np.exp(h) + mu - 1 - h))}, "kl, by draws",
        "mu stands where mu^2 belongs"),
    "a one forgotten in the KL": (
        BITS, {"kl": kl_of(lambda mu, h: 0.5 * (np.exp(h) + mu ** 2 - h))}, "kl, by draws",
        "the -1 is missing"),
    "the KL as lecture notes print it": (
        BITS, {"kl": kl_of(lambda mu, h: -0.5 * (np.exp(h / 2) + mu ** 2 - 1 - h / 2))},
        "kl, by draws", "where their squares belong, and the sign is wrong"),
    "a KL averaged over the code": (
        BITS, {"kl": lambda x: mine.kl(x) / Z}, "kl, by draws", "averaged over the 3 numbers"),
    "the other KL": (
        BITS, {"kl": kl_of(lambda mu, h: 0.5 * (np.exp(-h) * (1 + mu ** 2) - 1 + h))},
        "kl, by draws", "the other direction"),
    "a sigmoid of 2 x for the ones alone": (
        BITS, {"log_likelihood": lambda x, z: -(x * np.logaddexp(0, -2 * z @ mine.TO_PIXELS) + (
            1 - x) * np.logaddexp(0, z @ mine.TO_PIXELS)).sum(axis=1)},
        "log_likelihood integrates", "normaliser is wrong"),
    "a Bernoulli of grey pixels": (
        GREY, {}, "log_likelihood integrates", "Bernoulli of grey pixels"),
    "a squared error for a Gaussian": (
        GREY, {"log_likelihood": lambda x, z: -mine.squared_error(x, z).sum(axis=1)},
        "log_likelihood integrates", "the constant"),
    "weights upside down": (
        BITS, {"log_weight": lambda x, z: -mine.log_weight(x, z)}, "log importance weights",
        "upside down"),
    "prior and posterior exchanged, as in Bayes' rule on a slide": (
        BITS, {"log_weight": lambda x, z: mine.bernoulli(x, z) + log_q(z, x) - log_prior(z)},
        "log importance weights", "have changed places"),
    "weights with the analytic KL": (
        BITS, {"log_weight": analytic}, "log importance weights", "analytic divergence"),
    "weights without the prior": (
        BITS, {"log_weight": lambda x, z: mine.bernoulli(x, z) - log_q(z, x)},
        "log importance weights", "prior is missing"),
    "weights without the posterior": (
        BITS, {"log_weight": lambda x, z: mine.bernoulli(x, z) + log_prior(z)},
        "log importance weights", "log q(z|x) is missing"),
    "weights to which the posterior is added": (
        BITS, {"log_weight": lambda x, z: mine.bernoulli(x, z) + log_prior(z) + log_q(z, x)},
        "log importance weights", "log q(z|x) has the wrong sign"),
    "a bound with the analytic KL": (
        BITS, {"bound": lambda x, k, rng: mine.bound(x, k, rng, weight=analytic)},
        "importance-weighted bound", "analytic divergence"),
    "a bound that favours the worst draw, analytic KL inside": (
        BITS, {"bound": lambda x, k, rng: mine.bound(
            x, k, rng, lambda w: (softmax(-w) * w).sum(axis=0), analytic)},
        "importance-weighted bound", "the worst draw counts most, and the analytic divergence"),
    "a bound that favours the worst draw": (
        BITS, {"bound": lambda x, k, rng: mine.bound(
            x, k, rng, lambda w: np.log(k) - np.logaddexp.reduce(-w))},
        "importance-weighted bound", "upside down"),
    "a bound that is not normalised": (
        BITS, {"bound": lambda x, k, rng: mine.bound(x, k, rng, np.logaddexp.reduce)},
        "importance-weighted bound", "log k is missing"),
    "a bound averaged after the logarithm": (
        BITS, {"bound": lambda x, k, rng: mine.bound(x, k, rng, lambda w: w.mean(axis=0))},
        "importance-weighted bound", "k = 1"),
    "a bound of the wrong sign": (
        BITS, {"bound": lambda x, k, rng: -mine.bound(x, k, rng)}, "importance-weighted bound",
        "the sign is wrong"),
    "a reconstruction averaged over pixels": (
        BITS, {"loss": loss_of(lambda r, k: r.mean() + k.sum(axis=1).mean())},
        "effective beta", "the reconstruction is averaged over the 12 numbers of an example"),
    "a KL averaged over the code, in the loss": (
        BITS, {"loss": loss_of(lambda r, k: r.sum(axis=1).mean() + k.mean())},
        "effective beta", "the divergence is averaged over the 3 numbers of a code"),
    "a sum over the batch beside a mean": (
        BITS, {"loss": loss_of(lambda r, k: r.sum() + k.sum(axis=1).mean())},
        "effective beta", "the reconstruction is summed over the batch of 8"),
    "a mean over pixels beside sums": (
        BITS, {"loss": loss_of(lambda r, k: r.mean(axis=1).sum() + k.sum(axis=1).mean())},
        "effective beta", "averaged over the 12 numbers of an example and summed over the batch"),
    "a mean of means": (
        BITS, {"loss": loss_of(lambda r, k: r.mean() / len(r) + k.sum(axis=1).mean())},
        "effective beta", "averaged over the 12 numbers of an example and divided by 8 once more"),
    "a divergence averaged twice": (
        BITS, {"loss": loss_of(lambda r, k: (r.sum() + k.sum(axis=1).mean()) / len(r))},
        "effective beta", "the divergence is divided by the batch of 8 once more"),
    "a divergence without its half, in the loss": (
        BITS, {"loss": loss_of(lambda r, k: (r.sum() + 2 * k.sum()) / len(r))},
        "effective beta", "the divergence is doubled"),
    "a divergence with half too much, in the loss": (
        BITS, {"loss": loss_of(lambda r, k: (r.sum() + k.sum() / 2) / len(r))},
        "effective beta", "the divergence is halved"),
    "a divergence subtracted": (
        BITS, {"loss": loss_of(lambda r, k: (r.sum() - k.sum()) / len(r))},
        "effective beta", "the divergence has the wrong sign"),
    "no divergence": (BITS, {"loss": loss_of(lambda r, k: r.sum() / len(r))}, "effective beta",
                      "missing"),
    "beta in front of the reconstruction": (
        BITS, {"loss": loss_of(lambda r, k: 500 * r.mean() + k.sum(axis=1).mean())},
        "effective beta", "the reconstruction is multiplied by 41.67"),
    "0.00025": (BITS, {"loss": loss_of(lambda r, k: r.mean() + 0.00025 * k.sum(axis=1).mean())},
                "effective beta", "reconstruction is averaged over the 12"),
    "a squared error, averaged, and the KL": (
        GREY, {"log_likelihood": lambda x, z: mine.gaussian(x, z, 1.0),
               "loss": lambda x, rng: mine.squared_error(x, sample(x, rng)).mean()
               + mine.kl(x).mean()},
        "effective beta", "a squared error averaged over the 12 numbers of an example"),
    "a loss that is maximised": (
        BITS, {"loss": lambda x, rng: -mine.loss(x, rng)}, "loss falls", "minimised"),
    "another loss in validation": (
        BITS, {"loss": loss_of(lambda r, k: r.mean() + 0.00025 * k.sum(axis=1).mean()),
               "validation_loss": loss_of(lambda r, k: r.mean() + k.sum(axis=1).mean())},
        "validation loss", "effective betas are 0.003 and 12"),
}


# a mistake in one of these can show in the checks whose names begin like this
REACHED = {"sample": ("draws", "standard", "centre", "kl", "importance", "effective", "valid"),
           "log_q": ("log_q", "standard", "centre", "kl", "log importance", "importance"),
           "log_prior": ("log_prior", "kl, by", "log importance", "importance"),
           "log_likelihood": ("log_like", "log importance", "importance", "effective"),
           "kl": ("kl",), "log_weight": ("log importance",), "bound": ("importance",),
           "loss": ("loss", "effective", "validation"), "validation_loss": ("validation",)}
