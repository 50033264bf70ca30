"""Distributions: draw from them, ask for log-probabilities, and compare two of them.

    base            what all have in common: batch_shape, event_shape, sample, rsample, log_prob
    normal          Normal(loc, scale) or Normal(loc, log_scale=...), StandardNormal(shape)
    bernoulli       Bernoulli(logits)
    independent     Independent(base, n): the last n batch axes become one event
    laplace         Laplace(loc, scale)
    uniform         Uniform(low, high)
    mvn             MultivariateNormal(loc, scale_tril=...) or (loc, covariance=...)
    continuous_bernoulli    ContinuousBernoulli(logits)
    categorical     Categorical(logits)
    relaxed_categorical     RelaxedCategorical(logits, temperature)
    mixture         Mixture(logits=..., components=...)
    divergence      kl(p, q), exactly, by closed_forms and closed_forms_mixed
    bijectors       Affine, Exp, Coupling, Chain, ...: one-to-one maps with their log-det
    transformed     Transformed(base, bijector): the change of variables
    gradient_estimators     d/dl E[f(y)] of a categorical: exact_gradient, gradient_draws
    monte_carlo     expectation(f, p, n), entropy_monte_carlo(p, n), kl_monte_carlo(p, q, n)
"""
from .base import Distribution
from . import bijectors
from .bijectors import (ActNorm, Affine, Bijector, Chain, Coupling, Exp, Inverse,
                        MaskedAutoregressive, Permute, Sigmoid, Softplus, Tanh, TriangularAffine)
from .bernoulli import Bernoulli
from .categorical import Categorical
from .continuous_bernoulli import ContinuousBernoulli
from .gradient_estimators import bias_and_variance, exact_gradient, gradient_draws
from .independent import Independent
from .divergence import exact_kl, kl
from . import closed_forms, closed_forms_mixed
from .laplace import Laplace
from .mixture import Mixture
from .monte_carlo import Estimate, entropy_monte_carlo, expectation, kl_monte_carlo
from .mvn import MultivariateNormal
from .normal import Normal, StandardNormal
from .relaxed_categorical import RelaxedCategorical
from .transformed import Transformed
from .uniform import Uniform

__all__ = ["ActNorm", "Affine", "Bernoulli", "Bijector", "Categorical", "Chain",
           "ContinuousBernoulli", "Coupling", "Distribution", "Estimate", "Exp",
           "Independent", "Inverse", "Laplace", "MaskedAutoregressive", "Mixture",
           "MultivariateNormal", "Normal", "Permute", "RelaxedCategorical", "Sigmoid",
           "Softplus", "StandardNormal", "Tanh", "Transformed", "TriangularAffine", "Uniform",
           "bias_and_variance", "bijectors", "entropy_monte_carlo", "exact_gradient", "exact_kl",
           "expectation", "gradient_draws", "kl", "kl_monte_carlo"]
