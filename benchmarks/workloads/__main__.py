"""python -m benchmarks.workloads [CONTENDER] [NAME ...]: losses, then milliseconds a step.

For tuning one contender in one process; `scratchgen bench steps` is what compares them.
"""
import sys
import time

from . import WORKLOADS, exists, load


def main(contender="scratchgen", *names):
    for name in names or WORKLOADS:
        if not exists(name, contender):
            print(f"{name:6}  -")
            continue
        step = load(name, contender)(WORKLOADS[name].batch)
        losses = [float(loss) for _ in range(3) for loss in step()]
        times, end = [], time.perf_counter() + 1
        while time.perf_counter() < end or len(times) < 10:
            began = time.perf_counter()
            step()
            times.append(1e3 * (time.perf_counter() - began))
        times.sort()
        n = len(times)
        print(f"{name:6} {times[n // 2]:9.3f} ms  ({times[n // 4]:.3f} to {times[3 * n // 4]:.3f})"
              f"  losses {' '.join(f'{loss:.5f}' for loss in losses)}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
