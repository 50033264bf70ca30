"""Solutions of lesson 04, learning."""
import numpy as np


def logistic_loss(logit, t):
    """With l the logit and p = 1 / (1 + exp(-l)) the loss is log(1 + exp(l)) - t l.

    Like log sum exp, log(1 + exp(l)) = max(l, 0) + log(1 + exp(-|l|)): the exponent is never
    positive.  log1p keeps the digits of a loss as small as exp(-40), where 1 + exp(-40) is 1.
    """
    return (np.maximum(logit, 0) - t * logit) + np.log1p(np.exp(-np.abs(logit)))


def leaky_spread(inputs, slope):
    """Half of E[y^2] comes from above 0 and stays, the other half is multiplied by slope^2.

    So E[h^2] = (1 + slope^2) / 2 E[y^2] = (1 + slope^2) / 2 I Var w E[x^2], and the size is kept
    if Var w = 2 / ((1 + slope^2) I).  Slope 0 is relu, 2 / I; slope 1 is no activation, 1 / I.
    """
    return np.sqrt(2 / ((1 + slope ** 2) * inputs))


def adamw(p, g, t, m, v, lr, decay):
    """In Adam a decay that is added to g would be divided by sqrt(v) like everything else.

    Weights with large gradients would then hardly shrink at all.  Taken out of the gradient, the
    decay shrinks all weights by the same share of themselves in every step.
    """
    p = (1 - lr * decay) * p
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g ** 2
    return p - lr * (m / (1 - 0.9 ** t)) / (np.sqrt(v / (1 - 0.999 ** t)) + 1e-8), m, v


def blind_logits(labels, K):
    """The mean of p_k - [k = y] is 0 if p_k is the share of label k, so l_k = log of that share.

    The loss is then the entropy of the labels: what a network gains below it, it has from looking
    at the image.  (Adding one number to all logits changes nothing.)
    """
    return np.log(np.bincount(labels, minlength=K) / len(labels))
