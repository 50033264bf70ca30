"""The process of one contender: it answers requests on its standard input, one JSON object a line.

    python -m benchmarks.child NAME THREADS DEVICE

    (started)                           {"ready": "2.13.0", "cores": 1, "blas": "..."}
    {"make": [suite, case, size]}       {"made": [loss, ...]} or {"lacks": reason}
    {"calibrate": seconds}              {"calls": k} that take about so long; it is warm then
    {"run": k}                          {"seconds": of one operation, mean of k calls}
    {"train": [case, size, steps]}      {"peak": bytes, "baseline": bytes}
    (any of them)                       {"failed": reason}

It ends when its input does, so it does not outlive the process that started it.
"""
import contextlib
import ctypes
import json
import os
import signal
import sys
import time

from . import memory
from .contenders import CONTENDERS, pin, synchroniser
from .machine import blas_in_use
from .suites import SUITES


class Child:
    """A contender and the one case that it has ready."""

    def __init__(self, name, threads, device):
        self.contender, self.device = CONTENDERS[name], device
        self.cores = pin(threads) if device == "cpu" else None
        self.version = self.contender.load()
        if self.contender.library == "torch":
            sys.modules["torch"].set_num_threads(threads)
        if self.contender.tuned:
            memory.warm_malloc()
        self.finish = synchroniser(self.contender, device)
        self.call, self.operations = None, 1

    def make(self, suite, case, size):
        self.call = None                                    # free what the last case held
        made = SUITES[suite].build(self.contender, case, size, self.device)
        if made is None:
            return {"lacks": f"{self.contender.name} has no {case}"}
        self.call, self.operations = made
        first = []
        for _ in range(3):
            first.append(self.call())
            self.finish(first[-1])
        return {"made": SUITES[suite].losses(first)}

    def calibrate(self, seconds):
        once = max(self._time(1), 1e-9)
        k = max(1, round(seconds / once))
        return {"calls": max(1, round(seconds * k / self._time(k)))}

    def run(self, k):
        return {"seconds": self._time(k) / (k * self.operations)}

    def train(self, case, size, steps):
        return memory.of_training(self.contender, case, size, steps)

    def _time(self, k):
        """Seconds of k calls, the last of which is waited for."""
        call, finish, result = self.call, self.finish, None
        began = time.perf_counter()
        for _ in range(k):
            result = call()
        finish(result)
        return time.perf_counter() - began


def end_with_parent():
    """On Linux: die with the process that started this one, even while stopped between turns."""
    set_parent_death_signal = 1
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def main(name, threads, device):
    if sys.platform == "linux":
        end_with_parent()
    # What a library prints must not end up among the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    child = Child(name, int(threads), device)
    print(json.dumps({"ready": child.version, "cores": child.cores,
                      "blas": blas_in_use(child.contender.library)}), file=answers)
    for line in sys.stdin:
        (request, arguments), = json.loads(line).items()
        arguments = arguments if isinstance(arguments, list) else [arguments]
        try:
            answer = getattr(child, request)(*arguments)
        except Exception as error:
            words = str(error).strip().splitlines() or [""]
            answer = {"failed": f"{type(error).__name__}: {words[0]}"}
        print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
