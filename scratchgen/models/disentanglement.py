"""Does one number of the code hold one factor of variation?  The mutual information gap."""
import math
from typing import NamedTuple

from .. import backend
from ..autodiff import ops
from ..distributions.base import raw
from ..errors import ShapeError


class Gap(NamedTuple):
    """The mutual information gap, and all that it is made of."""

    mig: float              # mean over the factors of `gaps`
    gaps: tuple             # for each factor: (highest - second highest information) / H(factor)
    information: tuple      # I(z_j; v_k) in nats, a row for each factor, a column for each z_j
    entropy: tuple          # H(v_k) in nats

    def __str__(self):
        return f"MIG {self.mig:.3f}, for each factor " + ", ".join(f"{g:.3f}" for g in self.gaps)


def mutual_information_gap(codes, factors, *, bins=20, factor_bins=10):
    """MIG = (1/K) sum_k (I(z_j*; v_k) - max_{j != j*} I(z_j; v_k)) / H(v_k),  j* = argmax_j I.

    codes (N, Z) with Z >= 2, factors (N, K): N examples each.  1 if every factor is told by one
    number of the code alone, 0 if no number tells more of a factor than another does (Chen et al.
    2018, eq. 6).  For a VAE the codes are draws of q(z|x), not its means: a number at the prior has
    means that vary a little, and what the decoder never sees would count.

    The estimator of I(z_j; v_k) is that of a histogram: each column of codes is cut into `bins`
    intervals of equally many examples, each factor of more than `factor_bins` different values into
    `factor_bins`; ties stay together.  It is too high by about (bins - 1)(factor_bins - 1) / 2N
    nats, and what varies within an interval is not seen.  Raises ValueError where there is nothing
    to measure: a factor that never varies, a code of one number, or a single interval.
    """
    codes, factors = _table("codes", codes), _table("factors", factors)
    n, size = codes.shape
    if factors.shape[0] != n or size < 2:
        raise ShapeError("mutual_information_gap: a gap is between two numbers of the same codes\n"
                         "  expected  codes (N, Z) with Z >= 2 and factors (N, K)\n"
                         f"  got       {tuple(codes.shape)} and {tuple(factors.shape)}")
    if min(bins, factor_bins) < 2:
        raise ValueError("mutual_information_gap: one interval tells nothing apart\n"
                         "  expected  bins and factor_bins of 2 or more\n"
                         f"  got       {bins!r} and {factor_bins!r}")
    cut = [_intervals(codes[:, j], bins) for j in range(size)]
    information, entropies, gaps = [], [], []
    for k in range(factors.shape[1]):
        v = _intervals(factors[:, k], factor_bins)
        entropy = _entropy(ops.mean(v, axis=0))
        if not entropy > 0:
            raise ValueError(f"mutual_information_gap: factor {k} never varies\n"
                             "  hint      leave its column out")
        row = [entropy + _entropy(ops.mean(z, axis=0))
               - _entropy(ops.matmul(ops.matrix_transpose(z), v) / n) for z in cut]
        second, first = sorted(row)[-2:]
        gaps.append((first - second) / entropy)
        information.append(tuple(row))
        entropies.append(entropy)
    return Gap(sum(gaps) / len(gaps), tuple(gaps), tuple(information), tuple(entropies))


def _table(what, values):
    """A table of numbers as an array on the host, in float64."""
    values = ops.astype(backend.to_numpy(raw(values)), "float64")
    if len(values.shape) != 2 or not bool(backend.namespace(values).all(values == values)):
        raise ShapeError(f"mutual_information_gap: {what} are no table of numbers\n"
                         f"  expected  a row an example, without NaN\n"
                         f"  got       {tuple(values.shape)}")
    return values


def _intervals(values, bins):
    """In which interval each value lies, as ones among zeros.   (N,) -> (N, bins)

    At most `bins` different values have an interval each.  More are cut at their quantiles.
    """
    space = backend.namespace(values)
    edges = space.unique_values(values)[1:]
    if edges.shape[0] >= bins:
        ranked = space.sort(values)
        edges = space.asarray([float(ranked[i * len(ranked) // bins]) for i in range(1, bins)])
    place = space.searchsorted(edges, values, side="right")
    return ops.astype(ops.expand_dims(place, 1) == space.arange(edges.shape[0] + 1), "float64")


def _entropy(p):
    """-sum p log p in nats, of numbers that add up to 1; 0 log 0 = 0."""
    return -sum(q * math.log(q) for q in ops.reshape(p, (-1,)).tolist() if q > 0)
