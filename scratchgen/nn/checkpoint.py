"""Checkpoints: one .npz file of arrays and a JSON text, which is either whole or refused.

    model.npz   a zip archive, not compressed
      layers.0.weight.npy           one member an array: parameters and buffers under their names
      optimiser/0/v.npy             what the optimiser remembers of parameter 0
      about.json.npy                a JSON text as bytes: format, version, dtype and shape of every
                                    array, the optimiser's settings, random generators, your meta

A file is written beside the old one, synced, and renamed over it, so what interrupts a save leaves
the old one.  Each member's CRC is checked before anything is parsed, the list of arrays is checked
against the JSON, and nothing is ever unpickled: a damaged or foreign file is one CheckpointError
and changes nothing.
"""
import io
import json
import pathlib
import zipfile

import numpy as np

from .. import backend
from ..errors import CheckpointError
from ..files import write_atomically

# 2: Adam's moments are weighted sums, and activations belong to the convolutions before them.
FORMAT, VERSION = "scratchgen checkpoint", 2
_ABOUT, _OPTIMISER = "about.json", "optimiser/"
_INTERNAL = "_state"                        # our own entry in meta, which load() takes out again


# ---- a model, its optimiser, what else you want to know later ------------------------------------

def save(path, module, optimiser=None, **meta):
    """Write the module's parameters, buffers and generators, and the optimiser's state, to `path`.

    `meta` is anything JSON can hold (tuples come back as lists), and `numpy.random.Generator`s,
    which come back as generators in the same state.  Atomic and durable; changes nothing in the
    module.
    """
    if _INTERNAL in meta:
        raise TypeError(f"save: the name {_INTERNAL!r} is taken")
    arrays, internal = module.state_dict(), {"generators": dict(module.named_generators())}
    if optimiser is not None:
        internal["optimiser"] = optimiser.state_dict()
        moments = internal["optimiser"].pop("moments")
        arrays |= {_OPTIMISER + name: values for name, values in moments.items()}
    write(path, arrays, meta | {_INTERNAL: internal})


def load(path, module, optimiser=None):
    """Put a checkpoint's values into the module (and the optimiser), wherever they live.

    Returns meta.  All or nothing: raises CheckpointError if the file is damaged, foreign, or made
    for another model or optimiser, and then nothing has changed.  Without `optimiser` a saved
    optimiser state is passed over.
    """
    arrays, meta = read(path)
    internal = meta.pop(_INTERNAL, {})
    moments = {name.removeprefix(_OPTIMISER): arrays.pop(name)
               for name in list(arrays) if name.startswith(_OPTIMISER)}
    with _naming(path):
        generators = _matched(module, internal.get("generators", {}))
        before = module.state_dict()
        module.load_state_dict(arrays)
        if optimiser is not None:
            try:
                if "optimiser" not in internal:
                    raise CheckpointError("it holds no optimiser state\n"
                                          "  hint      nn.load(path, module) loads the model alone")
                optimiser.load_state_dict(internal["optimiser"] | {"moments": moments})
            except BaseException:
                module.load_state_dict(before)
                raise
    for own, saved in generators:
        own.bit_generator.state = saved.bit_generator.state
    return meta


def _matched(module, saved):
    """[(the module's own generator, the saved one), ...]; CheckpointError unless they match."""
    own = dict(module.named_generators())
    kinds = {name: type(g.bit_generator).__name__ for name, g in own.items()}
    saved_kinds = {name: type(g.bit_generator).__name__ for name, g in saved.items()}
    if kinds != saved_kinds:
        raise CheckpointError("its random generators are not those of this module\n"
                              f"  expected  {kinds or 'none'}\n  got       {saved_kinds or 'none'}")
    return [(own[name], saved[name]) for name in own]


class _naming:
    """Turns what goes wrong inside into a CheckpointError that names the file."""

    def __init__(self, path):
        self._path = path

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if isinstance(error, Exception):
            raise CheckpointError(f"{self._path} does not fit: {error}") from error


# ---- arrays and a JSON text in one file ----------------------------------------------------------

