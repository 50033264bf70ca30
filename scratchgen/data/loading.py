"""A data set by its name, split into what a model learns from and what it is judged on."""
import difflib

import numpy as np

from scratchgen.data.catalogue import PAIRS, SOURCES, data_folder, locate, owner
from scratchgen.data.dataset import Dataset, Split
from scratchgen.data.digits import digits
from scratchgen.data.idx import read_idx
from scratchgen.data.points import DENSITIES, points_split
from scratchgen.data.sprites import sprites_split
from scratchgen.errors import DataError

NAMES = ("digits", "sprites", *SOURCES, *DENSITIES)
PEAK = 255                      # a pixel is an unsigned byte


def load(name, data_dir=None, *, flat=True):
    """The data set of that name: Split(train, test), two Datasets with float32 images in [0, 1].

    "digits"                  bundled, 1,500 + 297 images 8 x 8
    "sprites"                 drawn on the spot, 5,000 + 1,000 images 16 x 16
    "ring", "grid25", "eight-gaussians", "moons", "spiral", "pinwheel", "checkerboard"
                              points of the plane drawn on the spot from a known density,
                              20,000 + 10,000 (see `points_split` for other numbers)
    "mnist", "fashion-mnist"  IDX files from data_dir, else $SCRATCHGEN_DATA, else the user's cache
                              (and nowhere else: nothing is ever downloaded here, see `fetch`)

    With all four files of the MNIST family the split is the published one, 60,000 + 10,000.  With
    the t10k pair alone, every tenth image is kept for testing, 9,000 + 1,000, and the description
    says so.  (Not the last thousand: the t10k files begin with the neater half of the writers.)

    Raises ValueError for an unknown name; FileNotFoundError if files are missing, with their
    SHA-256 and how to get them; DataError if a file is damaged or is another data set's.
    """
    if name == "digits":
        return Split(digits("train", flat=flat), digits("test", flat=flat))
    if name == "sprites":
        return sprites_split(flat=flat)
    if name in DENSITIES:
        return points_split(name)
    if name not in SOURCES:
        close = difflib.get_close_matches(str(name), NAMES, n=1)
        raise ValueError(f"no data set has this name\n  expected  one of {', '.join(NAMES)}\n"
                         f"  got       {name!r}" + (f"\n  hint      {close[0]}?" if close else ""))
    return _load_family(SOURCES[name], data_folder(data_dir), flat)


def _load_family(source, folder, flat):
    present = {pair: [locate(source.name, file, folder) for file in files]
               for pair, files in PAIRS.items()}
    # Half of the training pair is an accident, not a wish for the small split.
    if any(present["train"]) or not all(present["t10k"]):
        _require(source, folder, present)
        parts = [_read_pair(source, present[pair]) for pair in PAIRS]
        train, test = (len(levels) for levels, _ in parts)
        about = f"{train:,} for training and {test:,} for testing"
        if parts[0][0].shape[1:] != parts[1][0].shape[1:]:
            raise DataError(f"the images of {source.name} for training and for testing are of two "
                            f"sizes\n  expected  {parts[0][0].shape[1:]}, like those for training"
                            f"\n  found     {parts[1][0].shape[1:]}")
    else:
        levels, labels = _read_pair(source, present["t10k"])
        test = np.arange(len(levels)) % 10 == 9
        parts = [(levels[~test], labels[~test]), (levels[test], labels[test])]
        about = (f"the t10k files alone, every tenth image for testing: "
                 f"{(~test).sum():,} for training and {test.sum():,} for testing")
    title = _title(source, *(levels.shape for levels, _ in parts))
    return Split(*(Dataset.from_levels(source.name, levels, labels, PEAK, flat=flat,
                                       classes=source.classes, description=f"{title}, {about}")
                   for levels, labels in parts))


def _title(source, train, test):
    """What these images are, of shapes (N, H, W): the published ones only if there are as many."""
    (n, *size), total = train, train[0] + test[0]
    if size == [28, 28] and (n, total) in ((60_000, 70_000), (9_000, 10_000)):
        return f"{source.title}, published split" if n == 60_000 else source.title
    return f"{total:,} images {size[0]} x {size[1]} in files named like those of {source.name}"


def _read_pair(source, paths):
    """(levels, labels) of two files that belong together, or DataError."""
    for path in paths:
        known = owner(path)
        if known and known != (source.name, path.name):
            raise DataError(f"{path} is not what its name and folder say\n"
                            f"  expected  {path.name} of {source.name}\n"
                            f"  found     {known[1]} of {known[0]}, by its SHA-256")
    levels, labels = (read_idx(path) for path in paths)
    if levels.ndim != 3 or levels.dtype != np.uint8:
        raise DataError(f"{paths[0]} holds no grey images\n"
                        f"  expected  unsigned bytes of shape (N, H, W)\n"
                        f"  found     {levels.dtype} of shape {levels.shape}")
    if labels.shape != levels.shape[:1] or labels.dtype != np.uint8:
        raise DataError(f"{paths[1]} does not label the images of {paths[0].name}\n"
                        f"  expected  unsigned bytes of shape ({len(levels)},)\n"
                        f"  found     {labels.dtype} of shape {labels.shape}")
    return levels, labels


def _require(source, folder, present):
    """FileNotFoundError, unless all four files are there."""
    missing = [file for pair, files in PAIRS.items()
               for file, path in zip(files, present[pair]) if path is None]
    if not missing:
        return
    listed = "\n".join(f"            {file}  sha256 {source.sha256[file]}" for file in missing)
    raise FileNotFoundError(
        f"{source.name} is not (all) here\n"
        f"  expected  in {folder / source.name} or {folder}, gzipped or unpacked:\n{listed}\n"
        f"  got       {'no such folder' if not folder.is_dir() else 'no such files'}\n"
        f"  hint      scratchgen data fetch {source.name}   downloads them ({source.mirror}),\n"
        f"            --data-dir FOLDER or SCRATCHGEN_DATA=FOLDER says where they are,\n"
        f"            --data digits needs no files and no network")
