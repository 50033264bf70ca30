"""How much memory a training loop takes: the peak, less what the process held before it began."""
import os

import numpy as np

from .contenders import synchroniser


def warm_malloc():
    """Let glibc keep freed blocks, as scratchgen does: free one of just under 32 MiB, untouched."""
    np.empty(32 * 2**20 - 2**16, np.uint8)


def of_training(contender, case, size, steps):
    """Peak and baseline of resident memory, in bytes, of building a model and training it.

    The baseline is taken with the library loaded, before anything is built.  None where the system
    does not tell (anything but Linux).
    """
    from .suites import SUITES
    if not reset_peak():
        return {"peak": None, "baseline": None}
    baseline = _status("VmRSS")
    made = SUITES["steps"].build(contender, case, size, "cpu")
    if made is None:
        return {"lacks": f"{contender.name} has no {case}"}
    call, _ = made
    finish = synchroniser(contender, "cpu")
    for _ in range(steps):
        finish(call())
    return {"peak": _status("VmHWM"), "baseline": baseline}


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
