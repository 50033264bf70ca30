"""Results as JSON: what is in the file, written whole or not at all, checked when read.

    {"schema": "scratchgen benchmark", "version": 1,
     "command": "steps", "line": "scratchgen bench steps ...", "date": "2026-11-21T12:00:00+00:00",
     "minutes": 6.5, "complete": true,
     "machine":    {"processor": ..., "cores": ..., "blas": ..., ...},
     "method":     {"rounds": 25, "seconds_a_round": 0.06, "baseline": ["torch", "cpu"], ...},
     "contenders": {"torch": {"about": ..., "version": ..., "blas": ...} or {..., "missing": why}},
     "control":    [{"threads": 1, "median": s, "lower": s, "upper": s, "disturbed": n}, ...],
     "rows":       [{"suite", "case", "size", "unit", "headline", "threads", "contender", "device",
                     "status": "measured" | "lacks" | "failed" | "differs", "reason",
                     "calls", "rounds", "discarded", "noisy", "seconds": [of one operation a round],
                     "median", "lower", "upper", "ratio": {"median", "lower", "upper"}}, ...]}

All times are seconds of one step, layer or operation; "ratio" is to the baseline, round by round.
`bench memory` has "peak" and "baseline" in bytes instead of times.
"""
import json

SCHEMA, VERSION = "scratchgen benchmark", 1
_TOP = {"schema": str, "version": int, "command": str, "line": str, "date": str, "minutes": float,
        "complete": bool, "machine": dict, "method": dict, "contenders": dict, "control": list,
        "rows": list}
_ROW = {"suite": str, "case": str, "size": int, "unit": str, "headline": bool, "threads": int,
        "contender": str, "device": str, "status": str}
_TIMES = {"calls": int, "rounds": int, "discarded": int, "noisy": bool, "seconds": list,
          "median": float, "lower": float, "upper": float}
_BYTES = {"peak": int, "baseline": int}
STATUSES = ("measured", "lacks", "failed", "differs")


def check(document):
    """The document, if it follows the schema; ValueError that names the first thing that does not.
    """
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ValueError("these are not the results of a benchmark")
    if document.get("version") != VERSION:
        raise ValueError(f"results of version {document.get('version')!r}, this reads {VERSION}")
    _require("results", document, _TOP)
    for number, row in enumerate(document["rows"]):
        where = f"row {number}"
        _require(where, row, _ROW)
        if row["status"] not in STATUSES:
            raise ValueError(f"{where}: status is one of {', '.join(STATUSES)}, "
                             f"got {row['status']!r}")
        if row["status"] != "measured":
            _require(where, row, {"reason": str})
            continue
        _require(where, row, _BYTES if "peak" in row else _TIMES)
        if "median" in row and not row["lower"] <= row["median"] <= row["upper"]:
            raise ValueError(f"{where}: the median lies outside the quartiles")
    return document


def _require(where, found, expected):
    for name, kind in expected.items():
        value = found.get(name)
        if not isinstance(value, kind) and not (kind is float and isinstance(value, int)):
            raise ValueError(f"{where}: {name} is a {kind.__name__}, got {value!r}")


def write(document, path):
    from scratchgen.files import write_text
    write_text(path, json.dumps(check(document), indent=1) + "\n")


def read(path):
    """The results in a file; DataError if it holds none."""
    from scratchgen import DataError
    try:
        with open(path, encoding="utf-8") as stream:
            return check(json.load(stream))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not JSON: {error}") from None
    except ValueError as error:
        raise DataError(f"{path}: {error}") from None


def select(document, **wanted):
    """The measured rows with these values, e.g. select(document, case="vae", headline=True)."""
    return [row for row in document["rows"] if row["status"] == "measured"
            and all(row[name] == value for name, value in wanted.items())]


def ordered(values):
    """Each once, in the order of first appearance."""
    return list(dict.fromkeys(values))
