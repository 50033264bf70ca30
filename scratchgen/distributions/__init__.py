"""Distributions: draw from them, ask for log-probabilities, and compare two of them.

    base            what all have in common: batch_shape, event_shape, sample, rsample, log_prob
    normal          Normal(loc, scale) or Normal(loc, log_scale=...), StandardNormal(shape)
    bernoulli       Bernoulli(logits)
    independent     Independent(base, n): the last n batch axes become one event
    divergence      kl(p, q) exactly, kl_monte_carlo(p, q, n) with a standard error
"""
from .base import Distribution
from .bernoulli import Bernoulli
from .independent import Independent
from .divergence import Estimate, exact_kl, kl, kl_monte_carlo
from .normal import Normal, StandardNormal

__all__ = ["Bernoulli", "Distribution", "Estimate", "Independent", "Normal", "StandardNormal",
           "exact_kl", "kl", "kl_monte_carlo"]
