"""A variational autoencoder as somebody would write it in NumPy alone, and ways to spoil it."""
import numpy as np

D, Z = 12, 3
DRAW = np.random.default_rng(5)
TO_MEAN, TO_LOG_VARIANCE = DRAW.normal(size=(D, Z)) / 2, DRAW.normal(size=(D, Z)) / 3
TO_PIXELS = DRAW.normal(size=(Z, D))
BITS = (DRAW.random((40, D)) < 0.5).astype(np.float64)
GREY = DRAW.random((40, D))


def encode(x):
    """(mu, log sigma^2)"""
    return x @ TO_MEAN, x @ TO_LOG_VARIANCE - 0.7


def sample(x, rng):
    mu, log_variance = encode(x)
    return mu + np.exp(log_variance / 2) * rng.standard_normal(mu.shape)


def log_normal(z, mu, log_variance):
    return -0.5 * ((z - mu) ** 2 * np.exp(-log_variance) + log_variance
                   + np.log(2 * np.pi)).sum(axis=1)


def log_q(z, x):
    return log_normal(z, *encode(x))


def log_prior(z):
    return log_normal(z, 0.0, 0.0 * z)


def kl(x):
    mu, h = encode(x)
    return 0.5 * (np.exp(h) + mu ** 2 - 1 - h).sum(axis=1)


def bernoulli(x, z):
    logits = z @ TO_PIXELS
    return (x * logits - np.logaddexp(0, logits)).sum(axis=1)


def gaussian(x, z, scale=0.5):
    return (-0.5 * ((x - z @ TO_PIXELS) / scale) ** 2 - np.log(scale)
            - 0.5 * np.log(2 * np.pi)).sum(axis=1)


def continuous_bernoulli(x, z):
    u = z @ TO_PIXELS
    return (x * u - np.log(np.expm1(u) / u)).sum(axis=1)


def squared_error(x, z):
    return ((x - z @ TO_PIXELS) ** 2)


def log_weight(x, z, likelihood=bernoulli):
    return likelihood(x, z) + log_prior(z) - log_q(z, x)


def bound(x, k, rng, combine=None, weight=log_weight):
    """log (1/k) sum w, or another way to `combine` log weights (k, M)."""
    log_w = np.stack([weight(x, sample(x, rng)) for _ in range(k)])
    return np.logaddexp.reduce(log_w) - np.log(k) if combine is None else combine(log_w)


def loss(x, rng, likelihood=bernoulli):
    return (kl(x) - likelihood(x, sample(x, rng))).mean()


def everything(likelihood=bernoulli, **spoiled):
    """All that can be handed in, right unless said otherwise."""
    return {"sample": sample, "log_q": log_q, "log_prior": log_prior, "kl": kl,
            "log_likelihood": likelihood,
            "log_weight": lambda x, z: log_weight(x, z, likelihood),
            "bound": lambda x, k, rng: bound(x, k, rng, weight=lambda x, z: log_weight(
                x, z, likelihood)),
            "loss": lambda x, rng: loss(x, rng, likelihood),
            "validation_loss": lambda x, rng: loss(x, rng, likelihood)} | spoiled
