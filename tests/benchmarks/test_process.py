"""The processes of the contenders: they answer, they may be killed, and none is left behind."""
import os
import signal
import subprocess
import sys
import types

import pytest

import scratchgen
from benchmarks import child, contenders, run
from benchmarks.process import Gone, Process
from benchmarks.team import Team
from tests.benchmarks.documents import document


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def process():
    made = Process("scratchgen", 1)
    yield made
    made.close()


def test_a_contender_makes_a_case_calibrates_and_times_it(process):
    ready = process.wait_until_ready()
    assert ready["cores"] == (1 if hasattr(os, "sched_setaffinity") else None)
    if os.name == "posix":                      # Ctrl-C in a terminal does not reach it
        assert os.getsid(process.pid) != os.getsid(0)
    losses = process.ask(make=["steps", "gan2d", 8])["made"]
    assert len(losses) == 6 and all(0 < loss < 2 for loss in losses)    # three steps, two losses
    calls = process.ask(calibrate=0.002)["calls"]
    assert calls >= 1 and process.ask(run=calls)["seconds"] > 0
    assert process.ask(make=["overhead", "tanh forward", 1])["made"] == []
    assert "ZeroDivision" in process.ask(run=0)["failed"]               # and it goes on
    assert process.ask(run=1)["seconds"] > 0


def test_no_clock_is_read_before_the_last_call_has_finished(monkeypatch):
    events = []
    clock = types.SimpleNamespace(perf_counter=lambda: events.append("clock") or len(events))
    monkeypatch.setattr(child, "time", clock)
    timed = child.Child.__new__(child.Child)
    timed.call = lambda: events.append("call") or "result"
    timed.finish = lambda result: events.append(f"finish {result}")
    timed.operations = 2
    assert timed.run(3) == {"seconds": (6 - 1) / 6}
    assert events == ["clock", "call", "call", "call", "finish result", "clock"]


def test_a_gpu_is_waited_for_and_a_cpu_is_not(monkeypatch):
    waits = []
    monkeypatch.setattr(scratchgen.backend, "synchronize", lambda: waits.append(1))
    for device, expected in (("cpu", []), ("gpu", [1])):
        contenders.synchroniser(contenders.CONTENDERS["scratchgen"], device)("result")
        assert waits == expected


def test_openblas_is_left_to_choose_its_own_kernels(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    monkeypatch.setenv("OPENBLAS_L2_SIZE", "512")
    found = contenders.environment(2)
    assert not {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"} & set(found)
    assert found["OPENBLAS_NUM_THREADS"] == found["OMP_NUM_THREADS"] == "2"


def test_all_multiply_float32_with_all_of_its_bits(monkeypatch):
    """On a GPU JAX would do it with 10 of 23 (TF32), and the others if the environment says so."""
    monkeypatch.setenv("NVIDIA_TF32_OVERRIDE", "1")
    found = contenders.environment(1)
    assert found["NVIDIA_TF32_OVERRIDE"] == "0"
    assert found["JAX_DEFAULT_MATMUL_PRECISION"] == "highest"


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="looks into /proc")
def test_a_contender_is_stopped_between_its_turns(process):
    process.wait_until_ready()
    assert state(process.pid, "T") == "T"
    process.ask(make=["steps", "chain", 1])
    assert state(process.pid, "T") == "T"


def state(pid, expected):
    """R runs, S sleeps, T is stopped; a signal takes its time, so look until it is as expected."""
    for _ in range(10_000):
        with open(f"/proc/{pid}/stat", encoding="ascii") as stream:
            found = stream.read().rpartition(")")[2].split()[0]
        if found == expected:
            break
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="a promise of Linux only")
def test_a_stopped_contender_does_not_outlive_who_started_it():
    code = ("import os, signal; from benchmarks.process import Process; p = Process('numpy', 1); "
            "p.wait_until_ready(); print(p.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)")
    parent = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True,
                            cwd=contenders.ROOT, check=False)
    assert parent.returncode == -signal.SIGKILL
    for _ in range(10_000):
        if not running(int(parent.stdout)):
            return
    raise AssertionError("it is still there")


def running(pid):
    """Whether the process exists and is more than an entry that nobody has collected."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stream:
            return stream.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_killed_contender_is_reported_by_its_signal(process):
    process.wait_until_ready()
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(Gone, match="ended by signal 9"):
        process.ask(run=1)


def test_a_contender_that_cannot_start_says_its_last_words():
    made = Process("nobody", 1)
    with pytest.raises(Gone, match="code 1: KeyError: 'nobody'"):
        made.wait_until_ready()
    made.close()


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_team_replaces_who_was_killed_and_leaves_nobody_behind():
    seat = ("scratchgen", "cpu")
    with Team([seat], 1) as team:
        assert team.control() > 0
        first, control = team.pids()
        team.ask(seat, make=["steps", "chain", 1])
        os.kill(first, signal.SIGKILL)
        assert "signal 9" in team.ask(seat, run=1)["failed"]
        assert "made" in team.ask(seat, make=["steps", "chain", 1])
        pids = team.pids()
        assert first not in pids and control in pids and all(map(alive, pids))
    assert not any(map(alive, pids))


def test_a_team_is_ended_by_whatever_ends_the_measuring():
    with pytest.raises(KeyboardInterrupt), Team([("numpy", "cpu")], 1) as team:
        pids = team.pids()
        raise KeyboardInterrupt
    assert not any(map(alive, pids))


def test_the_linear_algebra_is_told_for_each_number_of_threads():
    made = document([])
    made["contenders"] = {}
    for threads in (1, 2):
        ready = {("torch", "cpu"): {"ready": "2.13", "blas": f"MKL, {threads} threads"},
                 ("jax", "cpu"): {"ready": "0.10", "blas": "XLA"}}
        run._introduce(types.SimpleNamespace(seats=list(ready), ready=ready, absent={}), made)
    assert made["contenders"]["torch"]["blas"] == "MKL, 1 threads; MKL, 2 threads"
    assert made["contenders"]["jax"]["blas"] == "XLA"
