"""The MNIST family: which files there are, where they are looked for, how they are recognised."""
import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENT = "SCRATCHGEN_DATA"
PAIRS = {"train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
         "t10k": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")}


@dataclass(frozen=True)
class Source:
    """A published data set of four IDX files, each known by its SHA-256."""
    name: str
    title: str
    licence: str
    mirror: str
    classes: tuple[str, ...]
    sha256: dict[str, str]


SOURCES = {source.name: source for source in (
    Source("mnist", "70,000 handwritten digits, 28 x 28 (LeCun, Cortes, Burges)", "CC BY-SA 3.0",
           "https://ossci-datasets.s3.amazonaws.com/mnist/",
           tuple("0123456789"), {
               "train-images-idx3-ubyte.gz":
                   "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
               "train-labels-idx1-ubyte.gz":
                   "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
               "t10k-images-idx3-ubyte.gz":
                   "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
               "t10k-labels-idx1-ubyte.gz":
                   "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"}),
    Source("fashion-mnist", "70,000 pieces of clothing, 28 x 28 (Xiao, Rasul, Vollgraf)", "MIT",
           "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
           ("T-shirt", "trouser", "pullover", "dress", "coat",
            "sandal", "shirt", "sneaker", "bag", "ankle boot"), {
               "train-images-idx3-ubyte.gz":
                   "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
               "train-labels-idx1-ubyte.gz":
                   "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
               "t10k-images-idx3-ubyte.gz":
                   "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
               "t10k-labels-idx1-ubyte.gz":
                   "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"}),
)}

OWNERS = {digest: (source.name, file) for source in SOURCES.values()
          for file, digest in source.sha256.items()}


def data_folder(data_dir=None):
    """The folder that holds data sets: `data_dir`, else $SCRATCHGEN_DATA, else the user's cache.

    The first one that is set is the only one: a mistyped folder must not end in training, silently,
    on whatever another folder holds.
    """
    if data_dir:
        return Path(data_dir).expanduser()
    if os.environ.get(ENVIRONMENT):
        return Path(os.environ[ENVIRONMENT]).expanduser()
    return _user_cache() / "scratchgen"


def _user_cache():
    """Where each system wants caches to live."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def locate(name, file, folder):
    """The path of one of a data set's files, or None: in folder/name, then in folder.

    Gzipped or unpacked.  folder/name comes first: all of the family use the same four file names.
    """
    for place in (folder / name, folder):
        for path in (place / file, place / file.removesuffix(".gz")):
            if path.is_file():
                return path
    return None


def owner(path):
    """(data set, file) that a file is by its SHA-256, or None if it is none of the published."""
    with open(path, "rb") as file:
        return OWNERS.get(hashlib.file_digest(file, "sha256").hexdigest())
