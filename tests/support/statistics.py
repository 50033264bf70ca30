"""One rule for every statistical test: is this estimate what it claims to estimate?"""

import numpy as np

from scratchgen.elbo.estimates import FALSE_ALARM_RATE, critical_value  # noqa: F401


def assert_estimate(estimate, exact, examples=1, *, standard_error=None):
    """abs(estimate - exact) <= z standard errors, where z leaves a false alarm rate of 1e-9.

    `estimate` has the attributes `value` and `standard_error`, or is a number or array whose
    `standard_error` is given; prefer the exact standard error where it is known. `exact` is a
    number or an array of the shape of the estimate. The rate is shared (union bound) among the
    entries of an array and among the `examples` that one hypothesis test draws.

    A standard error of zero demands equality up to rounding: 64 units in the last place, which
    covers the summation of a sample of equal terms.
    """
    __tracebackhide__ = True
    if standard_error is None:
        estimate, standard_error = estimate.value, estimate.standard_error
    estimate, exact = np.asarray(estimate), np.asarray(exact)
    error = np.asarray(standard_error, dtype=float)
    for name, array in (("exact value", exact), ("standard error", error)):
        if array.shape not in ((), estimate.shape):
            raise ValueError(f"{name} of shape {array.shape} for an estimate of {estimate.shape}")
    if not (np.isfinite(error) & (error >= 0)).all():
        raise ValueError("a standard error must be finite and not negative")

    z = critical_value(examples * max(estimate.size, 1))
    unit = np.finfo(np.result_type(estimate, np.float32)).eps
    rounding = 64 * unit * np.maximum(np.abs(estimate), np.abs(exact))
    with np.errstate(invalid="ignore"):
        distance = np.abs(estimate.astype(float) - exact)
    wrong = ~(np.isfinite(distance) & (distance <= z * error + rounding))
    if wrong.any():
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        estimate, exact, error = (np.broadcast_to(a, wrong.shape)[at]
                                  for a in (estimate, exact, error))
        where = f" at index {at}, one of {wrong.sum()} of {wrong.size}" if wrong.ndim else ""
        raise AssertionError(f"estimate {estimate:.9g} against exact {exact:.9g}{where}: more than "
                             f"{z:.1f} standard errors of {error:.3g} apart")
