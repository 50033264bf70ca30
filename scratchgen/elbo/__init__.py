"""The derivation of the ELBO as code: every line a number, with its error.

    estimates       means of importance weights, their logarithm, its error; how many draws count
    bounds          iwae_bound(model, x, k): the importance-weighted bound, and its gradients
    trust           when a mean of importance weights is not to be believed
    auditing        audit(...): the usual mistakes of a program that is not this one, named
    derivation      ladder(model, x, q, n): from log p(x) to the ELBO in six lines
    table           how a derivation is printed
"""
from .auditing import Finding, audit
from .bounds import iwae_bound, log_likelihood
from .derivation import Ladder, Line, ladder
from .estimates import critical_value, effective_sample_size, log_mean_exp

__all__ = ["Finding", "Ladder", "Line", "audit", "critical_value", "effective_sample_size",
           "iwae_bound", "ladder", "log_likelihood", "log_mean_exp"]
