"""load(name): the right files from the right folder, split as stated, or an error that helps."""
from pathlib import Path

import numpy as np
import pytest

from scratchgen.data import DENSITIES, NAMES, SOURCES, catalogue, data_folder, load
from scratchgen.errors import DataError

from .idx_files import write_idx, write_pair


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch, tmp_path):
    """Nobody's real data is looked at."""
    monkeypatch.delenv("SCRATCHGEN_DATA", raising=False)
    monkeypatch.setattr(catalogue, "_user_cache", lambda: tmp_path / "cache")


def test_every_bundled_name_loads_disjoint_parts():
    for name in ("digits", "sprites"):
        train, test = load(name)
        assert train.name == test.name == name and train.shape == test.shape
        assert load(name, flat=False).test.images.shape == (len(test), *test.shape)
        np.testing.assert_array_equal(load(name).train.images, train.images)


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_four_files_give_the_published_split(tmp_path, suffix):
    train_levels = write_pair(tmp_path, "train", 30, suffix=suffix)
    test_levels = write_pair(tmp_path, "t10k", 20, suffix=suffix, first=100)
    train, test = load("mnist", tmp_path)
    assert train.shape == (3, 2, 1) and train.images.dtype == np.float32
    np.testing.assert_array_equal(train.images, train_levels.reshape(30, 6) / np.float32(255))
    np.testing.assert_array_equal(test.images, test_levels.reshape(20, 6) / np.float32(255))
    np.testing.assert_array_equal(test.labels, np.arange(100, 120) % 10)
    assert train.description == ("50 images 3 x 2 in files named like those of mnist, "
                                 "30 for training and 20 for testing")


@pytest.mark.parametrize("n, size, title", [
    (10_000, (28, 28), "70,000 handwritten digits, 28 x 28 (LeCun, Cortes, Burges)"),
    (9_990, (28, 28), "9,990 images 28 x 28 in files named like those of mnist"),
    (10_000, (27, 28), "10,000 images 27 x 28 in files named like those of mnist")])
def test_images_of_ones_own_are_not_described_as_the_published_ones(tmp_path, n, size, title):
    write_pair(tmp_path, "t10k", n, shape=size, suffix="")
    assert load("mnist", tmp_path).test.description.startswith(f"{title}, the t10k files alone")


def test_the_t10k_pair_alone_is_split_nine_to_one(tmp_path):
    levels = write_pair(tmp_path, "t10k", 40)
    train, test = load("mnist", tmp_path, flat=False)
    assert "every tenth image for testing: 36 for training and 4 for testing" in train.description
    np.testing.assert_array_equal(test.images[:, 0, 0, 0] * 255, [9, 19, 29, 39])
    both = np.sort(np.concatenate([train.images, test.images])[:, 0, 0, 0])
    np.testing.assert_array_equal(both, levels[:, 0, 0] / np.float32(255))


def test_half_a_training_pair_is_an_accident(tmp_path):
    write_pair(tmp_path, "train", 30)
    write_pair(tmp_path, "t10k", 20)
    (tmp_path / "train-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(FileNotFoundError, match="train-labels"):
        load("mnist", tmp_path)


def test_where_files_are_looked_for(tmp_path, monkeypatch):
    """The first folder that is set is the only one; in it, a folder named like the data set."""
    for first, folder in enumerate(("argument", "environment", "cache/scratchgen")):
        write_pair(tmp_path / folder, "t10k", 10, first=first)

    def pixel():
        return round(load("mnist").train.images[0, 0] * 255)

    assert pixel() == 2
    monkeypatch.setenv("SCRATCHGEN_DATA", str(tmp_path / "environment"))
    assert pixel() == 1
    assert round(load("mnist", tmp_path / "argument").train.images[0, 0] * 255) == 0
    write_pair(tmp_path / "environment" / "mnist", "t10k", 10, first=7)
    assert pixel() == 7
    with pytest.raises(FileNotFoundError):
        load("mnist", tmp_path / "mistyped")
    assert data_folder("~/x").is_absolute()


@pytest.mark.parametrize("system, variable, folder", [
    ("linux", "XDG_CACHE_HOME", ".cache"), ("darwin", None, "Library/Caches"),
    ("win32", "LOCALAPPDATA", "AppData/Local")])
def test_the_cache_is_where_the_system_wants_it(tmp_path, monkeypatch, system, variable, folder):
    monkeypatch.undo()                                     # the real one, not the fixture's
    monkeypatch.setattr("sys.platform", system)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "SCRATCHGEN_DATA"):
        monkeypatch.delenv(name, raising=False)
    assert data_folder() == tmp_path / folder / "scratchgen"
    if variable:
        monkeypatch.setenv(variable, str(tmp_path / "set"))
        assert data_folder() == tmp_path / "set" / "scratchgen"