def write(path, arrays, meta):
    """Write {name: array} and the JSON-able dict `meta` to one file; atomic and durable.

    Raises TypeError for what cannot be kept (objects, text arrays), OSError for what the disk
    refuses; what was at `path` before is then still there.
    """
    arrays = {name: backend.to_numpy(array) for name, array in arrays.items()}
    for name, array in arrays.items():
        if array.dtype.kind not in "fiub":
            raise TypeError(f"a checkpoint holds numbers, and {name} has dtype {array.dtype}")
    if _ABOUT in arrays:
        raise TypeError(f"the name {_ABOUT!r} is taken")
    about = {"format": FORMAT, "version": VERSION, "meta": meta,
             "arrays": {name: _kind(array) for name, array in arrays.items()}}
    text = json.dumps(about, default=_to_json).encode("utf-8")
    members = {**arrays, _ABOUT: np.frombuffer(text, np.uint8)}

    def write_members(stream):
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
            for name, array in members.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)

    write_atomically(path, write_members)


def read(path):
    """({name: NumPy array}, meta) of a checkpoint.

    Raises CheckpointError for a damaged or foreign file, FileNotFoundError if there is none.
    """
    content = pathlib.Path(path).read_bytes()
    try:
        members = _members(content)
        about = json.loads(members.pop(_ABOUT).tobytes().decode("utf-8"), object_hook=_from_json)
        version, kinds, meta = about["version"], about["arrays"], about["meta"]
        if about["format"] != FORMAT or not isinstance(meta, dict):
            raise ValueError("it says so itself")
    except Exception as error:      # a damaged zip raises half a dozen types, each of them one fact
        raise CheckpointError(f"{path} is damaged, or is not a checkpoint of this package\n"
                              f"  got       {len(content)} bytes; {type(error).__name__}: {error}"
                              ) from error
    if version != VERSION:
        raise CheckpointError(f"{path} was written by another version of this package\n"
                              f"  expected  format {VERSION}\n"
                              f"  got       format {version}")
    if {name: _kind(array) for name, array in members.items()} != kinds:
        raise CheckpointError(f"{path} is damaged: it does not hold the arrays it should")
    return members, meta


def _members(content):
    """{name: array} of an uncompressed zip of .npy files, each checked by its CRC, then parsed."""
    members = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            if entry.compress_type != zipfile.ZIP_STORED:
                raise ValueError("a member is compressed")      # a bomb could be, ours never is
            name = entry.filename.removesuffix(".npy")
            if name in members:
                raise ValueError(f"{name} is there twice")
            member = io.BytesIO(archive.read(entry))
            members[name] = np.lib.format.read_array(member, allow_pickle=False)
    return members


def _kind(array):
    return [array.dtype.str, list(array.shape)]


# ---- what JSON does not know ---------------------------------------------------------------------

_GENERATOR = "numpy.random.Generator"
_BIT_GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")


def _to_json(value):
    if isinstance(value, np.random.Generator):
        return {_GENERATOR: _plain(value.bit_generator.state)}
    if isinstance(value, (np.bool, np.integer, np.floating)):
        return value.item()
    raise TypeError("a checkpoint's meta holds what JSON can hold\n"
                    f"  got       {type(value).__name__}")


def _plain(state):
    """A generator's state with its few arrays of integers as lists."""
    if isinstance(state, dict):
        return {key: _plain(value) for key, value in state.items()}
    return state.tolist() if isinstance(state, np.ndarray) else state


def _from_json(entry):
    if set(entry) != {_GENERATOR}:
        return entry
    state = entry[_GENERATOR]
    if state["bit_generator"] not in _BIT_GENERATORS:
        raise ValueError(f"unknown generator {state['bit_generator']}")
    bits = getattr(np.random, state["bit_generator"])()
    bits.state = _with_arrays(state)
    return np.random.Generator(bits)


def _with_arrays(state):
    if isinstance(state, dict):
        return {key: _with_arrays(value) for key, value in state.items()}
    return np.array(state, np.uint64) if isinstance(state, list) else state
