"""What every distribution can do, and how its parameters and arguments become arrays of one kind.

A distribution has two shapes.  `event_shape` is the shape of one draw; `batch_shape` counts
distributions side by side, each with parameters of its own.  A sample has shape

    shape asked for  +  batch_shape  +  event_shape,

and `log_prob` gives one number per draw: it removes the event axes and no other.
"""
from .. import backend
from ..autodiff import ops, shapes
from ..autodiff.tensor import Tensor, no_grad, wrap
from ..errors import ShapeError


class Distribution:
    """p(x): draw from it, and ask how likely a draw is.

    Parameters are arrays or Tensors.  With Tensors among them results are Tensors, and
    gradients flow to the parameters; with arrays alone results are arrays.  Log-probabilities are
    in nats.
    """

    batch_shape = event_shape = ()

    def sample(self, shape=(), *, rng):
        """x ~ p, through which no gradient passes.   shape + batch_shape + event_shape"""
        with no_grad():
            return self.rsample(shape, rng=rng)

    def rsample(self, shape=(), *, rng):
        """x = f(noise, parameters) ~ p with noise free of parameters, so gradients pass through x.

        This is the reparameterisation of Kingma and Welling (2014, section 2.4).
        """
        raise NotImplementedError(f"{type(self).__name__} has no reparameterised sample")

    def log_prob(self, x):
        """log p(x) in nats, one number per draw.   (..., *batch, *event) -> (..., *batch)"""
        raise NotImplementedError(f"{type(self).__name__} has no log_prob")

    def entropy(self):
        """H = -E[log p(x)] in nats.   -> batch_shape"""
        raise NotImplementedError(f"{type(self).__name__} has no entropy in closed form")

    @property
    def mean(self):
        """E[x].   batch_shape + event_shape"""
        raise NotImplementedError(f"{type(self).__name__} has no mean in closed form")

    @property
    def variance(self):
        """E[(x - E[x])^2], entry by entry.   batch_shape + event_shape"""
        raise NotImplementedError(f"{type(self).__name__} has no variance in closed form")

    def __repr__(self):
        return (f"{type(self).__name__}(batch_shape={self.batch_shape}, "
                f"event_shape={self.event_shape})")


def raw(x):
    """The array inside a Tensor; an array is returned as it is."""
    return x.data if isinstance(x, Tensor) else x


def as_parameters(*given):
    """The parameters as floating-point arrays, or all as Tensors if there is a Tensor among them.

    A number follows the first array beside it in dtype and device: Normal(loc, 1.0) keeps float32.
    Numbers and lists alone are float64.
    """
    values = [x if isinstance(x, (int, float)) else _floating(x) for x in given]
    arrays = [raw(x) for x in values if not isinstance(x, (int, float))]
    like = arrays[0] if arrays else backend.asarray(0.0)
    values = [as_value(x, like) for x in values]
    if any(isinstance(x, Tensor) for x in values):
        values = [x if isinstance(x, Tensor) else wrap(x) for x in values]
    return values


def _floating(x):
    if not isinstance(x, Tensor) and not backend.is_array(x):
        x = backend.asarray(x)
    return x if backend.is_floating(raw(x)) else ops.astype(x, "float64")


def as_value(x, like):
    """x as a floating-point array or Tensor; numbers, lists and integers become like `like`."""
    if not isinstance(x, Tensor) and not backend.is_array(x):
        return backend.from_host(backend.to_numpy(x), like)
    return x if backend.is_floating(raw(x)) else ops.astype(x, like.dtype)


sample_shape = shapes.as_shape          # how many draws: an int or a tuple, as a tuple


def broadcast_shape(what, **given):
    """The shape that these shapes broadcast to; a ShapeError begins with `what`."""
    sizes = list(given.values())
    result = sizes[0]
    for size in sizes[1:]:
        if size != result:
            result = _broadcast(what, given)
            break
    return result


def _broadcast(what, given):
    signature = ",".join(["(...)"] * len(given)) + "->(...)"
    wrong = shapes.mismatch(what, tuple(given), signature, list(given.values()))
    if wrong:
        raise wrong
    rank = max(map(len, given.values()))
    padded = [(1,) * (rank - len(size)) + size for size in given.values()]
    return tuple(next((n for n in axis if n != 1), 1) for axis in zip(*padded))


def broadcast_to(x, shape):
    """x in this shape; x itself if it has it already."""
    return x if x.shape == shape else ops.broadcast_to(x, shape)


def require_event(what, x, event_shape):
    """Raise ShapeError unless x ends in the shape of one draw."""
    if x.shape[len(x.shape) - len(event_shape):] != event_shape:
        raise ShapeError(f"{what}: x does not end in the shape of one draw\n"
                         f"  expected  (..., {', '.join(map(str, event_shape))})\n"
                         f"  got       {tuple(x.shape)}")


def require_positive(owner, name, x, hint=None):
    """Raise ValueError unless every number is positive; NaN passes, as through all arithmetic."""
    array = raw(x)
    space = backend.namespace(array)
    if backend.values_are_checked(space) and bool(space.any(array <= 0)):
        raise ValueError(f"{owner}: {name} must be positive\n"
                         f"  expected  {name} > 0 everywhere\n"
                         f"  got       a smallest value of {float(space.min(array)):.6g}"
                         + (f"\n  hint      {hint}" if hint else ""))
