"""The densities of the plane as data sets: points to learn from, and others to be judged on."""
import numpy as np

from scratchgen.data.dataset import Dataset, Split
from scratchgen.data.toy2d import Checkerboard, Moons, eight_gaussians, grid25, ring
from scratchgen.data.toy2d_wound import Pinwheel, Spiral

# name: (the density, what it looks like)
DENSITIES = {"ring": (ring, "8 narrow Gaussians on a circle"),
             "grid25": (grid25, "25 narrow Gaussians on a square grid"),
             "eight-gaussians": (eight_gaussians, "8 wide Gaussians on a circle"),
             "moons": (Moons, "two half-rings that reach into each other"),
             "spiral": (Spiral, "a flat Gaussian wound up into two arms"),
             "pinwheel": (Pinwheel, "Gaussian blades, wound up"),
             "checkerboard": (Checkerboard, "uniform on the black fields of a board")}


def points_split(name, n=20_000, *, n_test=10_000, seed=0):
    """n points to train on and n_test others, drawn from this density: always the same for a seed.

    The points stand where images do, (N, 2) float32, all of one class.  The test points do not
    depend on n, so that models trained on more or fewer points are judged on the same ones.
    Raises ValueError for an unknown name, and for fewer than 2 points.
    """
    if name not in DENSITIES:
        raise ValueError(f"no density of the plane has this name\n"
                         f"  expected  one of {', '.join(DENSITIES)}\n  got       {name!r}")
    if n < 2 or n_test < 2:
        raise ValueError(f"a data set of points needs some to train on and some to test with\n"
                         f"  expected  2 or more of each\n  got       {n} and {n_test}")
    density, about = DENSITIES[name]
    density = density()
    about = f"{about}, {n:,} points for training and {n_test:,} for testing, drawn from seed {seed}"
    return Split(*(Dataset(name, density.sample(m, rng=rng), np.zeros(m, np.int64), (2,),
                           ("point",), about, density=density)
                   for m, rng in zip((n, n_test), np.random.default_rng(seed).spawn(2))))
