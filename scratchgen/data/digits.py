"""The UCI digits that come with the package: real handwriting, no network."""
from pathlib import Path

import numpy as np

from scratchgen.data.dataset import Dataset

BUNDLED = Path(__file__).with_name("digits.npz")
SHA256 = "7c0e2b4dd621773098a2231695b486c40df36538b3459cc721671181b03e0901"
PEAK = 16                       # a pixel counts the black ones in a block of 4 x 4
DESCRIPTION = ("UCI Optical Recognition of Handwritten Digits (Alpaydin and Kaynak, 1998), "
               "fixed stratified split, 1,500 for training and 297 for testing")


def digits(split="train", *, flat=True):
    """1,797 images of 8 x 8 pixels, handwritten 0 to 9: 1,500 to train on, 297 to test with.

    Returns a Dataset: images (N, 64) float32 in [0, 1], or (N, 8, 8, 1) with flat=False.

    The split is stored in the file, so it is the same for everybody for ever: 1,500 make 15 batches
    of 100, and the 297 others were drawn from each digit in proportion.  The same thirteen people
    wrote both parts: the test asks for new images, not for new handwriting.

    42 % of the pixels are grey (neither 0 nor 1), so a Bernoulli likelihood needs `binarise` first.
    Source: E. Alpaydin and C. Kaynak (1998), doi 10.24432/C50P49, CC BY 4.0; see digits.LICENSE.md.
    Raises ValueError if split is neither "train" nor "test".
    """
    if split not in ("train", "test"):
        raise ValueError(f"the digits have no such part\n"
                         f"  expected  split='train' or split='test'\n"
                         f"  got       {split!r}")
    with np.load(BUNDLED, allow_pickle=False) as file:
        levels, labels, test = file["images"], file["labels"], file["test"]
    chosen = np.zeros(len(levels), dtype=bool)
    chosen[test] = True
    if split == "train":
        chosen = ~chosen
    return Dataset.from_levels("digits", levels[chosen], labels[chosen], PEAK, flat=flat,
                               classes=tuple("0123456789"), description=DESCRIPTION)
