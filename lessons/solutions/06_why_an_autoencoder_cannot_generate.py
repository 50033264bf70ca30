"""Solutions of lesson 06, why an autoencoder cannot generate."""
import numpy as np

from scratchgen import models


def bayes(log_prior, log_likelihood):
    """log p(z|x) = log p(x, z) - log p(x), with log p(x) = logsumexp over z of log p(x, z).

    logaddexp takes the largest of its terms out before it takes exp, so nothing underflows, and the
    difference of two numbers near -5000 is a moderate number again.
    """
    log_joint = log_prior + log_likelihood
    return np.exp(log_joint - np.logaddexp.reduce(log_joint, axis=1)[:, None])


def draw_like(z, n, *, rng):
    """With e ~ N(0, I) and L L^T = C, the vector L e has covariance L E[e e^T] L^T = C.

    The draws are rows, so L e becomes e L^T.  Lesson 08 is about this sampler.
    """
    lower = np.linalg.cholesky(np.cov(z.T))
    return z.mean(axis=0) + rng.standard_normal((n, z.shape[1])) @ lower.T


def whiten(model, z):
    """h(z) = L^-1 (z - mean) is invertible, so it may go between encoder and decoder unnoticed.

    It is the reverse of the sampler above: what that does to noise, this undoes to codes.
    """
    mean = z.mean(axis=0).astype(np.float32)
    lower = np.linalg.cholesky(np.cov(z.T))
    colour, whiten = lower.T.astype(np.float32), np.linalg.inv(lower).T.astype(np.float32)
    return models.Autoencoder(lambda x: (model.encoder(x) - mean) @ whiten,
                              lambda e: model.decoder(e @ colour + mean))
