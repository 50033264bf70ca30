"""audit(...): which of the usual mistakes are in a variational autoencoder that you wrote yourself?

    findings        Finding, and how a list of them is printed
    handed          the functions that were handed in, called and looked at
    densities       do they integrate to 1, and over what?
    sampler         are draws, density and divergence of one and the same q(z|x)?
    weights         importance weights and bounds
    objective       what a loss is made of: effective beta
"""

from ... import backend
from ...errors import ShapeError
from ..bounds import as_examples
from ..estimates import ENOUGH_FOR_AN_ERROR
from . import densities, objective, sampler, weights
from .findings import Finding, Findings
from .handed import Handed, host

__all__ = ["Finding", "Findings", "audit"]


def audit(x, *, sample, log_q=None, log_prior=None, log_likelihood=None, kl=None, log_weight=None,
          bound=None, loss=None, validation_loss=None, beta=1.0, k=5, batch=8, n=2000, rng):
    """Which of the usual mistakes are in these functions, with the numbers: a list of `Finding`s.

        found = sg.elbo.audit(
            images,
            sample=lambda x, rng: draw(*encode(x), rng),
            kl=lambda x: divergence(*encode(x)),
            log_likelihood=lambda x, z: -bce(decode(z), x).sum(axis=1),
            loss=my_loss,
            rng=0)
        print(found)
        assert found.ok

    Hand in what you have, as functions of arrays with the examples along the first axis; what is
    not given is not checked.  M is any number of rows:

        sample(x, rng)          z ~ q(z|x), one a row                         (M, ...) -> (M, Z)
        log_q(z, x)             log q(z|x), summed over the code              -> (M,)
        log_prior(z)            log p(z); by default that of N(0, I)          -> (M,)
        log_likelihood(x, z)    log p(x|z), summed over pixels                -> (M,)
        kl(x)                   KL(q(z|x) || p(z)) in closed form             -> (M,)
        log_weight(x, z)        log p(x|z) + log p(z) - log q(z|x)            -> (M,)
        bound(x, k, rng)        log (1/k) sum of k weights                    -> (M,)
        loss(x, rng)            what training minimises, of a batch           -> one number
        validation_loss(x, rng)     what is reported of examples held out     -> one number

    Their log-densities are in nats.  `x` holds some tens of examples (N, ...); `beta` is meant to
    multiply the KL, `k` and `batch` are the sizes with which bound and loss are called, `n` the
    draws for each of 8 examples.  Results may be arrays of any backend or Tensors; x, z and the
    generators that the functions are given are NumPy's.

    Checked are: that log_q, log_prior and log_likelihood integrate to 1 (products of Gaussians, and
    pixels that are Bernoulli, continuous Bernoulli or Gaussian; bits that are none); that `sample`
    draws from log_q, anew each time; that `kl` is the divergence of what is drawn, and not
    negative; that weights are weights, and the bound is the logarithm of their mean; that `loss` is
    a (reconstruction + beta KL) + constant, by a regression over batches that finds the *effective*
    beta whatever is averaged or summed; that the validation loss is the training loss.

    Without `log_q`, q(z|x) is taken to be a diagonal Gaussian.  A loss is held against the
    divergence of what is drawn if `kl` is another.  A finding is a mistake if it is off by more
    than z standard errors, with the z of all comparisons here (`critical_value`), so that right
    code raises no alarm; it is "open" if the check could not tell.  What no function of values can
    show is not found: a gradient that does not flow, weights that are not detached.  Nor is a
    sigmoid(2 x) in density and loss alike: that is another decoder, and as good a one.
    """
    examples = host(as_examples(x))
    if examples.ndim < 2 or len(examples) < 2:
        raise ShapeError("audit: x is not a batch of examples\n  expected  (N, ...), N >= 2\n"
                         f"  got       {examples.shape}")
    if n < ENOUGH_FOR_AN_ERROR:
        raise ValueError("audit: too few draws for a verdict\n"
                         f"  expected  n >= {ENOUGH_FOR_AN_ERROR}\n  got       {n}")
    handed = Handed(examples, n, backend.rng(rng), sample=sample, log_q=log_q, log_prior=log_prior,
                    log_likelihood=log_likelihood, kl=kl)
    z = handed.draws(handed.some, n)
    handed = handed._replace(eps=_eps(handed, z))
    found = Findings([sampler.freshness(handed)])
    for name in ("log_q", "log_prior", "log_likelihood"):
        if getattr(handed, name) is not None:
            found.append(densities.normalisation(handed, name, z))
    wrong = bool(found.mistakes)
    if log_q is not None:
        found += sampler.spread(handed, z)
        wrong = bool(found.mistakes)
    kl_is_right = False
    if kl is not None:
        about_kl = sampler.divergence(handed, z, wrong)
        found += about_kl
        kl_is_right = Findings(about_kl).ok
    _require("log_weight", log_weight, log_likelihood=log_likelihood, log_q=log_q)
    _require("bound", bound, log_likelihood=log_likelihood, log_q=log_q)
    if log_weight is not None:
        found.append(weights.weights(handed, log_weight, z))
    if bound is not None:
        found.append(weights.bound(handed, bound, k, z))
    _require("loss", loss, log_likelihood=log_likelihood)
    _require("validation_loss", validation_loss, loss=loss)
    if loss is not None:
        batches, training = objective.measured(handed, batch, kl_is_right, loss)
        found += objective.objective(batches, training, beta)
        if validation_loss is not None:
            validation = batches.losses("validation_loss", validation_loss)
            found.append(objective.same_objective(batches, training, validation, handed.eps))
    return found


def _require(name, given, **needed):
    missing = [other for other, f in needed.items() if f is None]
    if given is not None and missing:
        raise ValueError(f"audit: {name} is held against others\n"
                         f"  expected  {' and '.join(missing)} as well")


def _eps(handed, z):
    """The unit of rounding of the coarsest numbers that come back."""
    x, code = handed.some[:1], z[0, :1]
    values = [x, z]
    for f, arguments in ((handed.log_q, (code, x)), (handed.log_prior, (code,)),
                         (handed.log_likelihood, (x, code)), (handed.kl, (x,))):
        if f is not None:
            values.append(host(f(*arguments)))
    space = backend.namespace(z)
    floating = [v.dtype for v in values if backend.is_floating(v)]
    return max(float(space.finfo(dtype).eps) for dtype in floating)
