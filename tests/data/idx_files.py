"""Writes IDX files, in the order of the specification: reading can be tested without data."""
import gzip
import struct

import numpy as np

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def idx_bytes(array):
    header = bytes([0, 0, CODES[array.dtype.str[1:]], array.ndim])
    lengths = b"".join(struct.pack(">I", n) for n in array.shape)
    return header + lengths + array.astype(array.dtype.newbyteorder(">")).tobytes()


def write_idx(path, array):
    content = idx_bytes(np.asarray(array))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
    return path


def write_pair(folder, pair, n, *, shape=(3, 2), suffix=".gz", first=0):
    """n images of which number i is filled with the byte first + i, labelled by its last digit."""
    number = (first + np.arange(n)) % 256
    levels = np.broadcast_to(number[:, None, None], (n, *shape)).astype(np.uint8)
    write_idx(folder / f"{pair}-images-idx3-ubyte{suffix}", levels)
    write_idx(folder / f"{pair}-labels-idx1-ubyte{suffix}", (number % 10).astype(np.uint8))
    return levels
