"""The table of the README: made from results, and from those that are committed."""
from pathlib import Path

from benchmarks import markdown, results
from tests.benchmarks.documents import document, lacking, row

README = Path(__file__).resolve().parents[2] / "README.md"


def test_ratios_stand_beside_the_times_of_the_baseline():
    rows = [row("vae", 128, "torch", 0.01, base=0.01), row("chain", 250, "torch", 4e-3, base=4e-3),
            row("vae", 128, "scratchgen", 4e-3, base=0.01),
            row("chain", 250, "scratchgen", 1e-3, base=4e-3),
            lacking("vae", 128, "autograd"), row("chain", 250, "autograd", 0.02, base=4e-3),
            row("vae", 16, "scratchgen", 1.0, base=0.01, headline=False)]
    assert markdown.ratios(document(rows), threads=1) == [
        "| | vae | chain | mean | without chain |", "|---|---|---|---|---|",
        "| torch, ms | 10 | 4 | | |",
        "| scratchgen | 0.40 | 0.25 | 0.32 | 0.40 |",
        "| autograd | - | 5.00 | - | - |"]


def test_the_readme_quotes_the_committed_results():
    found, readme = results.read(markdown.STEPS), README.read_text(encoding="utf-8")
    for threads in found["method"]["threads"]:
        for line in markdown.ratios(found, threads):
            assert line in readme, line
    assert found["complete"] and not found["method"]["quick"]


def test_the_readme_tells_of_the_run_what_the_run_tells():
    """Its command, its day, its rounds, and how quiet the machine was at each number of threads."""
    found, words = results.read(markdown.STEPS), README.read_text(encoding="utf-8").split()
    readme = " ".join(words)
    for text in (f"`{found['line']}`", found["date"][:10],
                 f"medians of {found['method']['rounds']} rounds"):
        assert text in readme, text
    for control in found["control"]:
        apart = (control["upper"] - control["lower"]) / control["median"]
        assert f" {100 * apart:.0f} %" in readme, f"control at {control['threads']} threads"
