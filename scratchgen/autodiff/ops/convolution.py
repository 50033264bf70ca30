"""Convolution, its transpose, its weight gradient: one trilinear form, differentiated three ways.

    T(x, w, u) = sum over n, i, j, k, m, c, o of x[n, i S + k D - P, j S + m D - P, c] w[k, m, c, o]
                                                 u[n, i, j, o]

T is linear in the image x, in the kernel w and in the outputs u.  Fix two of them, and the gradient
with respect to the third is one of three ops:

    conv2d(x, w) = dT/du        conv_transpose2d(u, w) = dT/dx        conv2d_weight(x, u) = dT/dw

So the rules of each are the other two, and derivatives of any order need nothing else (Dumoulin and
Visin 2016 draw all the sizes).
"""
import operator

from ...backend import windows
from ..primitive import primitive
from ..shapes import complaints, mismatch
from .activation import before, require_activation


@primitive("(N,H,W,C),(Kh,Kw,C,O),(O)?->(N,Oh,Ow,O)",
           formula="y[i, j] = sum_km x[i S + k D - P, j S + m D - P] w[k, m] + b")
def conv2d(xp, x, w, b=None, stride=1, padding=0, dilation=1, activation=None):
    """y[n, i, j, o] = f(sum_kmc x[n, i S + k D - P, j S + m D - P, c] w[k, m, c, o] + b[o])

    (N, H, W, C), (Kh, Kw, C, O), (O) -> (N, Oh, Ow, O),
    Oh = floor((H + 2P - D(Kh - 1) - 1) / S) + 1

    `b` may be None.  `stride` S, `padding` P (zeros on each side) and `dilation` D are numbers, or
    pairs for rows and columns.  As everywhere in deep learning the kernel is not flipped: a
    mathematician calls this a correlation.  `activation` f is one of those of `linear`, or None.
    ValueError if the kernel is larger than the padded image.
    """
    _require_shapes(conv2d, x, w, b)
    require_activation("conv2d", activation)
    form = _form("conv2d", stride, padding, dilation)
    count_windows("conv2d", x.shape[1:3], w.shape[:2], *form)
    return xp.conv2d(x, w, b, *form, activation)


@primitive("(N,H,W,I),(Kh,Kw,O,I),(O)?->(N,Oh,Ow,O)",
           formula="y[i S + k D - P, j S + m D - P] += w[k, m] x[i, j], from y = b on")
def conv_transpose2d(xp, x, w, b=None, stride=1, padding=0, output_padding=0, dilation=1,
                     output_size=None, activation=None):
    """<conv_transpose2d(x, w), y> = <x, conv2d(y, w)>: the adjoint of conv2d with the same kernel.

    (N, H, W, I), (Kh, Kw, O, I), (O) -> (N, Oh, Ow, O),
    Oh = (H - 1) S - 2P + D(Kh - 1) + 1 + output_padding

    Every number of x stamps a copy of the kernel onto y.  Images of S different sizes have H
    windows, so conv2d does not say which one it came from: `output_padding`, from 0 to S - 1, picks
    one, or `output_size` = (Oh, Ow) names it.  `b` may be None; all sizes are numbers or pairs.
    `activation` is one of those of `linear`, or None.  ValueError for any other output size.
    """
    _require_shapes(conv_transpose2d, x, w, b)
    require_activation("conv_transpose2d", activation)
    form = _form("conv_transpose2d", stride, padding, dilation)
    sizes = _output_sizes(x.shape[1:3], w.shape[:2], *form, output_padding, output_size)
    return xp.conv_transpose2d(x, w, b, sizes, *form, activation)


@primitive("(N,H,W,C),(N,Oh,Ow,O)->(Kh,Kw,C,O)",
           formula="y[k, m] = sum_ij x[i S + k D - P, j S + m D - P] u[i, j]^T")
def conv2d_weight(xp, x, u, kernel, stride=1, padding=0, dilation=1):
    """<conv2d_weight(x, u), w> = <u, conv2d(x, w)>: how each weight of a convolution moves <u, y>.

    (N, H, W, C), (N, Oh, Ow, O) -> (Kh, Kw, C, O) for `kernel` = (Kh, Kw), or one number for both.
    ValueError unless u has as many rows and columns as conv2d of x.
    """
    _require_shapes(conv2d_weight, x, u)
    form = _form("conv2d_weight", stride, padding, dilation)
    kernel = pair("conv2d_weight", "kernel", kernel, least=1)
    out = count_windows("conv2d_weight", x.shape[1:3], kernel, *form)
    if tuple(u.shape[1:3]) != out:
        raise ValueError("conv2d_weight: u has one row and column for each window on x\n"
                         f"  expected  {out}\n  got       {tuple(u.shape[1:3])}")
    return xp.conv2d_weight(x, u, kernel, *form)


