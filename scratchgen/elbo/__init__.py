"""The derivation of the ELBO as code: every line a number, with its error.

    estimates       means of importance weights, their logarithm, its error; how many draws count
    bounds          iwae_bound(model, x, k): the importance-weighted bound, and its gradients
"""
from .bounds import iwae_bound, log_likelihood
from .estimates import critical_value, effective_sample_size, log_mean_exp

__all__ = ["critical_value", "effective_sample_size", "iwae_bound", "log_likelihood",
           "log_mean_exp"]
