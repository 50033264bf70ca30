"""When not to believe a mean of importance weights."""
from .. import backend
from ..autodiff import ops
from ..distributions.base import raw
from .estimates import ENOUGH_DRAWS

ERROR_EXISTS, ERROR_IS_KNOWN = 1 / 2, 3 / 4


def doubts(model, x, name, proposal, ess, n):
    """Why the log of a mean of these weights is not to be trusted; "" if nothing speaks against it.

    The effective sample size cannot see what no draw has met.  So where the model knows its
    posterior the proposal is also held against that.
    """
    if hasattr(model, "posterior"):
        ratio = narrowest(proposal, model.posterior(x))
        if ratio <= ERROR_IS_KNOWN:
            limit, what = (ERROR_EXISTS, "the weights have an infinite variance") \
                if ratio <= ERROR_EXISTS else (ERROR_IS_KNOWN, "the error cannot be estimated")
            return (f"{name} is too narrow: in one direction it has {ratio:.2g} of the posterior's "
                    f"variance, and up to {limit:g} {what}")
    fewest = float(ops.min(ess))
    if not fewest >= ENOUGH_DRAWS:
        return (f"of {n:,} draws from {name} only {fewest:.3g} count for one of the examples "
                f"(effective sample size, wanted {ENOUGH_DRAWS}): the log of their mean is too low")
    return ""


def narrowest(q, posterior):
    """min over v of v^T C v / v^T S v: q's covariance C as a share of the posterior's S = L L^T.

    The smallest eigenvalue of L^-1 C L^-T.  For Gaussians E_q[w^m] is finite if and only if

        m S^-1 - (m - 1) C^-1  is positive definite,

    that is if this share is above (m - 1) / m: 1/2 for a variance of w, 3/4 for a variance of
    its estimate.
    """
    tril = _host(posterior.scale_tril)
    C = _host(q.covariance) if hasattr(q, "covariance") \
        else ops.expand_dims(_host(q.variance), -1) * _identity(tril)
    half = ops.solve_triangular(tril, C)                                            # L^-1 C
    both = ops.solve_triangular(tril, ops.matrix_transpose(half))                   # L^-1 C L^-T
    return float(ops.min(backend.namespace(both).linalg.eigvalsh(both)))


def _host(values):
    return ops.astype(backend.to_numpy(raw(values)), "float64")


def _identity(like):
    return backend.namespace(like).eye(like.shape[-1])
