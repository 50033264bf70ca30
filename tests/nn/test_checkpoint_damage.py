"""A damaged or foreign file is refused, or every value in it is right; no code in it runs."""

import io
import json
import pickle
import zipfile

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import nn, optim


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A checkpoint of less than 4 KB with an array, an optimiser's moments and meta."""
    path = tmp_path_factory.mktemp("small") / "a.npz"
    model = nn.Linear(2, 1, rng=0, bias=False)
    rng = np.random.default_rng(0)
    nn.save(path, model, optim.Momentum(model.parameters()), note="kept", rng=rng)
    assert path.stat().st_size < 4096
    return path


def values_of(path):
    arrays, meta = nn.checkpoint.read(path)
    return {k: (v.dtype.str, v.shape, v.tobytes()) for k, v in arrays.items()}, _comparable(meta)


def _comparable(meta):
    return json.dumps(meta, default=lambda rng: str(rng.bit_generator.state), sort_keys=True)


def refused_or_right(path, content, right):
    """True if the file is refused; fails if it loads anything but the right values."""
    path.write_bytes(content)
    try:
        values = values_of(path)
    except sg.CheckpointError:
        return True
    assert values == right
    return False


def flipped(content, bit):
    damaged = bytearray(content)
    damaged[bit // 8] ^= 1 << bit % 8
    return bytes(damaged)


def test_one_flipped_bit_in_each_byte(small, tmp_path):
    content, right = small.read_bytes(), values_of(small)
    bits = np.random.default_rng(0).integers(8, size=len(content))
    refusals = sum(refused_or_right(tmp_path / "b.npz", flipped(content, 8 * i + int(bit)), right)
                   for i, bit in enumerate(bits))
    assert refusals > 0.8 * len(content)        # the rest are dates and other things nobody reads


@pytest.mark.slow
def test_every_flipped_bit(small, tmp_path):
    content, right = small.read_bytes(), values_of(small)
    for bit in range(8 * len(content)):
        refused_or_right(tmp_path / "b.npz", flipped(content, bit), right)


def test_every_truncation(small, tmp_path):
    content, right = small.read_bytes(), values_of(small)
    for n in range(len(content)):
        assert refused_or_right(tmp_path / "b.npz", content[:n], right)


def test_500_flips_of_a_real_one(tmp_path):
    model = nn.mlp(64, 128, 20, rng=0)
    nn.save(tmp_path / "a.npz", model, optim.Adam(model.parameters()))
    content, right = (tmp_path / "a.npz").read_bytes(), values_of(tmp_path / "a.npz")
    for bit in np.random.default_rng(0).integers(8 * len(content), size=500):
        refused_or_right(tmp_path / "b.npz", flipped(content, int(bit)), right)


class Bomb:
    """Unpickling this is caught: it would have run code."""

    exploded = False

    def __reduce__(self):
        return _explode, ()


def _explode():
    Bomb.exploded = True
    return np.zeros((2, 1), np.float32)


def archive(members, compression=zipfile.ZIP_STORED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as z:
        for name, content in members:
            z.writestr(name, content)
    return stream.getvalue()


def npy(array, allow_pickle=False):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, allow_pickle=allow_pickle)
    return stream.getvalue()


def about(**changes):
    weight = np.zeros((2, 1), np.float32)
    facts = {"format": nn.checkpoint.FORMAT, "version": nn.checkpoint.VERSION, "meta": {},
             "arrays": {"weight": [weight.dtype.str, [2, 1]]}} | changes
    return "about.json.npy", npy(np.frombuffer(json.dumps(facts).encode(), np.uint8))


WEIGHT = ("weight.npy", npy(np.zeros((2, 1), np.float32)))
SHAPE = b"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 100000000000000), }"
HUGE = b"\x93NUMPY\x01\x00v\x00" + SHAPE.ljust(117) + b"\n"
OBJECTS = npy(np.array([Bomb()], dtype=object), allow_pickle=True)
GENERATOR = {"numpy.random.Generator": {"bit_generator": "RandomState", "state": {}}}

FOREIGN = {
    "empty": b"",
    "text": b"epoch,loss\n1,2\n",
    "a pickle": pickle.dumps(Bomb()),
    "npy": npy(np.zeros((2, 1), np.float32)),
    "another zip": archive([("readme.txt", "hello")]),
    "npz of another program": archive([WEIGHT]),
    "objects": archive([("weight.npy", OBJECTS), about()]),
    "objects in the JSON's place": archive([WEIGHT, ("about.json.npy", OBJECTS)]),
    "compressed": archive([WEIGHT, about()], zipfile.ZIP_DEFLATED),
    "an array too many": archive([WEIGHT, ("more.npy", WEIGHT[1]), about()]),
    "an array too few": archive([about()]),
    "another shape than it says": archive([("weight.npy", npy(np.zeros((1, 2), "f4"))), about()]),
    "another dtype than it says": archive([("weight.npy", npy(np.zeros((2, 1)))), about()]),
    "a shape that fills no memory": archive([("weight.npy", HUGE), about()]),
    "another format": archive([WEIGHT, about(format="somebody else's")]),
    "no version": archive([WEIGHT, about(version=None)]),
    "a later version": archive([WEIGHT, about(version=nn.checkpoint.VERSION + 1)]),
    "JSON that is a list": archive([WEIGHT, ("about.json.npy", npy(np.frombuffer(b"[]", "u1")))]),
    "JSON that is none": archive([WEIGHT, ("about.json.npy", npy(np.frombuffer(b"{", "u1")))]),
    "a generator of no kind": archive([WEIGHT, about(meta={"rng": GENERATOR})]),
    "meta that is none": archive([WEIGHT, about(meta=[1])]),
    "state that is none": archive([WEIGHT, about(meta={"_state": [1]})]),
    "an optimiser that is none": archive([WEIGHT, about(meta={"_state": {"optimiser": 3}})]),
}


def test_the_archive_these_are_made_from_is_accepted(tmp_path):
    (tmp_path / "a.npz").write_bytes(archive([WEIGHT, about()]))
    layer = nn.Linear(2, 1, rng=0, bias=False)
    assert nn.load(tmp_path / "a.npz", layer) == {}
    np.testing.assert_array_equal(layer.weight.data, 0)


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_files_are_refused_and_the_model_is_unchanged(name, tmp_path):
    path, layer = tmp_path / "a.npz", nn.Linear(2, 1, rng=0, bias=False)
    path.write_bytes(FOREIGN[name])
    before = layer.weight.data.copy()
    optimiser = optim.SGD(layer.parameters()) if "optimiser" in name else None
    with pytest.raises(sg.CheckpointError, match="a.npz"):
        nn.load(path, layer, optimiser)
    np.testing.assert_array_equal(layer.weight.data, before)
    assert not Bomb.exploded


def test_a_generator_is_made_by_no_other_function(tmp_path):
    """Named "seed", it would reseed NumPy's global generator on the way to an error."""
    entry = {"numpy.random.Generator": {"bit_generator": "seed", "state": {}}}
    (tmp_path / "a.npz").write_bytes(archive([WEIGHT, about(meta={"rng": entry})]))
    before = np.random.get_state()
    with pytest.raises(sg.CheckpointError, match="unknown generator seed"):
        nn.checkpoint.read(tmp_path / "a.npz")
    for mine, now in zip(before, np.random.get_state()):
        np.testing.assert_array_equal(mine, now)


def test_the_same_name_twice_is_refused(tmp_path):
    path = tmp_path / "a.npz"
    with pytest.warns(UserWarning, match="Duplicate"):
        path.write_bytes(archive([WEIGHT, WEIGHT, about()]))
    with pytest.raises(sg.CheckpointError, match="twice"):
        nn.checkpoint.read(path)
