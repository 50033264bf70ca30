"""Small images drawn from known factors: what a latent space ought to find, known beforehand."""
import numpy as np

from scratchgen import backend
from scratchgen.data.dataset import Dataset, Split

SHAPES = ("square", "ellipse", "triangle")
FACTORS = ("shape", "scale", "rotation", "x", "y")
# Below a quarter turn no two rotations look the same, whatever the shape's symmetry (the square's
# is the tightest); within these places and scales no shape is cut off.
LOW = np.array([0, 0.28, 0.0, -0.4, -0.4])
HIGH = np.array([3, 0.52, np.pi / 2, 0.4, 0.4])
BLOCK = 64                      # images drawn at once: their fine grids stay in cache


def sprites(n, *, rng, size=16):
    """n images, each drawn from five independent, uniform factors: (images, factors).

    images   (n, size, size, 1) float32 in [0, 1], white shape on black, edges antialiased
    factors  (n, 5) float32 in the order of FACTORS: shape 0, 1, 2 as in SHAPES; scale, x and y in
             units of half the image's side, y upwards; rotation in radians, anticlockwise

    After dSprites (Matthey et al. 2017), with a triangle for the heart, and continuous factors.
    """
    factors = LOW + (HIGH - LOW) * backend.rng(rng).random((n, len(FACTORS)))
    factors[:, 0] = np.floor(factors[:, 0])
    return draw_sprites(factors, size=size), factors.astype(np.float32)


def draw_sprites(factors, *, size=16, samples=4):
    """Factors (N, 5) to images (N, size, size, 1): the share of each pixel that the shape covers.

    The share is counted at samples x samples points of the pixel.  Raises ValueError for factors
    of another shape, or a sprite that is none of SHAPES.
    """
    factors = np.asarray(factors, dtype=np.float32)
    if factors.ndim != 2 or factors.shape[1] != len(FACTORS):
        raise ValueError(f"a sprite has {len(FACTORS)} factors: {', '.join(FACTORS)}\n"
                         f"  expected  shape (N, {len(FACTORS)})\n"
                         f"  got       {factors.shape}")
    if not np.isin(factors[:, 0], range(len(SHAPES))).all():
        raise ValueError(f"no sprite has this shape\n"
                         f"  expected  0 to {len(SHAPES) - 1} for {', '.join(SHAPES)}\n"
                         f"  got       {factors[:, 0].min()} to {factors[:, 0].max()}")
    images = np.empty((len(factors), size, size, 1), dtype=np.float32)
    for start in range(0, len(factors), BLOCK):
        block = slice(start, start + BLOCK)
        inside = _inside(*_upright(factors[block], size * samples))
        cells = inside.reshape(-1, size, samples, size, samples)
        images[block, ..., 0] = cells.mean(axis=(2, 4), dtype=np.float32)
    return images


def _upright(factors, side):
    """Which shape, and the coordinates (u, v) of side x side points as that shape sees them."""
    scale, rotation, x, y = factors[:, 1:, None, None].swapaxes(0, 1)
    fine = (np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1
    right, up = fine[None, None, :] - x, fine[None, ::-1, None] - y
    cos, sin = np.cos(rotation) / scale, np.sin(rotation) / scale
    return factors[:, 0], cos * right + sin * up, cos * up - sin * right


def _inside(kind, u, v):
    """Which points (N, side, side) lie in the shape: upright, of scale 1, about the origin."""
    inside = np.empty(u.shape, dtype=bool)
    square, ellipse, triangle = (kind == k for k in range(len(SHAPES)))
    inside[square] = np.maximum(abs(u[square]), abs(v[square])) < 0.75
    inside[ellipse] = u[ellipse] ** 2 + (2 * v[ellipse]) ** 2 < 1
    slope = 3 ** 0.5
    inside[triangle] = (v[triangle] > -0.5) & (v[triangle] < 1 - slope * abs(u[triangle]))
    return inside


def sprites_split(*, flat=True):
    """The sprites that `load` gives: 5,000 to train on and 1,000 to test with, always the same.

    Of the 16 points of a pixel any number can be covered: 17 grey levels.
    """
    rng = np.random.default_rng(2017)
    parts = []
    for n in (5000, 1000):
        images, factors = sprites(n, rng=rng)
        parts.append(Dataset("sprites", images.reshape(n, -1) if flat else images,
                             factors[:, 0].astype(np.int64), images.shape[1:], SHAPES,
                             "shapes drawn from independent factors, labelled by shape; "
                             "5,000 for training and 1,000 for testing", levels=17))
    return Split(*parts)
