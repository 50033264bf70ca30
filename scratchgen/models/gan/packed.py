"""PacGAN (Lin et al. 2018): a discriminator that judges several examples at once."""
import math
from numbers import Integral

from ... import nn
from ...autodiff import ops
from ...errors import ShapeError


class Packed(nn.Module):
    """D(x_1, ..., x_m): one score for m examples together.   (N, ...) -> what D makes of (N/m, m D)

    A generator without diversity is easy to tell from data by m examples at once, though each of
    them alone looks real (section 3).  Neighbours in a batch are packed, so N is a multiple of m;
    `discriminator` takes rows of m D numbers.  ValueError unless m is a positive integer.
    """

    def __init__(self, discriminator, m):
        if not isinstance(m, Integral) or m < 1:
            raise ValueError("Packed: m is how many examples are judged at once\n"
                             f"  expected  a positive integer\n  got       {m!r}")
        self.discriminator, self.m = discriminator, m

    def forward(self, x):
        n = x.shape[0]
        if n % self.m:
            raise ShapeError("Packed: examples are judged m at a time\n"
                             f"  expected  a multiple of {self.m}\n  got       {n} examples")
        return self.discriminator(ops.reshape(x, (n // self.m, self.m * math.prod(x.shape[1:]))))

    def describe(self):
        return f"Packed({self.m})"


def as_judged(gan, *batches):
    """What the slope of a discriminator is one of: (critic, batch, ...), (N, ...) -> (N/m, m, ...)

    D(x_1, ..., x_m) is a function of m examples, so its gradient has one norm, over all of them,
    and a line to be followed between packs.  Without packing all is as it is.
    """
    m = gan.discriminator.m if isinstance(gan.discriminator, Packed) else 1
    if m == 1:
        return gan.score, *batches
    packs = [ops.reshape(x, (x.shape[0] // m, m, *x.shape[1:])) for x in batches]
    return lambda u: gan.score(ops.reshape(u, (u.shape[0] * m, *u.shape[2:]))), *packs
