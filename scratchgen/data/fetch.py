"""`scratchgen data list|fetch|verify`: downloading happens here, and only when asked for."""
import hashlib
from pathlib import Path
from typing import NamedTuple

from scratchgen.data.catalogue import PAIRS, SOURCES, data_folder, locate, owner
from scratchgen.data.digits import BUNDLED, SHA256
from scratchgen.data.idx import read_idx
from scratchgen.data.points import DENSITIES
from scratchgen.errors import DataError


class Entry(NamedTuple):
    """One line of `scratchgen data list`."""
    name: str
    title: str
    licence: str
    status: str


class Check(NamedTuple):
    """One file: its status is "verified" (by its SHA-256), "readable", "missing" or "wrong"."""
    file: str
    path: Path | None
    status: str
    detail: str


def listing(data_dir=None):
    """Every data set, and whether it can be loaded now: a list of Entry."""
    entries = [Entry("digits", "1,797 handwritten digits, 8 x 8 (Alpaydin, Kaynak)", "CC BY 4.0",
                     "bundled"),
               Entry("sprites", "6,000 shapes with known factors, 16 x 16", "MIT",
                     "drawn when loaded")]
    folder = data_folder(data_dir)
    for source in SOURCES.values():
        here = {pair: [_is_here(source.name, file, folder) for file in files]
                for pair, files in PAIRS.items()}
        if all(here["train"] + here["t10k"]):
            status = f"complete in {folder}"
        elif all(here["t10k"]) and not any(here["train"]):
            status = f"t10k files only in {folder}: 9,000 + 1,000 images"
        else:
            status = f"not in {folder}: scratchgen data fetch {source.name}"
        entries.append(Entry(source.name, source.title, source.licence, status))
    return entries + [Entry(name, f"points of the plane: {about}", "MIT", "drawn when loaded")
                      for name, (_, about) in DENSITIES.items()]


def fetch(name, data_dir=None, *, progress=False):
    """Download the four files of a data set into FOLDER/name and check each SHA-256: their paths.

    FOLDER is `data_dir`, else $SCRATCHGEN_DATA, else the user's cache.  What is there and right is
    kept; a file appears under its name only after its checksum was found right.  Needs pooch (the
    extra `data`): ImportError says so.  Raises DataError for a wrong checksum, OSError with the
    address if the download fails, ValueError for a name that needs no download or is unknown.
    """
    if name not in SOURCES:
        raise ValueError(f"there is nothing to download under this name\n"
                         f"  expected  one of {', '.join(SOURCES)}\n"
                         f"  got       {name!r}\n"
                         f"  hint      all others come with the package")
    try:
        import pooch
    except ImportError as error:
        raise ImportError("downloading needs pooch, which is not installed\n"
                          "  hint      pip install 'scratchgen[data]'") from error
    source, folder = SOURCES[name], data_folder(data_dir) / name
    paths = []
    for file, digest in source.sha256.items():
        address = source.mirror + file
        try:
            path = pooch.retrieve(address, f"sha256:{digest}", fname=file, path=folder,
                                  progressbar=progress)
        except ValueError as error:
            raise DataError(f"{address} is not the published file\n"
                            f"  expected  sha256 {digest}\n"
                            f"  found     {error}") from error
        except OSError as error:
            raise OSError(f"could not download {address} into {folder}\n"
                          f"  got       {error}\n"
                          f"  hint      without a network: --data digits, or copy the file "
                          f"into the folder by hand") from error
        paths.append(Path(path))
    return paths


def verify(name, data_dir=None):
    """Hold each file of a data set against its published SHA-256: a list of Check, nothing raised.

    A file without a published checksum (unpacked, or packed anew) is read instead.
    """
    if name == "sprites" or name in DENSITIES:
        return []
    if name == "digits":
        found = hashlib.sha256(BUNDLED.read_bytes()).hexdigest()
        right = found == SHA256
        return [Check(BUNDLED.name, BUNDLED, "verified" if right else "wrong", f"sha256 {found}")]
    if name not in SOURCES:
        raise ValueError(f"no data set has this name\n"
                         f"  expected  one of {', '.join(entry.name for entry in listing())}\n"
                         f"  got       {name!r}")
    folder = data_folder(data_dir)
    return [_check(name, file, folder) for file in SOURCES[name].sha256]


def _is_here(name, file, folder):
    """Whether the file is there, and is not another data set's under the same name."""
    path = locate(name, file, folder)
    return path is not None and owner(path) in (None, (name, file))


def _check(name, file, folder):
    path = locate(name, file, folder)
    if path is None:
        return Check(file, None, "missing", f"not in {folder / name} or {folder}")
    known = owner(path)
    if known == (name, file):
        return Check(file, path, "verified", f"sha256 {SOURCES[name].sha256[file]}")
    if known:
        return Check(file, path, "wrong", f"this is {known[1]} of {known[0]}")
    try:
        array = read_idx(path)
    except (DataError, OSError) as error:
        return Check(file, path, "wrong", str(error))
    return Check(file, path, "readable", f"{array.dtype} {array.shape}, no published checksum")
