"""What readers may answer in lesson 06: other ways to be right, and near misses."""
import numpy as np

from scratchgen import models


def bayes(log_prior, log_likelihood):
    joint = log_prior + log_likelihood
    joint = np.exp(joint - joint.max(axis=1, keepdims=True))
    return joint / joint.sum(axis=1, keepdims=True)


def normed_too_late(log_prior, log_likelihood):
    joint = np.exp(log_prior + log_likelihood)
    with np.errstate(invalid="ignore"):
        return joint / joint.sum(axis=1, keepdims=True)


def cholesky(z):
    return np.linalg.cholesky(np.cov(z.T))


def noise(z, n, rng):
    return rng.standard_normal((n, z.shape[1]))


def symmetric_root(z):
    variances, U = np.linalg.eigh(np.cov(z.T))
    return (U * np.sqrt(variances)) @ U.T


def whiten(model, z, root, mean=None):
    """z = mean + e A on the way out, with A = root(z), and back on the way in."""
    mean = (z.mean(axis=0) if mean is None else mean).astype(np.float32)
    A = root(z).astype(np.float32)
    back = np.linalg.inv(A)
    return models.Autoencoder(lambda x: (model.encoder(x) - mean) @ back,
                              lambda e: model.decoder(e @ A + mean))


RIGHT = {
    "bayes": [bayes],
    "draw_like": [lambda z, n, *, rng: rng.multivariate_normal(z.mean(axis=0), np.cov(z.T), n),
                  lambda z, n, *, rng: z.mean(axis=0) + noise(z, n, rng) @ symmetric_root(z)],
    "whiten": [lambda model, z: whiten(model, z, symmetric_root)],
}

WRONG = {
    "bayes": [normed_too_late,
              lambda log_prior, log_likelihood: bayes(0.0, log_likelihood),
              lambda log_prior, log_likelihood: np.log(bayes(log_prior, log_likelihood))],
    "draw_like": [lambda z, n, *, rng: noise(z, n, rng) @ cholesky(z).T,
                  lambda z, n, *, rng: z.mean(axis=0) + noise(z, n, rng) @ cholesky(z),
                  lambda z, n, *, rng: z.mean(axis=0) + noise(z, n, rng) @ np.cov(z.T),
                  lambda z, n, *, rng: rng.normal(z.mean(axis=0), z.std(axis=0), (n, z.shape[1])),
                  lambda z, n, *, rng: rng.choice(z, n)],
    "whiten": [lambda model, z: model,
               lambda model, z: whiten(model, z, cholesky),
               lambda model, z: whiten(model, z, lambda z: np.diag(z.std(axis=0))),
               lambda model, z: whiten(model, z, symmetric_root, mean=np.zeros(2))],
}
