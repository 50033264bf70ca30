"""What holds for every test: fixed randomness, no screen, no settings of the person who runs it."""

import os

# Before NumPy is loaded: on a busy machine OpenBLAS threads wait for each other, and arrays as
# small as these take ten times as long.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["MPLBACKEND"] = "Agg"

import hypothesis
import numpy as np
import pytest

from tests.lessons import taught
from tests.support.backends import xp_backend  # noqa: F401  (a fixture for every test)

for setting in ("SCRATCHGEN_BACKEND", "SCRATCHGEN_DATA", "SCRATCHGEN_FAST"):
    os.environ.pop(setting, None)

# "ci" draws the same examples every time; --hypothesis-profile=explore draws new ones.
hypothesis.settings.register_profile("ci", derandomize=True, database=None, deadline=None)
hypothesis.settings.register_profile("explore", derandomize=False, deadline=None)
hypothesis.settings.load_profile("ci")


@pytest.fixture
def rng():
    """The same random numbers in every test, whatever runs before it."""
    return np.random.default_rng(0)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """A test marked `kink` divides by zero on purpose: NumPy keeps quiet about it."""
    if item.get_closest_marker("kink") is None:
        return (yield)
    with np.errstate(all="ignore"):
        return (yield)


@pytest.hookimpl(tryfirst=True)                 # before -m chooses
def pytest_collection_modifyitems(config, items):
    """Mark what each lesson teaches; skip what needs a GPU where there is none, and say why."""
    taught.mark(items, config.rootpath)
    need_gpu = [item for item in items if item.get_closest_marker("gpu")]
    if need_gpu:
        import scratchgen as sg
        works, reason = sg.backend.available()["cupy"]
        if not works:
            for item in need_gpu:
                item.add_marker(pytest.mark.skip(reason=reason))
