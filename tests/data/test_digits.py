"""The bundled digits: the published set, whole, with a split that never moves."""
import hashlib

import numpy as np
import pytest

from scratchgen.data import Dataset, digits
from scratchgen.data.digits import BUNDLED, SHA256
from scratchgen.errors import DataError


def test_shapes_dtypes_and_range():
    train, test = digits("train"), digits("test")
    assert (len(train), len(test)) == (1500, 297)
    for part in (train, test):
        assert part.images.shape == (len(part), 64) and part.images.dtype == np.float32
        assert part.labels.shape == (len(part),) and part.labels.dtype == np.int64
        assert part.shape == (8, 8, 1) and part.classes == tuple("0123456789")
        assert part.images.min() == 0 and part.images.max() == 1
        assert (part.images * 16 == np.round(part.images * 16)).all()


def test_all_of_the_published_set_is_there():
    """Counts of the classes as the UCI repository states them; grey pixels as a share."""
    parts = digits("train"), digits("test")
    labels = np.concatenate([part.labels for part in parts])
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    pixels = np.concatenate([part.images for part in parts])
    assert round(float(((pixels > 0) & (pixels < 1)).mean()), 2) == 0.42
    assert len(np.unique(pixels, axis=0)) == 1797          # so no image is in both parts


def test_split_is_stratified_and_stored():
    counts = np.bincount(digits("test").labels)
    assert set(counts) <= {29, 30}
    assert hashlib.sha256(BUNDLED.read_bytes()).hexdigest() == SHA256


def test_licence_and_source_lie_beside_the_file():
    text = BUNDLED.with_name("digits.LICENSE.md").read_text(encoding="utf-8")
    assert "CC BY 4.0" in text and "Alpaydin" in text and "10.24432/C50P49" in text


def test_one_layout_is_a_view_of_the_other():
    flat, spatial = digits("test"), digits("test", flat=False)
    assert spatial.images.shape == (297, 8, 8, 1)
    assert (flat.spatial == spatial.images).all() and (spatial.flat == flat.images).all()
    assert np.shares_memory(flat.spatial, flat.images)
    assert "297 images of (8, 8, 1), flat" in repr(flat) and "spatial" in repr(spatial)


def test_unknown_part():
    with pytest.raises(ValueError, match="split='train'.*\n.*'validation'"):
        digits("validation")


@pytest.mark.parametrize("images, labels, message", [
    (np.zeros((0, 4)), np.zeros(0, int), "is empty"),
    (np.zeros((3, 0)), np.zeros(3, int), "do not have the shape"),
    (np.zeros((3, 5)), np.zeros(3, int), r"\(N, 4\) or \(N, 2, 2, 1\)"),
    (np.zeros((3, 2, 2)), np.zeros(3, int), r"got       \(3, 2, 2\)"),
    (np.zeros((3, 4)), np.zeros(2, int), "one label for each of 3"),
    (np.zeros((3, 4)), np.array([0, 1, 2]), "0 to 1\n  got       0 to 2"),
    (np.zeros((3, 4)), np.array([0, -1, 1]), "got       -1 to 1"),
])
def test_parts_of_a_data_set_must_fit(images, labels, message):
    with pytest.raises(DataError, match=message):
        Dataset("mine", images, labels, (2, 2, 1), ("a", "b"))
