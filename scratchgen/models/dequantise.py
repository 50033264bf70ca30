"""From grey levels to real numbers and back: what a density has to do with a discrete image."""
import math

from .. import backend
from ..autodiff import ops
from ..distributions.base import as_value, raw


def dequantise(x, levels, *, rng):
    """y = ((L - 1) x + u) / L with u ~ U[0, 1): level l of L anywhere in its cell [l/L, (l+1)/L).

    x holds l / (L - 1), numbers from 0 to 1: the bundled digits have L = 17 levels, bytes 256.  A
    density alone can be as high as it likes at 17 points; after dequantisation it cannot, as

        log P(x) = log integral over the cell of p(y) dy  >=  E_u[log p(y)] - D log L

    by Jensen's inequality, for the discrete distribution P whose cells p fills: so the density's
    nats become a bound on the nats of the image (Theis, van den Oord and Bethge 2016, sec. 3.1).

    Whole numbers become float32.  Raises ValueError for other numbers (looked at on the host; on a
    device only inside `sg.backend.checked()`).
    """
    x = as_value(raw(x), backend.asarray(0.0, "float32"))       # noise for bits is no whole number
    _require_levels(x, levels)
    space, u = backend.namespace(x), backend.uniform(rng, x.shape, x)
    edge = levels * float(space.finfo(x.dtype).eps)     # nearer, rounding leads to the next cell
    return (space.round(x * (levels - 1)) + ops.clip(u, edge, 1 - edge)) / levels


def quantise(y, levels):
    """The level in whose cell y lies, l / (L - 1); beyond 0 and 1 it is the outermost one."""
    y = raw(y)
    level = backend.namespace(y).floor(y * levels)
    return ops.clip(level, 0, levels - 1) / (levels - 1)


def bits_per_dimension(nats, dimensions):
    """nats / (D log 2): how many bits a number, a pixel say, costs on average.

    Of the nats of a discrete image: those of a density come with D log L added, as in (NLL / D +
    log L) / log 2.
    """
    return nats / (dimensions * math.log(2))


def _require_levels(x, levels):
    """ValueError unless x holds multiples of 1 / (L - 1) from 0 to 1."""
    space = backend.namespace(x)
    if not backend.values_are_checked(space):
        return
    level = x * (levels - 1)
    off = space.abs(level - space.round(level)) > 1e-3
    if bool(space.any(off | (x < 0) | (x > 1))):
        share = float(space.mean(space.astype(off, x.dtype)))
        raise ValueError(f"dequantise: these are not {levels} grey levels\n"
                         f"  expected  multiples of 1/{levels - 1} from 0 to 1\n"
                         f"  got       numbers from {float(space.min(x)):.6g} to "
                         f"{float(space.max(x)):.6g}, {share:.1%} of them in between\n"
                         "  hint      the bundled digits have levels=17, images of bytes 256")
