"""What every model with a code can do: reconstruct, interpolate, alter, compare."""
import math

from .. import backend, nn
from ..autodiff import ops
from ..autodiff.tensor import no_grad
from ..errors import ShapeError


class LatentModel(nn.Module):
    """A model that turns images into codes and codes into images.

    Subclasses give `code(x)`, (N, *image) -> (N, Z), and `image(z)`, (N, Z) -> (N, *image).

    `image_shape` is the shape of one image, or None if any will do.  A batch of images is
    (N, *image_shape), or flat, (N, D); images come back as (N, *image_shape).  `config` holds the
    name and the arguments of a model made by a constructor (see `build`), and is None otherwise.

    These methods are for looking: no graph is recorded, except by calling the model.
    """

    image_shape = None
    config = None

    def code(self, x):
        """The code of each image, or its mean if the code is random.   (N, *image) -> (N, Z)"""
        raise NotImplementedError(f"{type(self).__name__} has no code(x)")

    def image(self, z):
        """The image of each code, or its mean if the image is random.   (N, Z) -> (N, *image)"""
        raise NotImplementedError(f"{type(self).__name__} has no image(z)")

    def forward(self, x):
        """The reconstruction image(code(x)).   (N, *image) -> (N, *image)"""
        return self.image(self.code(x))

    @no_grad()
    def interpolate(self, a, b, steps):
        """image((1 - t) code(a) + t code(b)) for `steps` values of t from 0 to 1.

        a and b are an image each, giving (steps, *image), or N images each: (steps, N, *image).
        """
        if steps < 2:
            raise ValueError(f"interpolate: from a to b takes two steps at least, got {steps}")
        single = self.image_shape is not None and _shape(a) == self.image_shape
        if single:
            a, b = ops.expand_dims(a, axis=0), ops.expand_dims(b, axis=0)
        start, end = self.code(a), self.code(b)
        if start.shape != end.shape:
            raise ShapeError("interpolate: each image of a needs its partner in b\n"
                             f"  expected  {len(start)} images in b\n  got       {len(end)}")
        t = [i / (steps - 1) for i in range(steps)]
        images = self.image(ops.concat([(1 - s) * start + s * end for s in t]))
        n = () if single else (len(start),)
        return ops.reshape(images, (steps, *n, *images.shape[1:]))

    @no_grad()
    def alter(self, x, targets, alpha):
        """image(mu(x) + alpha (mean mu(targets) - mu(x))), where mu is `code`.   -> (N, *image)

        Moves each image of x towards the mean code of the targets: alpha = 0 is its reconstruction,
        alpha = 1 the image of the mean code, whatever x was.
        """
        alpha = float(alpha)            # a NumPy float64 would turn float32 codes into float64
        z, target = self.code(x), ops.mean(self.code(targets), axis=0, keepdims=True)
        return self.image((1 - alpha) * z + alpha * target)

    @no_grad()
    def attribute_vector(self, with_, without):
        """mean mu(with_) - mean mu(without): the direction in which an attribute grows.   -> (Z,)

        The images of `with_` have the attribute, those of `without` lack it, and what all of them
        share cancels.  Add a multiple of it to a code and decode.
        """
        return ops.mean(self.code(with_), axis=0) - ops.mean(self.code(without), axis=0)

    def _batch(self, what, x):
        return as_batch(what, x, self.image_shape)


def as_batch(what, x, image):
    """x as a batch (N, *image), where None is any shape; `what` begins the error if it is none."""
    shape = _shape(x)
    x = x if hasattr(x, "shape") else backend.asarray(x, "float32")
    flat = image is not None and shape[1:] == (math.prod(image),)
    if len(shape) < 2 or (image is not None and shape[1:] != image and not flat):
        want = "..." if image is None else ", ".join(map(str, image))
        hint = "\n  hint      a batch of one image: x[None]" if shape == image else ""
        raise ShapeError(f"{what}: not a batch of images\n  expected  (N, {want})\n"
                         f"  got       {shape}{hint}")
    if not shape[0]:
        raise ValueError(f"{what}: the batch is empty\n  expected  at least one image\n"
                         f"  got       {shape}")
    return ops.reshape(x, (shape[0], *image)) if flat and shape[1:] != image else x


def _shape(x):
    return tuple(x.shape) if hasattr(x, "shape") else tuple(backend.to_numpy(x).shape)
