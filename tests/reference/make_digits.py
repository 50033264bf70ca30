"""Make scratchgen/data/digits.npz, the bundled UCI digits, from scikit-learn's copy.

    python tests/reference/make_digits.py

scikit-learn is needed here and nowhere else.  The file holds

    images  (1797, 8, 8) uint8   ink, 0 to 16: how many of the 4 x 4 pixels under it were black
    labels  (1797,)      uint8   0 to 9
    test    (297,)       int16   which images are the test set, in increasing order

The split is drawn once, here, and stored: a split drawn again from a seed at every load moves with
the version of the random number generator.  It is stratified, since with 30 test images of a digit
the luck of the draw would otherwise change their number by a sixth.
"""
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

OUTPUT = Path(__file__).parents[2] / "scratchgen" / "data" / "digits.npz"
TEST_IMAGES = 297


def stratified_test(labels, n, rng):
    """n indices, each class in proportion to its size (largest remainders)."""
    counts = np.bincount(labels)
    share = counts * n / len(labels)
    quota = np.floor(share).astype(int)
    quota[np.argsort(quota - share, kind="stable")[:n - quota.sum()]] += 1
    chosen = [rng.permutation(np.flatnonzero(labels == k))[:q] for k, q in enumerate(quota)]
    return np.sort(np.concatenate(chosen))


def main():
    images, labels = load_digits().images, load_digits().target
    test = stratified_test(labels, TEST_IMAGES, np.random.default_rng(0))
    np.savez_compressed(OUTPUT, images=images.astype(np.uint8), labels=labels.astype(np.uint8),
                        test=test.astype(np.int16))
    print(f"{OUTPUT}: {OUTPUT.stat().st_size:,} bytes; "
          f"test images of each digit: {np.bincount(labels[test])}")


if __name__ == "__main__":
    main()
