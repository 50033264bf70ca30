"""Results that were made up, to see what is made of them."""
from benchmarks import results, statistics


def row(case, size, contender, median, *, suite="steps", device="cpu", threads=1, headline=True,
        base=None, **others):
    """A measured row whose quartiles are 10 % away, with its ratio to a baseline of `base` s."""
    found = {"suite": suite, "case": case, "size": size, "unit": "batch", "headline": headline,
             "threads": threads, "contender": contender, "device": device, "status": "measured",
             "calls": 3, "rounds": 5, "discarded": 0, "noisy": False,
             "seconds": [0.9 * median, median, 1.1 * median]}
    found |= {"median": median, "lower": 0.9 * median, "upper": 1.1 * median}
    if base is not None:
        found["ratio"] = statistics.summary([median / base])
    return found | others


def lacking(case, size, contender, **others):
    return {"suite": "steps", "case": case, "size": size, "unit": "batch", "headline": True,
            "threads": 1, "contender": contender, "device": "cpu", "status": "lacks",
            "reason": f"{contender} has no {case}"} | others


def document(rows, command="steps", baseline=("torch", "cpu"), **contenders):
    """A whole document around the rows."""
    names = results.ordered(found["contender"] for found in rows)
    about = {name: {"about": "a library", "version": "1.0", "blas": "none"} for name in names}
    return {
        "schema": results.SCHEMA, "version": results.VERSION, "command": command,
        "line": f"scratchgen bench {command}", "date": "2026-11-21T12:00:00+00:00",
        "minutes": 1.5, "complete": True,
        "machine": {"processor": "a processor", "cores": 2, "platform": "Linux",
                    "load_average": [0.1, 0.1, 0.1], "unset": []},
        "method": {"rounds": 5, "seconds_a_round": 0.06, "baseline": list(baseline),
                   "threads": [1], "tolerance": 1.15, "quick": False, "notes": []},
        "contenders": about | contenders,
        "control": [{"threads": 1, "median": 1e-3, "lower": 0.99e-3, "upper": 1.01e-3,
                     "readings": 6, "disturbed": 0}],
        "rows": rows}
