"""The comparison of a run as a table for the README: python -m benchmarks.markdown results.json"""
import sys
from pathlib import Path

from . import results, table
from .summary import geometric_means

STEPS = Path(__file__).parent / "results" / "steps.json"


def ratios(document, threads):
    """A line for each contender, a column for each case: its time over that of the baseline.

    Behind them the geometric mean, for those who ran every case, and that without `chain`.
    """
    rows = results.select(document, threads=threads, headline=True)
    base = tuple(document["method"]["baseline"])
    cases = results.ordered(row["case"] for row in rows)
    means = geometric_means(document, threads)
    others = geometric_means(document, threads, without=("chain",))
    lines = ["| | " + " | ".join(cases) + " | mean | without chain |",
             "|---" * (len(cases) + 3) + "|"]
    for seat in results.ordered((row["contender"], row["device"]) for row in rows):
        own = {row["case"]: row for row in rows if (row["contender"], row["device"]) == seat}
        if seat == base:
            times = [f"{1e3 * own[case]['median']:.3g}" for case in cases]
            lines.append(f"| {seat[0]}, ms | " + " | ".join(times) + " | | |")
            continue
        cells = [table.fraction(own[case]["ratio"]["median"])
                 if "ratio" in own.get(case, {}) else "-" for case in cases]
        cells += [table.fraction(mean[seat]) if seat in mean else "-" for mean in (means, others)]
        lines.append(f"| {seat[0]} | " + " | ".join(cells) + " |")
    return lines


def main(path=STEPS):
    document = results.read(Path(path))
    for threads in document["method"]["threads"]:
        print(f"\n{threads} thread{'s' * (threads > 1)}\n", *ratios(document, threads), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
