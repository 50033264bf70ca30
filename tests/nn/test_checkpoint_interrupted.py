"""Whatever interrupts a save, the old checkpoint or the new one is there, whole."""

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scratchgen import nn

ROOT = Path(__file__).parents[2]


@pytest.fixture
def old(tmp_path):
    """(path, content) of a checkpoint that must survive."""
    path = tmp_path / "a.npz"
    nn.save(path, nn.Linear(30, 30, rng=0), step=1)
    return path, path.read_bytes()


def fail(error):
    def raising(*args, **kwargs):
        raise error
    return raising


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"),
                                   KeyboardInterrupt()])
@pytest.mark.parametrize("moment", ["write", "fsync", "replace"])
def test_a_full_disk_or_ctrl_c_leaves_the_old_one_and_no_rubbish(moment, error, old, monkeypatch):
    path, content = old
    if moment == "write":
        monkeypatch.setattr(np.lib.format, "write_array", fail(error))
    else:
        monkeypatch.setattr(os, moment, fail(error))
    with pytest.raises(type(error)):
        nn.save(path, nn.Linear(30, 30, rng=1), step=2)
    assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_is_really_full(old, monkeypatch):
    """The stream itself fails, half way or at its flush, as it does on a full disk."""
    path, content = old
    real = open

    def full(name, mode):
        return real("/dev/full" if mode == "wb" else name, mode)

    monkeypatch.setattr("builtins.open", full)
    with pytest.raises(OSError, match=f"No space left.*{re.escape(str(path))}"):
        nn.save(path, nn.Linear(30, 30, rng=1), step=2)
    assert path.read_bytes() == content


def test_a_folder_that_is_not_there(tmp_path):
    path = tmp_path / "none" / "a.npz"
    with pytest.raises(FileNotFoundError, match=rf"'{re.escape(str(path))}'$"):
        nn.save(path, nn.Linear(2, 2, rng=0))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_file_is_not_replaced_by_one(tmp_path):
    """To /dev/null, as root, that would be the end of /dev/null."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(FileExistsError, match="other than a file"):
            nn.save(path, nn.Linear(2, 2, rng=0))
    assert (tmp_path / "pipe").is_fifo() and list(tmp_path.iterdir()) == [tmp_path / "pipe"]


@pytest.mark.skipif(os.name != "posix", reason="elsewhere links need rights")
def test_a_link_stays_one(tmp_path):
    """Whoever keeps last.npz on a larger disk and a link to it in the run folder, keeps both."""
    (tmp_path / "disk").mkdir()
    path, link = tmp_path / "disk" / "a.npz", tmp_path / "a.npz"
    link.symlink_to(path)                       # at first to nothing
    for seed in (0, 1):
        nn.save(link, nn.Linear(2, 2, rng=seed))
        assert link.is_symlink() and list(path.parent.iterdir()) == [path]
        saved = nn.Linear(2, 2, rng=2)
        nn.load(path, saved)
        assert (saved.weight.numpy() == nn.Linear(2, 2, rng=seed).weight.numpy()).all()


# A parent forks a child that saves without pause, kills it at a drawn moment, reads what is there.
KILLING = """
import os, pathlib, signal, sys, time
import numpy as np
from scratchgen import nn

path, trials = pathlib.Path(sys.argv[1]), int(sys.argv[2])
rng, last, overtaken = np.random.default_rng(0), 0, 0
nn.checkpoint.write(path, {"values": np.zeros(20_000)}, {"step": 0})
for trial in range(trials):
    child = os.fork()
    if child == 0:
        step = last
        while True:
            step += 1
            nn.checkpoint.write(path, {"values": np.full(20_000, float(step))}, {"step": step})
    time.sleep(rng.uniform(0.001, 0.02))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    arrays, meta = nn.checkpoint.read(path)
    assert (arrays["values"] == meta["step"]).all(), "a mixture"
    assert meta["step"] >= last, "an older one"
    overtaken += meta["step"] > last
    last = meta["step"]
    for part in path.parent.glob(".*.part"):
        part.unlink()
print(overtaken, last)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
@pytest.mark.parametrize("trials", [10, pytest.param(200, marks=pytest.mark.slow)])
def test_kill_9_loses_nothing(trials, tmp_path):
    command = [sys.executable, "-c", KILLING, str(tmp_path / "a.npz"), str(trials)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    overtaken, last = map(int, done.stdout.split())
    assert overtaken > 0 and last > 0           # children did save before they were killed