# Where there is an activation, the gradient before it takes the place of g in every rule.

conv2d.shared = lambda g, y, x, w, b, activation=None, **form: before(g, y, activation)
conv2d.vjp = (
    lambda g, y, x, w, b, activation=None, **form:
        conv_transpose2d(g, w, output_size=x.shape[1:3], **form),
    lambda g, y, x, w, b, activation=None, **form:
        conv2d_weight(x, g, kernel=w.shape[:2], **form),
    lambda g, y, x, w, b, **params: g)

conv_transpose2d.shared = lambda g, y, x, w, b, activation=None, **form: before(g, y, activation)
conv_transpose2d.vjp = (
    lambda g, y, x, w, b, activation=None, output_padding=0, output_size=None, **form:
        conv2d(g, w, **form),
    lambda g, y, x, w, b, activation=None, output_padding=0, output_size=None, **form:
        conv2d_weight(g, x, kernel=w.shape[:2], **form),
    lambda g, y, x, w, b, **params: g)

conv2d_weight.vjp = (
    lambda g, y, x, u, kernel, **form: conv_transpose2d(u, g, output_size=x.shape[1:3], **form),
    lambda g, y, x, u, kernel, **form: conv2d(x, g, **form))


# ---- sizes ---------------------------------------------------------------------------------------

def pair(op, name, value, least=0):
    """A number for both axes, or one for rows and one for columns, as a pair; else ValueError."""
    try:
        numbers = tuple(map(operator.index, value)) if isinstance(value, (tuple, list)) \
            else (operator.index(value),) * 2
    except TypeError:
        numbers = ()
    if len(numbers) != 2 or min(numbers) < least:
        raise ValueError(f"{op}: {name} is an integer, or a pair of them for rows and columns\n"
                         f"  expected  {least} or more\n  got       {value!r}")
    return numbers


def count_windows(op, sizes, kernel, stride, padding, dilation):
    """(Oh, Ow); ValueError if there is no window on the image."""
    out = windows.counts(sizes, kernel, stride, padding, dilation)
    if min(out) < 1:
        padded = tuple(size + 2 * p for size, p in zip(sizes, padding))
        span = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation))
        raise ValueError(f"{op}: the kernel is larger than the image\n"
                         f"  expected  an image of {span} or more, padding included\n"
                         f"  got       {padded}")
    return out


def _form(op, stride, padding, dilation):
    return (pair(op, "stride", stride, least=1), pair(op, "padding", padding),
            pair(op, "dilation", dilation, least=1))


def _output_sizes(sizes, kernel, stride, padding, dilation, output_padding, output_size):
    """(Oh, Ow) of a transposed convolution: the smallest image with these windows, and the rest."""
    op = "conv_transpose2d"
    smallest = tuple((n - 1) * s - 2 * p + d * (k - 1) + 1
                     for n, k, s, p, d in zip(sizes, kernel, stride, padding, dilation))
    extra = pair(op, "output_padding", output_padding)
    if output_size is not None:
        wanted = pair(op, "output_size", output_size, least=1)
        if any(extra):
            raise ValueError(f"{op}: output_size and output_padding say the same thing twice\n"
                             f"  got       {wanted} and {extra}")
        extra = tuple(n - least for n, least in zip(wanted, smallest))
    result = tuple(n + e for n, e in zip(smallest, extra))
    if any(not 0 <= e < s for e, s in zip(extra, stride)):
        ends = [f"{n} ... {n + s - 1}" for n, s in zip(smallest, stride)]
        raise ValueError(f"{op}: no image of this size has {sizes[0]} x {sizes[1]} windows\n"
                         f"  expected  {ends[0]} rows and {ends[1]} columns "
                         f"(output_padding less than the stride {stride})\n"
                         f"  got       {result}")
    if min(sizes) < 1 or min(result) < 1:
        raise ValueError(f"{op}: nothing is left of the image\n"
                         f"  expected  1 or more rows and columns\n  got       {result}")
    return result


def _require_shapes(op, *arrays):
    """ShapeError in the signature's names unless the shapes fit."""
    shapes = [None if x is None else getattr(x, "shape", ()) for x in arrays]
    problems = complaints(op.names, op.signature, shapes)
    if problems:
        raise mismatch(op.name, op.names, op.signature, shapes, problems)
