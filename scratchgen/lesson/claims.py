"""What a lesson claims: assertions that print the two numbers which they compared."""
import math

from .. import backend
from ..autodiff.tensor import Tensor
from ..elbo import critical_value
from . import telling

_RELATIONS = {
    "=": lambda got, want, slack: abs(got - want) <= slack,
    "<=": lambda got, want, slack: got <= want + slack,
    ">=": lambda got, want, slack: got >= want - slack,
    "<": lambda got, want, slack: got < want - slack,
    ">": lambda got, want, slack: got > want + slack,
}


def claim(text, got, want=True, error=0.0, *, relation="=", tolerance=1e-9):
    """Assert and print that `got` stands in `relation` (=, <, <=, >, >=) to `want`.

    `error` is the standard error of the comparison: "=" then allows 6.1 of them, and "<" needs the
    difference to be larger than that.  Without one, "=" allows a relative (and absolute)
    `tolerance`; by how much the two may then differ is printed, unless that is the rounding of
    floating-point numbers.  Two booleans or two strings must be equal; two arrays (or Tensors) must
    have the same shape and be equal entry by entry, and their largest difference is printed.
    Raises AssertionError with both numbers.
    """
    if isinstance(want, (bool, str)) or isinstance(got, (bool, str)):
        holds, shown = got == want, f"{got}" if got == want else f"{got}, wanted {want}"
    elif _ndim(got) or _ndim(want):
        holds, shown = _compare_arrays(_host(got), _host(want), relation, tolerance)
    else:
        holds, shown = _compare(float(got), float(want), float(error), relation, tolerance)
    if not telling.CHECKING or not holds:
        print(f"  {'holds' if holds else 'FAILS'}    {text:56}  {shown}")
    if not holds:
        raise AssertionError(f"{text}: {shown}")


def complaint(f, *args, **kwargs):
    """(name, words) of the exception that f raises; ("no complaint", "") if it raises none."""
    try:
        f(*args, **kwargs)
    except Exception as error:
        return type(error).__name__, str(error)
    return "no complaint", ""


def _compare(got, want, error, relation, tolerance):
    slack = critical_value() * error
    exact = relation == "=" and not error
    if exact:
        slack = tolerance * max(1.0, abs(want))
    holds = math.isfinite(got) and math.isfinite(slack) and _RELATIONS[relation](got, want, slack)
    shown = f"{_number(got)} {relation} {_number(want)}"
    shown += f"  (standard error {error:.2g})" if error else ""
    shown += f"  (within {slack:.3g})" if exact and tolerance > 1e-8 else ""
    return bool(holds or (relation == "=" and got == want)), shown


def _compare_arrays(got, want, relation, tolerance):
    if relation != "=":
        raise ValueError(f"a claim about arrays is that they are equal, not {relation!r}")
    shape, expected = (getattr(x, "shape", ()) for x in (got, want))
    if shape != expected:
        return False, f"shape {shape}, wanted {expected}"
    apart = ~(got == want)                      # an infinity is near to nothing but itself
    difference = float(abs(got[apart] - want[apart]).max()) if apart.any() else 0.0
    sizes = abs(want[abs(want) < math.inf])
    scale = max(1.0, float(sizes.max())) if sizes.size else 1.0
    return difference <= tolerance * scale, f"largest difference {difference:.2g}"


def _host(x):
    return x.numpy() if isinstance(x, Tensor) else backend.to_numpy(x) if _ndim(x) else x


def _ndim(x):
    return getattr(x, "ndim", 0)


def _number(value):
    """1,073,741,824 for whole numbers, six digits for others."""
    whole = math.isfinite(value) and value == int(value) and abs(value) < 1e15
    return f"{int(value):,}" if whole else f"{value:.6g}"
