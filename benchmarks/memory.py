"""How much memory a training loop takes: the peak, less what the process held before it began."""
import contextlib
import ctypes
import gc
import os

import numpy as np

from .contenders import synchroniser


def warm_malloc():
    """Let glibc keep freed blocks, as scratchgen does: free one of just under 32 MiB, untouched."""
    np.empty(32 * 2**20 - 2**16, np.uint8)


def of_training(contender, case, size, steps):
    """Peak and baseline of resident memory, in bytes, of building a model and training it.

    The baseline is what the process holds with the library loaded and in use: libraries read much
    of their code when it is first needed, so two other models are trained for a step before, and
    what they held is given back.  {"peak": None} where the system does not tell (all but Linux).
    """
    for other, batch in (("gan2d", 8), ("cvae", 1)):
        _train(contender, other, batch, 1)
    give_back()
    if not reset_peak():
        return {"peak": None}
    baseline = _status("VmRSS")
    if not _train(contender, case, size, steps):
        return {"lacks": f"{contender.name} has no {case}"}
    return {"peak": _status("VmHWM"), "baseline": baseline}


def _train(contender, case, size, steps):
    """Train a new model for so many steps; False if the contender lacks it."""
    from .suites import SUITES
    made = SUITES["steps"].build(contender, case, size, "cpu")
    if made is None:
        return False
    finish = synchroniser(contender, "cpu")
    for _ in range(steps):
        finish(made[0]())
    return True


def give_back():
    """Return what is no longer used to the system, as far as glibc lets us."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def reset_peak():
    """Forget the peak of resident memory so far; whether this system can."""
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as stream:
            stream.write("5")
    except OSError:
        return False
    return os.path.exists("/proc/self/status")


def _status(name):
    with open("/proc/self/status", encoding="ascii") as stream:
        return next(1024 * int(line.split()[1]) for line in stream if line.startswith(name))
