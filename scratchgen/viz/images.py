"""Pictures of pictures: grids of images, reconstructions under what they reconstruct, manifolds."""
import math
from statistics import NormalDist

import numpy as np

from scratchgen.viz.style import NOT_A_NUMBER, dressed

GAP = 0.12                      # between two images, as a share of one
SEAM = np.float32([0.68, 0.76, 0.85])   # its colour: blue, so neither ink nor paper of an image


def image_grid(images, *, columns=None, shape=None, limits=(0, 1), title="", ax=None):
    """Images in reading order, dark = limits[0], light = limits[1]; NaN is orange.

    images  (N, H, W), (N, H, W, 1), (N, H, W, 3), or flat (N, D) with shape=(H, W) or (H, W, C);
            square grey images need no shape
    """
    images = _pixels(images, shape, limits)
    n = len(images)
    columns = min(n, columns or math.ceil(math.sqrt(n)))
    rows = math.ceil(n / columns)
    ax = dressed(ax, _size(rows, columns, images), title, frame=False)
    _show(ax, images, rows, columns, GAP)
    ax.set_xticks([])
    ax.set_yticks([])
    return ax


def reconstructions(images, *others, names=("data", "reconstruction"), columns=12, shape=None,
                    title="Each column: an image and what the model makes of it", ax=None):
    """The first `columns` images in a row, and right under them what each of `others` made of them.

    All arrays as in image_grid, with the same N; `names` says what each row is.
    """
    rows = [images, *others]
    if len({len(row) for row in rows}) > 1 or len(rows) != len(names):
        raise ValueError(f"every row needs a name and the same number of images\n"
                         f"  expected  {len(names)} rows: {', '.join(names)}\n"
                         f"  got       {len(rows)} rows of {[len(row) for row in rows]} images")
    columns = min(columns, len(images))
    pixels = np.concatenate([_pixels(row[:columns], shape, (0, 1)) for row in rows])
    ax = dressed(ax, _size(len(rows), columns, pixels, margin=1.1), title, frame=False)
    _show(ax, pixels, len(rows), columns, GAP)
    ax.set_xticks([])
    ax.set_yticks(np.arange(len(rows)), names)
    return ax


def quantile_grid(n=15):
    """z_ij = (Phi^-1((j + 1/2) / n), Phi^-1(1 - (i + 1/2) / n)): n^2 codes of equal prior mass.

    (n * n, 2) float32, row by row from the top left, ready to be decoded for `manifold`.
    """
    z = _quantiles(n)
    return np.stack(np.meshgrid(z, z[::-1]), axis=-1).reshape(-1, 2).astype(np.float32)


def manifold(images, *, shape=None, title="What each place of the latent plane decodes to",
             ax=None):
    """The decoded codes of quantile_grid(n), (n * n, ...) as in image_grid, each at its place.

    Equal steps along an axis are equal prior mass: the crowded middle has the room that it needs.
    """
    images = _pixels(images, shape, (0, 1))
    n = math.isqrt(len(images))
    if n * n != len(images):
        raise ValueError(f"a manifold is a square of images\n"
                         f"  expected  n * n images, decoded from quantile_grid(n)\n"
                         f"  got       {len(images)}")
    ax = dressed(ax, (5.4, 5.6), title, "$z_1$ (normal quantiles)", "$z_2$", frame=False)
    _show(ax, images, n, n, gap=GAP / 2)
    ticks = np.unique(np.linspace(0, n - 1, 5).round().astype(int))
    labels = [f"{_quantiles(n)[tick]:.1f}".replace("-", "\N{MINUS SIGN}") for tick in ticks]
    ax.set_xticks(ticks, labels)
    ax.set_yticks(n - 1 - ticks, labels)
    return ax


def _quantiles(n):
    return np.array([NormalDist().inv_cdf((i + 0.5) / n) for i in range(n)])


def _pixels(images, shape, limits):
    """Any layout to colours (N, H, W, 3) in [0, 1]."""
    images = np.asarray(images, dtype=np.float32)
    if images.ndim == 2 and shape is None and math.isqrt(images.shape[1]) ** 2 == images.shape[1]:
        shape = (math.isqrt(images.shape[1]),) * 2
    if images.ndim == 2 and shape is not None and math.prod(shape) == images.shape[1]:
        images = images.reshape(len(images), *shape)
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or images.size == 0:
        raise ValueError(f"these are not images\n"
                         f"  expected  (N, H, W), (N, H, W, 1 or 3), or (N, D) with shape=(H, W)\n"
                         f"  got       {images.shape}" + (f" with shape={shape}" if shape else ""))
    low, high = limits
    colours = np.clip((images - low) / (high - low), 0, 1).repeat(3 // images.shape[-1], axis=-1)
    orange = np.array([int(NOT_A_NUMBER[i:i + 2], 16) for i in (1, 3, 5)], np.float32) / 255
    return np.where(np.isnan(colours).any(axis=-1, keepdims=True), orange, colours)


def _show(ax, images, rows, columns, gap):
    """Draw image (i, j) centred at x = j, y = i, y downwards: one picture for all of them."""
    n, height, width, _ = images.shape
    # A whole number of pixels; small images are drawn with more of them, to have gaps as narrow.
    zoom = max(1, math.ceil(1 / (gap * min(height, width))))
    images = images.repeat(zoom, axis=1).repeat(zoom, axis=2)
    space = round(gap * zoom * min(height, width))
    tall, wide = zoom * height + space, zoom * width + space
    sheet = np.ones((rows * tall - space, columns * wide - space, 3), dtype=np.float32)
    for k, image in enumerate(images):
        top, left = k // columns * tall, k % columns * wide
        sheet[top:top + tall, left:left + wide] = SEAM
        sheet[top:top + zoom * height, left:left + zoom * width] = image
    half_x, half_y = zoom * width / wide / 2, zoom * height / tall / 2
    ax.imshow(sheet, interpolation="nearest", aspect=tall / wide,
              extent=(-half_x, columns - 1 + half_x, rows - 1 + half_y, -half_y))


def _size(rows, columns, images, margin=0.15):
    """Inches: images as large as on a contact sheet, the sheet no wider than a page."""
    _, height, width, _ = images.shape
    side = min(0.62, 7.5 / columns)
    return max(3.2, columns * side + margin), max(0.3, rows * side * height / width) + 0.42
