"""python -m benchmarks.workloads [LIBRARY [NAME ...]]: losses, and milliseconds a step.

For tuning one library in one process.  To compare several, `scratchgen bench steps`.
"""
import sys
import time

from benchmarks.contenders import CONTENDERS, synchroniser
from benchmarks.memory import warm_malloc
from benchmarks.statistics import summary

from . import CASES, build, losses


def main(contender="scratchgen", *names):
    contender = CONTENDERS[contender]
    contender.load()
    finish = synchroniser(contender, "cpu")
    if contender.tuned:
        warm_malloc()
    for name in names or CASES:
        made = build(contender, name, CASES[name].size)
        if made is None:
            print(f"{name:6}         -")
            continue
        step, _ = made
        first = " ".join(f"{loss:.5f}" for loss in losses([step() for _ in range(3)]))
        times, end = [], time.perf_counter() + 1
        while time.perf_counter() < end or len(times) < 10:
            began = time.perf_counter()
            finish(step())
            times.append(1e3 * (time.perf_counter() - began))
        ms = summary(times)
        print(f"{name:6} {ms['median']:9.3f} ms  ({ms['lower']:.3f} to {ms['upper']:.3f})"
              f"  losses {first}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
