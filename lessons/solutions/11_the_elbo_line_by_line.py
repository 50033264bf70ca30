"""Solutions of lesson 11, the ELBO line by line."""
import numpy as np


def elbo_by_enumeration(log_joint, log_q):
    """sum_z q(z|x) (log p(x, z) - log q(z|x)), over the letters z with q(z|x) > 0.

    No draw, no error: a mean over K letters is a sum of K terms.  np.where alone would still
    multiply 0 by infinity before it chooses, so log q is replaced where q is 0.
    """
    q = np.exp(log_q)
    return (q * (log_joint - np.where(q > 0, log_q, 0.0))).sum(axis=1)


def draws_needed(log_w, error):
    """error^2 = Var[w] / (n E[w]^2), solved for n.

    Both Var[w] and E[w]^2 are quadratic in w, so a common factor cancels and exp(log w - largest)
    will do, whose largest is 1.
    """
    w = np.exp(log_w - log_w.max())
    return w.var() / w.mean() ** 2 / error ** 2


def best_variances(P):
    """d/dv_j of 1/2 (P_jj v_j - log v_j) is 1/2 (P_jj - 1 / v_j): zero at v_j = 1 / P_jj.

    These are the variances of each number *given all others*, smaller than S_jj, the variances of
    each by itself: the best q of its kind is too narrow, which is why its weights are not to be
    trusted where the posterior is strongly correlated.
    """
    return 1 / np.diag(P)
