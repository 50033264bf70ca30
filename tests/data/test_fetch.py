"""Downloading: only when asked, only what the checksum says, and a clear word if it cannot be."""
import dataclasses
import hashlib
import http.server
import sys
import threading

import pytest

from scratchgen.data import NAMES, SOURCES, catalogue, fetch, listing, load, verify
from scratchgen.data.catalogue import PAIRS
from scratchgen.errors import DataError

from .idx_files import write_pair

FILES = [file for pair in PAIRS.values() for file in pair]
pooch_is_here = pytest.mark.usefixtures("pooch")


@pytest.fixture
def pooch():
    module = pytest.importorskip("pooch", reason="downloading needs the extra 'data'")
    level = module.get_logger().level
    module.get_logger().setLevel("ERROR")
    yield module
    module.get_logger().setLevel(level)


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch, tmp_path):
    """Nobody's real data is looked at."""
    monkeypatch.delenv("SCRATCHGEN_DATA", raising=False)
    monkeypatch.setattr(catalogue, "_user_cache", lambda: tmp_path / "cache")


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """A web server on this machine that holds a tiny "mnist", and the package believing in it."""
    folder = tmp_path / "mirror"
    write_pair(folder, "train", 30)
    write_pair(folder, "t10k", 20)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(folder))

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    publish(monkeypatch, folder, f"http://127.0.0.1:{server.server_port}/")
    yield folder
    server.shutdown()
    server.server_close()
    thread.join()


def publish(monkeypatch, folder, address):
    digests = {file: hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in FILES}
    source = dataclasses.replace(SOURCES["mnist"], mirror=address, sha256=digests)
    monkeypatch.setitem(SOURCES, "mnist", source)
    for file, digest in digests.items():
        monkeypatch.setitem(catalogue.OWNERS, digest, ("mnist", file))


@pooch_is_here
def test_fetch_then_list_verify_and_load(mirror, tmp_path):
    data = tmp_path / "data"
    assert "not in" in listing(data)[2].status
    paths = fetch("mnist", data)
    assert paths == [data / "mnist" / file for file in FILES]
    assert "complete" in listing(data)[2].status
    assert [check.status for check in verify("mnist", data)] == ["verified"] * 4
    assert len(load("mnist", data).train) == 30

    before = [path.stat().st_mtime_ns for path in paths]
    paths[1].write_bytes(b"damaged")
    assert verify("mnist", data)[1].status == "wrong"
    fetch("mnist", data)                            # replaces what is wrong, keeps what is right
    assert [check.status for check in verify("mnist", data)] == ["verified"] * 4
    assert [path.stat().st_mtime_ns for path in paths][2:] == before[2:]


@pooch_is_here
def test_a_wrong_checksum_leaves_nothing_under_the_name(mirror, tmp_path):
    (mirror / FILES[0]).write_bytes(b"<html>no such file</html>")
    digest = SOURCES["mnist"].sha256[FILES[0]]
    with pytest.raises(DataError, match=f"(?s){FILES[0]}.*sha256 {digest}"):
        fetch("mnist", tmp_path / "data")
    assert list((tmp_path / "data" / "mnist").iterdir()) == []


@pooch_is_here
def test_no_network_and_no_such_file(mirror, tmp_path, monkeypatch):
    (mirror / FILES[2]).unlink()
    with pytest.raises(OSError, match=f"(?s){FILES[2]}.*404.*--data digits"):
        fetch("mnist", tmp_path / "data")
    monkeypatch.setitem(SOURCES, "mnist",
                        dataclasses.replace(SOURCES["mnist"], mirror="http://127.0.0.1:9/"))
    with pytest.raises(OSError, match="(?s)could not download.*--data digits"):
        fetch("mnist", tmp_path / "other")


def test_without_pooch_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError, match=r"scratchgen\[data\]"):
        fetch("mnist", tmp_path)


@pytest.mark.parametrize("name", ["digits", "sprites", "ring", "cifar"])
def test_nothing_to_download(name, tmp_path):
    with pytest.raises(ValueError, match=f"(?s)mnist, fashion-mnist.*'{name}'"):
        fetch(name, tmp_path)


def test_every_data_set_is_listed_once_and_nothing_is_downloaded(tmp_path):
    entries = listing(tmp_path / "nowhere")
    assert tuple(entry.name for entry in entries) == NAMES
    assert entries[0].status == "bundled"
    assert "scratchgen data fetch fashion-mnist" in entries[3].status
    assert not (tmp_path / "nowhere").exists()


def test_list_knows_a_neighbour_by_its_checksum(tmp_path, monkeypatch):
    write_pair(tmp_path, "t10k", 10)
    write_pair(tmp_path / "both", "train", 10)
    write_pair(tmp_path / "both", "t10k", 10)
    publish(monkeypatch, tmp_path / "both", "unused")
    statuses = {entry.name: entry.status for entry in listing(tmp_path)}
    assert "t10k files only" in statuses["mnist"]
    assert statuses["fashion-mnist"].startswith("not in")


def test_verify_tells_the_states_apart(tmp_path):
    write_pair(tmp_path, "t10k", 10)
    write_pair(tmp_path, "train", 10, suffix="")
    (tmp_path / FILES[2]).write_bytes(b"<html>")
    (tmp_path / FILES[1].removesuffix(".gz")).unlink()
    checks = verify("mnist", tmp_path)
    assert [check.status for check in checks] == ["readable", "missing", "wrong", "readable"]
    assert checks[1].path is None and "no published checksum" in checks[0].detail
    assert "web page" in checks[2].detail


def test_verify_recognises_a_file_of_another_name(tmp_path, monkeypatch):
    write_pair(tmp_path / "both", "train", 10)
    write_pair(tmp_path / "both", "t10k", 20)
    publish(monkeypatch, tmp_path / "both", "unused")
    (tmp_path / "both" / FILES[0]).write_bytes((tmp_path / "both" / FILES[2]).read_bytes())
    check = verify("mnist", tmp_path / "both")[0]
    assert check.status == "wrong" and f"this is {FILES[2]} of mnist" in check.detail


def test_verify_the_bundled_and_the_drawn():
    check, = verify("digits")
    assert check.status == "verified" and check.path.is_file()
    assert verify("sprites") == []
    with pytest.raises(ValueError, match="'cifar'"):
        verify("cifar")


def test_published_checksums_are_complete_and_distinct():
    digests = [digest for source in SOURCES.values() for digest in source.sha256.values()]
    assert all(list(source.sha256) == FILES for source in SOURCES.values())
    assert len(set(digests)) == len(digests) == 4 * len(SOURCES)
    assert all(len(digest) == 64 and set(digest) <= set("0123456789abcdef") for digest in digests)
