"""From a data set to what one step of training sees."""
import operator

import numpy as np

from scratchgen.errors import DataError


def batches(x, size, *, rng, shuffle=True, drop_last=False):
    """One epoch: x[pi(1), ..., pi(B)], x[pi(B+1), ..., pi(2B)], ...  with a random permutation pi.

    x     an array of N examples along its first axis, or a tuple of such arrays; what is yielded
          is of the same kind: arrays, or tuples of arrays that still belong together
    size  B, the examples in a batch; the last batch has what is left (drop_last leaves it out)
    rng   a numpy.random.Generator (may be None if shuffle is False)

    The permutation is drawn here and now, one `rng.permutation(N)` for each call and nothing later,
    so a training that stores the state of rng at the end of an epoch resumes with the same batches.
    Shuffled batches are copies; unshuffled ones are views of x.

    Raises ValueError for a size below 1, a size that with drop_last leaves no batch at all, or
    arrays of different lengths; DataError if there are no examples; TypeError for another rng, or
    for a list.
    """
    arrays = x if isinstance(x, tuple) else (x,)
    n = _examples(arrays)
    size = operator.index(size)
    if size < 1 or (drop_last and size > n):
        raise ValueError(f"no batch can have this size\n"
                         f"  expected  1 to {n:,}, the number of examples\n"
                         f"  got       {size:,}")
    order = None
    if shuffle:
        if not isinstance(rng, np.random.Generator):
            raise TypeError(f"shuffling needs a source of randomness\n"
                            f"  expected  rng=numpy.random.default_rng(seed)\n"
                            f"  got       rng={rng!r}")
        order = rng.permutation(n)
    return _cut(x, arrays, n, size, order, drop_last)


def _cut(x, arrays, n, size, order, drop_last):
    """A generator apart: `batches` checks and draws when it is called, not at the first step."""
    for start in range(0, n - size + 1 if drop_last else n, size):
        rows = slice(start, start + size)
        if order is not None:
            rows = order[rows]
        cut = tuple(array[rows] for array in arrays)
        yield cut if isinstance(x, tuple) else cut[0]


def _examples(arrays):
    """N, the common length of the first axes."""
    if any(isinstance(array, list) for array in arrays):
        raise TypeError("batches are cut out of an array, or out of several in a tuple\n"
                        "  expected  x, or (x, y)\n  got       a list\n"
                        "  hint      numpy.asarray(list), or tuple(list) if it holds arrays")
    shapes = [np.shape(array) for array in arrays]
    if not shapes or () in shapes:
        raise ValueError(f"batches are cut along the first axis\n"
                         f"  expected  an array of at least one axis, or a tuple of them\n"
                         f"  got       shapes {shapes}")
    if len({shape[0] for shape in shapes}) > 1:
        raise ValueError(f"the arrays do not belong together\n"
                         f"  expected  the same number of examples in each\n"
                         f"  got       shapes {', '.join(map(str, shapes))}")
    if shapes[0][0] == 0:
        raise DataError(f"there is nothing to cut into batches\n"
                        f"  expected  at least one example\n"
                        f"  got       shapes {', '.join(map(str, shapes))}")
    return shapes[0][0]


def binarise(images, threshold=0.5):
    """x = 1 if pixel >= threshold else 0, in float32, of the same shape.

    A Bernoulli likelihood is a distribution over black and white: on grey pixels it is the density
    of nothing, and an ELBO or log p(x) in nats would have no meaning.  The comparison is >=, so a
    pixel of 8/16 of the bundled digits, which is exactly 0.5, becomes 1.  (The bytes of the MNIST
    family have no level at 0.5: 127 becomes 0, 128 becomes 1.)

    Raises ValueError if a pixel lies outside [0, 1] or is NaN (bytes must be divided by 255 first),
    or if the threshold is not in (0, 1]: beyond it every pixel would become the same.
    """
    images = np.asarray(images)
    if not 0 < threshold <= 1:
        raise ValueError(f"this threshold separates nothing\n"
                         f"  expected  a number in (0, 1]\n"
                         f"  got       {threshold!r}")
    if images.size and not (images.min() >= 0 and images.max() <= 1):
        raise ValueError(f"only images in [0, 1] can be binarised\n"
                         f"  expected  every pixel between 0 and 1\n"
                         f"  got       {images.min()} to {images.max()}\n"
                         f"  hint      grey levels in bytes are divided by 255 first")
    return (images >= threshold).astype(np.float32)
