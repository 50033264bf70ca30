"""IDX, the file format of the MNIST family: a header, then the numbers, nothing else.

    bytes 0, 1   zero
    byte  2      what a number is: 8 unsigned byte, 9 byte, 11 short, 12 int, 13 float, 14 double
    byte  3      how many axes
    4 per axis   its length, an unsigned integer, big-endian like everything that follows
    the rest     the numbers, the last axis running fastest

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database", section FILE FORMATS.
"""
import gzip
import math
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np

from scratchgen.errors import DataError

DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MOST_AXES = 8
GZIP_MAGIC = b"\x1f\x8b"
MOST_EXPANSION = 1032           # deflate turns one byte into at most this many (zlib manual)
CHUNK = 1 << 20


def read_idx(path):
    """The array in an IDX file, plain or gzipped (a name that ends in .gz), in native byte order.

    The magic number, the number type, the axes and the length of the file are checked before
    anything is allocated, and the bytes are then read in pieces: a header that lies costs nothing.
    Anything wrong with the content is one DataError with the file's name, what was expected and
    what was found.  NaN among floating-point numbers passes through, with a warning that counts.
    A file that cannot be opened raises the operating system's own error (FileNotFoundError, ...).
    """
    path = Path(path)
    with open(path, "rb") as file:
        on_disk = path.stat().st_size
        if path.suffix != ".gz":
            return _parse(path, file, on_disk, exactly=True)
        start = file.read(len(GZIP_MAGIC))
        if start != GZIP_MAGIC:
            start += file.read(62)
            raise _rejected(path, "gzip data, beginning 1f 8b", _shown(start), _guess(start))
        file.seek(0)
        try:
            with gzip.open(file) as unpacked:
                return _parse(path, unpacked, on_disk * MOST_EXPANSION, exactly=False)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise _rejected(path, "a whole gzip file", f"damage: {error}",
                            "the download may have been cut short: fetch it again") from error


def _parse(path, stream, length, *, exactly):
    """`length` is the number of bytes there are (exactly), or the most that there can be."""
    dtype, shape, header = _read_header(path, stream)
    expected = header + dtype.itemsize * math.prod(shape)
    described = f"{expected:,} bytes, as the header says: {dtype.name} of shape {shape}"
    if length < expected or (exactly and length > expected):
        most = "" if exactly else "at most "
        raise _rejected(path, described, f"{most}{length:,} bytes",
                        _byte_order(dtype, shape, header, length if exactly else None))
    content = bytearray()
    wanted = expected - header
    while len(content) <= wanted and (piece := stream.read(min(CHUNK, wanted + 1 - len(content)))):
        content += piece
    if len(content) != wanted:
        found = f"{header + len(content):,} bytes" if len(content) < wanted else "more"
        raise _rejected(path, described, found)
    array = np.frombuffer(content, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)
    if dtype.kind == "f" and (bad := int(np.isnan(array).sum())):
        warnings.warn(f"{path.name}: {bad:,} of {array.size:,} numbers are NaN", stacklevel=3)
    return array


def _read_header(path, stream):
    """The number type, the shape, and how many bytes the header took."""
    start = stream.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in DTYPES:
        start += stream.read(60)
        raise _rejected(path, "an IDX header: 00 00, a number type (08, 09, 0b to 0e), the axes",
                        _shown(start), _guess(start))
    axes = start[3]
    if not 1 <= axes <= MOST_AXES:
        raise _rejected(path, f"1 to {MOST_AXES} axes", f"{axes}")
    lengths = stream.read(4 * axes)
    if len(lengths) < 4 * axes:
        raise _rejected(path, f"a header of {4 + 4 * axes} bytes, for {axes} axes",
                        f"the end of the file after {4 + len(lengths)} bytes")
    shape = struct.unpack(f">{axes}I", lengths)
    # An empty array may still have axes too long for NumPy, and its expected length would not show.
    if 0 in shape and math.prod(n or 1 for n in shape) > np.iinfo(np.intp).max // 8:
        raise _rejected(path, "lengths that an array can have", f"{shape}")
    return np.dtype(DTYPES[start[2]]), shape, 4 + len(lengths)


def _byte_order(dtype, shape, header, length):
    """A hint, if the lengths make sense once they are read backwards."""
    swapped = struct.unpack(f"<{len(shape)}I", struct.pack(f">{len(shape)}I", *shape))
    if header + dtype.itemsize * math.prod(swapped) == length:
        return f"little-endian lengths {swapped} would fit; IDX is big-endian"
    return None


def _guess(start):
    """What a file that is not IDX seems to be, from its first bytes."""
    text = start.lstrip().lower()
    if text.startswith(b"<"):
        return "this is a web page, not data: the download went wrong, fetch it again"
    if start.startswith(GZIP_MAGIC):
        return "this is gzip data: give the file a name that ends in .gz"
    if len(start) >= 4 and start[:2] == b"\0\0" and start[2] in DTYPES:
        return "this is plain IDX data: take .gz off the file's name"
    if len(start) >= 4 and start[2:4] == b"\0\0" and start[1] in DTYPES:
        return "the magic number is little-endian; IDX is big-endian"
    return None


def _shown(start):
    return f"{start[:8].hex(' ')} ({start[:8]!r})" if start else "an empty file"


def _rejected(path, expected, found, hint=None):
    message = f"{path} is not a readable IDX file\n  expected  {expected}\n  found     {found}"
    return DataError(message + (f"\n  hint      {hint}" if hint else ""))
