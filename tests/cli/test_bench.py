"""scratchgen bench: each command from start to end, peers that are missing, Ctrl-C, a wheel."""
import os
import pathlib
import re
import signal
import subprocess
import sys

import pytest

from benchmarks import contenders, plan, results
from scratchgen import cli
from scratchgen.cli import bench


@pytest.fixture
def no_peers(monkeypatch):
    """As where nobody installed one."""
    missing = contenders.Contender.missing
    monkeypatch.setattr(contenders.Contender, "missing", lambda self: (
        f"{self.library} is not installed" if self.name in contenders.PEERS else missing(self)))


@pytest.mark.parametrize("command, suites", [
    ("steps", {"steps"}), pytest.param("layers", {"layers"}, marks=pytest.mark.slow),
    ("overhead", {"overhead"}), ("memory", {"steps"}),
    pytest.param("cpu-gpu", {"kernels", "steps"}, marks=pytest.mark.slow)])
def test_a_quick_run_of_every_command(command, suites, no_peers, tmp_path, capsys):
    assert cli.main(["bench", command, "--quick", "--peers", "torch", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    document = results.read(tmp_path / "results.json")
    assert document["complete"] and {row["suite"] for row in document["rows"]} == suites
    measured = [row for row in document["rows"] if row["contender"] == "scratchgen"]
    assert measured and all(row["status"] == "measured" for row in measured), measured
    assert "torch: not measured, torch is not installed" in out
    assert re.search(r"^1/\d+  ", out, re.M) and str(tmp_path) in out
    assert (tmp_path / "curves.png").exists() == (command != "memory")
    assert not (tmp_path / "roofline.png").exists()
    if command == "cpu-gpu" and not any(row["device"] == "gpu" for row in document["rows"]):
        assert "no GPU here, so this is the CPU half" in out


def test_the_table_and_figures_can_be_had_again(no_peers, tmp_path, capsys):
    assert cli.main(["bench", "overhead", "--quick", "--out", str(tmp_path)]) == 0
    first = capsys.readouterr().out
    (tmp_path / "curves.png").unlink()
    assert cli.main(["bench", "show", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert shown in first and "multiply forward" in shown
    assert (tmp_path / "curves.png").exists()


@pytest.mark.parametrize("argv, named", [
    (["steps", "--peers", "theano"], "torch-tuned"), (["steps", "--threads", "two"], "1,2"),
    (["steps", "--threads", "0"], "1,2"), (["steps", "--repeat", "0"], "at least 1"),
    (["steps", "--threads", "1,100000"], "one core a thread, and this process may use"),
    (["memory", "--threads", "1,1,2"], "one number of threads"),
    (["speed"], "steps"), (["show", "nowhere"], "nowhere")])
def test_a_wrong_choice_is_exit_2(argv, named, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["bench", *argv]) == 2
    error = capsys.readouterr().err
    assert named in error and len(error.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_exit_2(tmp_path, capsys):
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "folder"):
        assert cli.main(["bench", "overhead", "--quick", "--out", str(place)]) == 2
        error = capsys.readouterr().err
        assert "cannot write the results" in error and str(tmp_path / "file") in error


def test_a_file_that_holds_no_results_is_exit_1(tmp_path, capsys):
    (tmp_path / "results.json").write_text("{}")
    assert cli.main(["bench", "show", str(tmp_path)]) == 1
    assert "not the results of a benchmark" in capsys.readouterr().err


def test_from_a_wheel_it_says_how_to_get_the_source(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(bench.scratchgen, "__file__", str(tmp_path / "scratchgen" / "__init__.py"))
    assert cli.main(["bench", "steps"]) == 1
    assert "part of the source" in capsys.readouterr().err


@pytest.mark.skipif(not pathlib.Path("/proc/self/environ").exists(), reason="looks into /proc")
def test_ctrl_c_exits_130_keeps_what_was_measured_and_leaves_no_process(tmp_path):
    folder = tmp_path / "out"
    command = [sys.executable, "-u", "-m", "scratchgen", "bench", "overhead", "--repeat", "3",
               "--out", str(folder)]
    mark = f"BENCH_TEST={tmp_path}"
    environment = dict(os.environ, BENCH_TEST=str(tmp_path))
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env=environment, start_new_session=True, preexec_fn=listen)
    for line in process.stdout:
        if line.startswith("2/"):
            break
    assert len(marked(mark)) >= 4               # itself, two contenders, the control
    os.killpg(process.pid, signal.SIGINT)       # as a terminal does
    out, error = process.communicate(timeout=60)
    assert process.returncode == 130 and "interrupted" in error
    assert not marked(mark)
    document = results.read(folder / "results.json")
    assert not document["complete"] and document["rows"]


def listen():
    """A shell starts what runs in its background with interrupts ignored, tests among it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def marked(mark):
    """The processes that were started with this variable in their environment."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
        except OSError:                         # ended meanwhile, or somebody else's
            pass
    return found


def test_the_comparison_has_all_rounds_and_the_curve_a_fifth():
    items = plan.items("steps", repeat=25)
    vae = {item.size: item.rounds for item in items if item.case == "vae"}
    assert vae[128] == 25 and set(vae.values()) == {25, 5} and len(vae) >= 5
    assert {item.size for item in plan.items("steps", repeat=25, sweep=False)
            if item.case == "vae"} == {128}
