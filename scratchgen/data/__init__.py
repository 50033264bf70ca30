"""Data: real digits that come with the package, the MNIST family from files, sets drawn by code.

    train, test = load("digits")
    for x in batches(train.images, 100, rng=rng): ...
"""
from .batches import batches, binarise
from .catalogue import SOURCES, data_folder
from .dataset import Dataset, Split
from .digits import digits
from .fetch import fetch, listing, verify
from .idx import read_idx
from .loading import NAMES, load
from .points import DENSITIES, points_split
from .sprites import FACTORS, SHAPES, draw_sprites, sprites
from .toy2d import Checkerboard, Modes, Moons, eight_gaussians, grid25, ring
from .toy2d_wound import Pinwheel, Spiral

__all__ = ["Checkerboard", "DENSITIES", "Dataset", "FACTORS", "Modes", "Moons", "NAMES", "Pinwheel",
           "SHAPES", "SOURCES", "Spiral", "Split", "batches", "binarise", "data_folder", "digits",
           "draw_sprites", "eight_gaussians", "fetch", "grid25", "listing", "load", "points_split",
           "read_idx", "ring", "sprites", "verify"]
