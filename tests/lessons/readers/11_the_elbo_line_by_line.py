"""What readers may answer in lesson 11: other ways to be right, and near misses."""
import numpy as np


def enumerate_letters(log_joint, log_q):
    return (np.exp(log_q) * (log_joint - np.nan_to_num(log_q, neginf=0.0))).sum(axis=1)


def draws(log_w, error):
    w = np.exp(log_w - log_w.max())
    return w.var() / w.mean() ** 2 / error ** 2


def draws_by_ess(log_w, error):
    w = np.exp(log_w - log_w.mean())
    return (len(w) * (w ** 2).sum() / w.sum() ** 2 - 1) / error ** 2


def too_small(log_w, error):
    w = np.exp(log_w)
    with np.errstate(invalid="ignore"):
        return w.var() / w.mean() ** 2 / error ** 2


RIGHT = {
    "elbo_by_enumeration": [enumerate_letters],
    "draws_needed": [draws, draws_by_ess],
    "best_variances": [lambda P: [1 / P[j, j] for j in range(len(P))]],
}

WRONG = {
    "elbo_by_enumeration": [
        lambda log_joint, log_q: (np.exp(log_q) * (log_joint - log_q)).sum(axis=1),
        lambda log_joint, log_q: (np.exp(log_q) * log_joint).sum(axis=1),
        lambda log_joint, log_q: np.logaddexp.reduce(log_joint, axis=1),
        lambda log_joint, log_q: enumerate_letters(log_joint, log_q).mean()],
    "draws_needed": [too_small,
                     lambda log_w, error: draws(log_w, error) * len(log_w) / (len(log_w) - 1),
                     lambda log_w, error: draws(log_w, error ** 0.5),
                     lambda log_w, error: log_w.var() / error ** 2],
    "best_variances": [lambda P: np.diag(np.linalg.inv(P)),
                       lambda P: 1 / np.sqrt(np.diag(P)),
                       lambda P: np.diag(P),
                       lambda P: 1 / np.linalg.eigvalsh(P)],
}
