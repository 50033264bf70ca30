"""Solutions of lesson 16, convolution."""
import numpy as np

from scratchgen import ops


def unseen_rows(size, kernel, stride, padding):
    """The remainder r of (H + 2P - K) / S is how many padded rows lie behind the last window.

    The last P of the padded rows are zeros and no loss, so r - P rows of the image are, if that is
    positive.  (With S > K there would be rows between the windows as well.)
    """
    return max(0, (size + 2 * padding - kernel) % stride - padding)


def receptive_field(layers):
    """From the last layer to the first: r numbers of a result come from (r - 1) S + K before it.

    One number first; each layer then replaces r.  Written out, every K - 1 is multiplied by the
    strides of the layers before it, which is the formula of the lesson.
    """
    seen = 1
    for kernel, stride in reversed(layers):
        seen = (seen - 1) * stride + kernel
    return seen


def transpose_by_convolution(u, w, stride):
    """Stamping at every S-th place is convolving what has zeros in between.

    Pixel p of the result gets u_i w_k for each i S + k = p.  Seen from p, that is the weight
    k = p - i S: the farther to the left the number, the later the weight, so the kernel is flipped.
    K - 1 zeros around let windows begin before the first number and end after the last one.
    """
    n, height, width, channels = u.shape
    spread = np.zeros((n, (height - 1) * stride + 1, (width - 1) * stride + 1, channels))
    spread[:, ::stride, ::stride] = u
    return ops.conv2d(spread, w[::-1, ::-1].swapaxes(2, 3), padding=len(w) - 1)
