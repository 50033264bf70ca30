"""IDX files: what is written is read, and whatever is not IDX is refused in one clear way."""
import gzip
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from scratchgen.data import read_idx
from scratchgen.errors import DataError

from .idx_files import CODES, idx_bytes, write_idx

IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
HTML = b"<!DOCTYPE html><html><head><title>404</title></head></html>"


@given(data=st.data(), suffix=st.sampled_from(["", ".gz"]))
def test_round_trip(tmp_path_factory, data, suffix):
    dtype = np.dtype(data.draw(st.sampled_from(sorted(CODES))))
    elements = {"allow_nan": False} if dtype.kind == "f" else None
    shapes = hnp.array_shapes(min_dims=1, max_dims=8, min_side=0, max_side=3)
    array = data.draw(hnp.arrays(dtype, shapes, elements=elements))
    path = write_idx(tmp_path_factory.mktemp("idx") / f"array{suffix}", array)
    read = read_idx(path)
    assert read.dtype == dtype and read.dtype.isnative and read.flags.writeable
    np.testing.assert_array_equal(read, array, strict=True)


@given(cut=st.integers(0, len(idx_bytes(IMAGES)) - 1))
def test_every_truncation_is_refused(tmp_path_factory, cut):
    folder = tmp_path_factory.mktemp("cut")
    plain, packed = folder / "images", folder / "images.gz"
    plain.write_bytes(idx_bytes(IMAGES)[:cut])
    packed.write_bytes(gzip.compress(idx_bytes(IMAGES)[:cut]))
    for path in (plain, packed):
        with pytest.raises(DataError, match=path.name):
            read_idx(path)


def test_every_truncation_and_flip_of_a_gzip_file_is_refused_or_harmless(tmp_path):
    whole = gzip.compress(idx_bytes(IMAGES), mtime=0)
    path = tmp_path / "images.gz"
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        with pytest.raises(DataError, match="images.gz"):
            read_idx(path)
    refused = 0
    for bit in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        try:
            np.testing.assert_array_equal(read_idx(path), IMAGES, strict=True)
        except DataError:
            refused += 1
    # A flip that is not refused lies where gzip keeps comments (time, system): the data is right.
    assert refused > 0.8 * 8 * len(whole)


def header(*lengths, code=0x08, axes=None, order=">"):
    axes = len(lengths) if axes is None else axes
    return bytes([0, 0, code, axes]) + struct.pack(f"{order}{len(lengths)}I", *lengths)


NOT_IDX = {
    "empty": (b"", "an IDX header", "an empty file"),
    "three_bytes": (b"\0\0\x08", "an IDX header", "00 00 08"),
    "wrong_magic": (b"\x01" + idx_bytes(IMAGES)[1:], "an IDX header", "01 00 08 03"),
    "wrong_type": (header(2, code=0x0A) + b"ab", "an IDX header", "00 00 0a 01"),
    "little_endian_magic": (b"\x03\x08\0\0" + bytes(36), "an IDX header",
                            "the magic number is little-endian"),
    "html": (HTML, "an IDX header", "this is a web page"),
    "gzip_without_gz": (gzip.compress(IMAGES), "an IDX header",
                        "this is gzip data: give the file a name"),
    "no_axes": (header(axes=0) + b"a", "1 to 8 axes", "0"),
    "nine_axes": (header(*[1] * 9) + b"a", "1 to 8 axes", "9"),
    "no_lengths": (header(2, axes=3), "a header of 16 bytes, for 3 axes", "after 8 bytes"),
    "truncated": (header(2, 3) + bytes(5), r"18 bytes, as the header says: uint8 of shape \(2, 3\)",
                  "17 bytes"),
    "too_long": (header(2, 3) + bytes(7), "18 bytes", "19 bytes"),
    "little_endian_lengths": (header(2, 3, order="<") + bytes(6), "bytes",
                              r"little-endian lengths \(2, 3\) would fit"),
    "empty_but_huge": (header(0, 2**32 - 1, 2**32 - 1), "lengths that an array can have",
                       "4294967295"),
}


@pytest.mark.parametrize("content, expected, found", NOT_IDX.values(), ids=NOT_IDX)
def test_what_is_not_idx(tmp_path, content, expected, found):
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"(?s){path.name}.*expected.*{expected}.*found.*{found}"):
        read_idx(path)


NOT_GZIPPED_IDX = {
    "empty": (b"", "gzip data", "an empty file"),
    "html": (HTML, "gzip data", "this is a web page"),
    "html_after_blanks": (b"\n\n  " + HTML, "gzip data", "this is a web page"),
    "plain_idx": (idx_bytes(IMAGES), "gzip data", "this is plain IDX data: take .gz off"),
    "zip": (b"PK\x03\x04zip", "gzip data", "50 4b 03 04"),
    "html_inside": (gzip.compress(HTML), "an IDX header", "this is a web page"),
    "truncated_inside": (gzip.compress(header(2, 3) + bytes(5)), "18 bytes", "17 bytes"),
    "too_long_inside": (gzip.compress(header(2, 3) + bytes(7)), "18 bytes", "more"),
    "truncated": (gzip.compress(idx_bytes(IMAGES))[:-9], "a whole gzip file", "damage"),
    "wrong_crc": (gzip.compress(idx_bytes(IMAGES))[:-8] + bytes(8), "a whole gzip file", "CRC"),
}


@pytest.mark.parametrize("content, expected, found", NOT_GZIPPED_IDX.values(), ids=NOT_GZIPPED_IDX)
def test_what_is_not_gzipped_idx(tmp_path, content, expected, found):
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"(?s){path.name}.*expected.*{expected}.*found.*{found}"):
        read_idx(path)


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_header_that_lies_allocates_nothing(tmp_path, suffix):
    """4 GiB promised, a few bytes delivered; and 4 MiB promised, more than a gzip file can hold."""
    for lengths in ((2**16, 2**16), (2**11, 2**11)):
        content = header(*lengths) + bytes(100)
        path = tmp_path / f"images{suffix}"
        path.write_bytes(gzip.compress(content) if suffix else content)
        tracemalloc.start()
        with pytest.raises(DataError, match="bytes, as the header says"):
            read_idx(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 1 << 20


def test_nan_passes_through_and_is_counted(tmp_path):
    array = np.array([1, np.nan, np.nan], np.float32)
    with pytest.warns(UserWarning, match="numbers: 2 of 3 numbers are NaN"):
        read = read_idx(write_idx(tmp_path / "numbers", array))
    np.testing.assert_array_equal(read, array)


def test_a_file_that_cannot_be_opened(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "nothing")
    with pytest.raises(IsADirectoryError):
        read_idx(tmp_path)
