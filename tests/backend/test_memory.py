"""The allocator is warmed once, can be left alone, and is worth it."""

import os
import subprocess
import sys

import pytest

from scratchgen.backend import memory

ON_GLIBC = memory._on_glibc()
COUNT = """
import resource
import numpy as np
from scratchgen.backend.memory import warm_allocator
print(warm_allocator(), warm_allocator())
faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for step in range(21):
    if step == 1:
        before = faults()
    arrays = [np.ones(2**20, np.uint8) for _ in range(8)]
    del arrays
print(faults() - before)
"""


def count_page_faults(**environment):
    """(what warm_allocator said, page faults of 20 steps with 8 arrays of 256 pages each)."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("MALLOC_", "SCRATCHGEN_"))}
    result = subprocess.run([sys.executable, "-c", COUNT], env=clean | environment, check=True,
                            capture_output=True, text=True).stdout.splitlines()
    return result[0], int(result[1])


@pytest.mark.skipif(not ON_GLIBC, reason="only glibc has the threshold that is raised")
def test_freed_arrays_are_used_again():
    """Every page of every array faults in every step without it, next to none with it."""
    done, faults = count_page_faults()
    assert done == "True True" and faults < 1000
    done, faults = count_page_faults(SCRATCHGEN_MALLOC="0")
    assert done == "False False" and faults > 10_000


def test_nothing_is_done_elsewhere(monkeypatch):
    for answer in (lambda name: "musl 1.2", lambda name: None):
        monkeypatch.setattr(os, "confstr", answer, raising=False)
        assert not memory._on_glibc()
    monkeypatch.delattr(os, "confstr")
    assert not memory._on_glibc()


def test_peak_memory_counts_bytes_and_never_falls():
    before = memory.peak_memory()
    if before is None:
        pytest.skip("this system does not say")
    assert before > 2**20
    block = bytearray(before + 2**22)
    assert memory.peak_memory() >= len(block)
    del block
    assert memory.peak_memory() >= before
