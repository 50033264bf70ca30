"""The memory of this process on the host: fast to get back, and how much was ever held."""
import functools
import os
import sys

import numpy as np

_MMAP_THRESHOLD_MAX = 32 * 2**20        # of glibc on 64-bit machines


@functools.cache
def warm_allocator():
    """Let glibc keep freed arrays of up to 32 MiB for the next one, not return their pages.

    A fresh array above 128 KiB is mapped by the operating system and unmapped when freed, and each
    of its 4 KiB pages costs a page fault at first touch: half the time of a training step.  glibc
    raises that threshold to the size of the largest mapped block it has seen freed, so allocating
    and freeing one block, untouched, is enough for the life of the process.

    Runs once, on Linux with glibc; the price is memory that stays with the process.  The
    environment variable SCRATCHGEN_MALLOC=0 turns it off.  Returns whether it did anything.
    """
    if os.environ.get("SCRATCHGEN_MALLOC") == "0" or not _on_glibc():
        return False
    np.empty(_MMAP_THRESHOLD_MAX - 2**16, np.uint8)     # less a little: the block has a header
    return True


def _on_glibc():
    try:
        return os.confstr("CS_GNU_LIBC_VERSION").startswith("glibc")
    except (AttributeError, ValueError, OSError):       # Windows, macOS, musl
        return False


def peak_memory():
    """The most bytes this process ever held in main memory; None where the system does not say."""
    try:
        import resource
    except ImportError:                                 # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
