"""A data set: images x in [0, 1] with labels y, or points of a known density, for a model."""
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scratchgen.errors import DataError


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """N images x in [0, 1]^(H x W x C), each with a label y in {0, ..., K - 1}.

    images       float32, (N, D) with D = H W C if flat, else (N, H, W, C): channels last
    labels       integers, (N,)
    shape        (H, W, C) of one image, whether or not the images are flat
    classes      the K names that the labels stand for
    description  where the images come from and how they were split, in one line
    levels       how many grey levels 0, 1 / (levels - 1), ..., 1 a pixel can have; None: any
    density      what they were drawn from, if that is known: its `log_prob(x)` is exact, and the
                 examples are points of the plane instead of images, shape (2,)

    `.flat` and `.spatial` are the same images in either layout, without a copy.  Raises DataError
    if the parts do not fit together or there is no image at all.
    """
    name: str
    images: np.ndarray
    labels: np.ndarray
    shape: tuple[int, ...]
    classes: tuple[str, ...]
    description: str = ""
    levels: int | None = None
    density: object = None

    @classmethod
    def from_levels(cls, name, levels, labels, peak, *, flat=True, **fields):
        """x = level / peak: grey levels (N, H, W), unsigned bytes from 0 to `peak`, in float32."""
        images = levels.astype(np.float32)
        images /= peak
        n, height, width = levels.shape
        shape = (height, width, 1)
        layout = (n, height * width) if flat else (n, *shape)
        return cls(name, images.reshape(layout), labels.astype(np.int64), shape,
                   levels=peak + 1, **fields)

    def __post_init__(self):
        n, pixels = len(self.images), int(np.prod(self.shape))
        if n == 0 or pixels == 0:
            raise DataError(f"the data set {self.name!r} is empty\n"
                            f"  expected  at least one image with at least one pixel\n"
                            f"  got       images of shape {self.images.shape}")
        if self.images.shape not in ((n, pixels), (n, *self.shape)):
            raise DataError(f"the images of {self.name!r} do not have the shape that they claim\n"
                            f"  expected  (N, {pixels}) or (N, {', '.join(map(str, self.shape))})\n"
                            f"  got       {self.images.shape}")
        if self.labels.shape != (n,):
            raise DataError(f"the images and labels of {self.name!r} do not pair up\n"
                            f"  expected  one label for each of {n:,} images\n"
                            f"  got       labels of shape {self.labels.shape}")
        low, high = self.labels.min(), self.labels.max()
        if low < 0 or high >= len(self.classes):
            raise DataError(f"a label of {self.name!r} names no class\n"
                            f"  expected  0 to {len(self.classes) - 1}\n"
                            f"  got       {low} to {high}")

    def __len__(self):
        return len(self.images)

    def __repr__(self):
        layout = "flat" if self.images.ndim == 2 else "spatial"
        return (f"Dataset({self.name!r}, {len(self):,} {self.noun} of {self.shape}, {layout}, "
                f"{len(self.classes)} classes)")

    @property
    def noun(self):
        """What an example is called: "images" or "points"."""
        return "images" if self.density is None else "points"

    @property
    def flat(self):
        """The images as rows, (N, D)."""
        return self.images.reshape(len(self), -1)

    @property
    def spatial(self):
        """The images as images, (N, H, W, C)."""
        return self.images.reshape(len(self), *self.shape)


class Split(NamedTuple):
    """What a model learns from, and what it is judged on: no image is in both."""
    train: Dataset
    test: Dataset
