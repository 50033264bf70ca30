"""Which backend creates arrays: by call, by block, by environment, per thread."""

import sys
import threading

import numpy as np
import pytest

import scratchgen as sg
from scratchgen.backend import choice
from scratchgen.errors import BackendError
from tests.support import fake_cupy, strict_arrays  # noqa: F401  (registers "strict")


@pytest.fixture(autouse=True)
def fresh_thread_state(monkeypatch):
    """As in a thread that has asked for nothing yet; what a test chooses ends with it."""
    monkeypatch.setattr(choice._state, "chosen", None, raising=False)


def test_numpy_unless_told_otherwise():
    assert sg.backend.current().name == "numpy"
    assert type(sg.backend.asarray([1.0])) is np.ndarray


def test_a_block_goes_back_to_what_was_before():
    with sg.backend.use("strict") as space:
        assert sg.backend.current() is space
        with sg.backend.use("numpy"):
            assert sg.backend.current().name == "numpy"
        assert sg.backend.current() is space
    assert sg.backend.current().name == "numpy"


def test_a_block_goes_back_after_an_error_too():
    with pytest.raises(KeyError), sg.backend.use("strict"):
        raise KeyError
    assert sg.backend.current().name == "numpy"


def test_a_call_stays():
    sg.backend.use("strict")
    assert sg.backend.current().name == "strict"


def test_the_environment_decides_at_first(monkeypatch):
    monkeypatch.setenv("SCRATCHGEN_BACKEND", "strict")
    assert sg.backend.current().name == "strict"
    with sg.backend.use("numpy"):
        assert sg.backend.current().name == "numpy"
    assert sg.backend.current().name == "strict"


def test_a_mistake_in_the_environment_says_where_it_is(monkeypatch):
    monkeypatch.setenv("SCRATCHGEN_BACKEND", "gpu")
    with pytest.raises(BackendError, match="^SCRATCHGEN_BACKEND=gpu in the environment: there is"):
        sg.backend.asarray([1.0])


def test_each_thread_chooses_for_itself(monkeypatch):
    monkeypatch.setenv("SCRATCHGEN_BACKEND", "numpy")
    seen = {}

    def look(name):
        seen[name, "at first"] = sg.backend.current().name
        sg.backend.use(name)
        both.wait()
        seen[name, "at last"] = sg.backend.current().name

    both = threading.Barrier(2, timeout=10)
    with sg.backend.use("strict"):
        threads = [threading.Thread(target=look, args=(name,)) for name in ("numpy", "strict")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert seen == {("numpy", "at first"): "numpy", ("strict", "at first"): "numpy",
                    ("numpy", "at last"): "numpy", ("strict", "at last"): "strict"}


def test_an_unknown_name():
    with pytest.raises(BackendError, match=r"no backend 'gpu'\n  expected  one of numpy, cupy"):
        sg.backend.use("gpu")
    assert sg.backend.current().name == "numpy"


def test_an_unusable_backend_says_why_and_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(BackendError) as caught:
        sg.backend.use("cupy")
    assert str(caught.value) == (
        "the backend 'cupy' cannot be used here: CuPy is not installed\n"
        "  hint      pip install 'scratchgen[cuda13]'   (for a CUDA 12 driver: [cuda12]),\n"
        "            or stay on the CPU with sg.backend.use(\"numpy\")")
    assert sg.backend.current().name == "numpy"


def test_checked_is_a_block_per_thread():
    host, device = sg.backend.NAMESPACES[np.ndarray], strict_arrays.SPACE
    assert sg.backend.values_are_checked(host) and not sg.backend.values_are_checked(device)
    block = sg.backend.checked()
    with block:
        assert sg.backend.values_are_checked(device)
        with block:
            pass
        assert sg.backend.values_are_checked(device)
        elsewhere = []
        thread = threading.Thread(
            target=lambda: elsewhere.append(sg.backend.values_are_checked(device)))
        thread.start()
        thread.join()
        assert elsewhere == [False]
    assert not sg.backend.values_are_checked(device)


def test_arrays_of_cupy_are_known_without_choosing_it():
    with fake_cupy.installed(fake_cupy.FakeCupy()) as fake:
        x = fake.cupy.asarray([0.0, 1.0])
        assert sg.backend.is_array(x)
        assert sg.backend.namespace(x).name == "cupy"
        np.testing.assert_array_equal(sg.ops.exp(x).get(), np.exp([0.0, 1.0]))