def test_missing_files_come_with_hash_way_and_alternative(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        load("mnist", tmp_path / "nowhere")
    message = str(caught.value)
    for digest in SOURCES["mnist"].sha256.values():
        assert digest in message
    for part in (str(tmp_path / "nowhere"), "no such folder", "scratchgen data fetch mnist",
                 "--data-dir", "SCRATCHGEN_DATA", "--data digits"):
        assert part in message


def test_unknown_name():
    with pytest.raises(ValueError, match=rf"(?s){', '.join(NAMES)}.*'mnits'.*hint +mnist\?"):
        load("mnits")
    assert NAMES == ("digits", "sprites", "mnist", "fashion-mnist", *DENSITIES)


@pytest.mark.parametrize("file, array, message", [
    ("t10k-labels-idx1-ubyte.gz", np.zeros(9, np.uint8), r"does not label.*\(10,\).*\(9,\)"),
    ("t10k-labels-idx1-ubyte.gz", np.zeros((10, 1), np.uint8), r"does not label.*\(10, 1\)"),
    ("t10k-labels-idx1-ubyte.gz", np.zeros(10, np.int16), "does not label.*int16"),
    ("t10k-labels-idx1-ubyte.gz", np.full(10, 10, np.uint8), "names no class.*0 to 9.*10 to 10"),
    ("t10k-images-idx3-ubyte.gz", np.zeros((10, 6), np.uint8), r"no grey images.*\(10, 6\)"),
    ("t10k-images-idx3-ubyte.gz", np.zeros((10, 3, 2), np.float32), "no grey images.*float32"),
])
def test_files_that_do_not_fit_together(tmp_path, file, array, message):
    write_pair(tmp_path, "t10k", 10)
    write_idx(tmp_path / file, array)
    with pytest.raises(DataError, match=f"(?s){message}"):
        load("mnist", tmp_path)


def test_images_of_two_sizes_are_not_one_data_set(tmp_path):
    write_pair(tmp_path, "t10k", 10)
    write_pair(tmp_path, "train", 10)
    write_idx(tmp_path / "train-images-idx3-ubyte.gz", np.zeros((10, 4, 4), np.uint8))
    with pytest.raises(DataError, match=r"(?s)two sizes.*\(4, 4\).*\(3, 2\)"):
        load("mnist", tmp_path)


def test_no_images_at_all(tmp_path):
    write_pair(tmp_path, "t10k", 0)
    with pytest.raises(DataError, match="empty"):
        load("mnist", tmp_path)


def test_files_of_another_data_set_are_recognised(tmp_path, monkeypatch):
    """All of the family use the same file names; their checksums tell them apart."""
    write_pair(tmp_path, "t10k", 10)
    monkeypatch.setattr("scratchgen.data.loading.owner",
                        lambda path: ("mnist", path.name))
    assert load("mnist", tmp_path).train.name == "mnist"
    with pytest.raises(DataError, match="(?s)t10k-images.* of fashion-mnist.*of mnist"):
        load("fashion-mnist", tmp_path)
