"""Whatever makes examples: how every instrument here gets at them."""
import math

from ... import backend, nn
from ...autodiff import ops
from ...autodiff.tensor import no_grad
from ...distributions.base import raw
from ...errors import ShapeError


@no_grad()
def draw(source, n, *, rng):
    """n examples of `source`, an array (n, ...) on its own device.

        model           anything with `.sample(n, rng=rng)`: a GAN, a VAE, a density
        function        `function(n, rng=rng)`
        examples        an array, a Tensor or a list (N, ...): taken as they are, all N of them

    `rng` is an int or a `numpy.random.Generator`; for examples None will do.  Raises TypeError for
    None where it is needed, ShapeError for something other than n examples.
    """
    make = getattr(source, "sample", source if callable(source) else None)
    if make is None:
        x = raw(source)
        x = x if backend.is_array(x) else backend.asarray(x)
        n = x.shape[0] if x.shape else 0
    elif n is None:
        raise TypeError("examples are asked for here, and this makes them\n"
                        "  expected  an array (N, ...)\n"
                        f"  got       {type(source).__name__}\n"
                        "  hint      draw some: sampler.sample(1000, rng=rng)")
    elif rng is None:
        raise TypeError("a sampler needs a source of randomness\n"
                        "  expected  rng=, an int or a numpy.random.Generator\n"
                        "  got       rng=None")
    else:
        x = raw(make(n, rng=backend.rng(rng)))
    if not backend.is_array(x) or not n or len(x.shape) < 1 or x.shape[0] != n:
        found = tuple(x.shape) if hasattr(x, "shape") else type(x).__name__
        wanted = n if n and n > 0 else "N"
        raise ShapeError("a sampler gives one example after the other\n"
                         f"  expected  ({wanted}, ...), with one example at least\n"
                         f"  got       {found}")
    return x


def rows(source, n, *, rng):
    """The examples of `draw` as rows of numbers on the host, in float64.   -> (n, D)

    Distances are differences of large numbers, so float32 would not do.
    """
    x = ops.astype(backend.to_numpy(draw(source, n, rng=rng)), "float64")
    return ops.reshape(x, (x.shape[0], math.prod(x.shape[1:])))


def finite_rows(what, source, n, *, rng):
    """The same, where a number that is not finite leaves nothing to measure: ValueError."""
    x = rows(source, n, rng=rng)
    good = backend.namespace(x).isfinite(x)
    if not bool(ops.min(ops.astype(good, "float64"))):
        bad = x.shape[0] - int(ops.sum(ops.min(ops.astype(good, "float64"), axis=1)))
        raise ValueError(f"{what}: not every example is made of finite numbers\n"
                         f"  got       {bad:,} of {x.shape[0]:,} with NaN or infinity\n"
                         "  hint      a generator whose numbers overflow has diverged")
    return x


def at_home(f, x):
    """x with the dtype and on the device of the module that f is, or is a method of.

    Networks take no other: a float32 discriminator asked at float64 points.  For any other function
    x stays as it is.
    """
    owner = getattr(f, "__self__", f)
    parameters = owner.parameters() if isinstance(owner, nn.Module) else []
    return backend.from_host(backend.to_numpy(x), parameters[0].data) if parameters else x


def same_width(what, a, b):
    """Raise ShapeError unless rows of a and b have equally many numbers."""
    if a.shape[1] != b.shape[1]:
        raise ShapeError(f"{what}: the two sets are not of the same kind of example\n"
                         f"  expected  equally many numbers in each example\n"
                         f"  got       {a.shape[1]} and {b.shape[1]}")
