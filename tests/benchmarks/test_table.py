"""The table in the terminal, and the notes below it."""
import pytest

from benchmarks import table
from tests.benchmarks.documents import document, lacking, row


@pytest.mark.parametrize("value, text", [
    (0.012345, "12.3 ms"), (1.5, "1.50 s"), (2.34e-7, "234 ns"), (1.2e-4, "120 us"),
    (3e-10, "0.30 ns")])
def test_times_have_three_digits_and_a_unit(value, text):
    assert table.seconds(value) == text


def test_a_row_a_case_a_column_a_contender_and_a_dash_for_what_is_lacking():
    rows = [row("vae", 128, "scratchgen", 0.004, base=0.008),
            row("vae", 128, "torch", 0.008, base=0.008), lacking("vae", 128, "autograd"),
            row("vae", 16, "scratchgen", 0.001, base=0.002, headline=False, noisy=True),
            row("vae", 16, "torch", 0.002, base=0.002, headline=False)]
    text = list(table.lines(document(rows)))
    assert text[0].split() == ["1", "thread", "size", "scratchgen", "torch", "autograd"]
    assert text[1].split() == ["vae", "128*", "4.00", "ms", "0.50", "8.00", "ms", "1.00", "-"]
    assert text[2].split() == ["vae", "16", "~1.00", "ms", "0.50", "2.00", "ms", "1.00"]
    assert text[3].split() == ["geometric", "mean", "*", "0.50", "1.00", "-"]
    assert any("do not trust" in line for line in text)


def test_the_chain_is_left_out_of_a_second_mean():
    rows = [row(case, 1, name, s, base=1.0) for case, ours in (("vae", 0.5), ("chain", 0.02))
            for name, s in (("scratchgen", ours), ("torch", 1.0))]
    means = [line.split()[-2:] for line in table.lines(document(rows)) if " * " in line]
    assert means == [["0.10", "1.00"], ["0.50", "1.00"]]


def test_what_was_missing_failed_or_unset_is_said():
    rows = [row("vae", 128, "torch", 0.008, base=0.008),
            lacking("vae", 128, "dezero", status="failed", reason="its process was ended")]
    made = document(rows, jax={"about": "JAX", "missing": "jax is not installed"})
    made["machine"]["unset"] = ["OPENBLAS_CORETYPE=Haswell"]
    made["complete"] = False
    made["method"]["notes"] = ["no GPU here"]
    text = "\n".join(table.lines(made))
    for words in ("jax: not measured, jax is not installed", "dezero, vae 128: its process was",
                  "unset for all contenders: OPENBLAS_CORETYPE=Haswell", "interrupted",
                  "no GPU here", "ratios to torch", "control at 1 thread"):
        assert words in text


def test_a_quick_run_says_that_its_numbers_mean_nothing():
    for quick in (True, False):
        made = document([row("vae", 16, "torch", 0.008, base=0.008)])
        made["method"]["quick"] = quick
        assert ("numbers mean nothing" in "\n".join(table.lines(made))) == quick


def test_memory_is_above_what_the_library_takes():
    found = {"suite": "steps", "case": "vae", "size": 128, "unit": "batch", "headline": True,
             "threads": 1, "contender": "torch", "device": "cpu", "status": "measured",
             "peak": 300 * 2**20, "baseline": 200 * 2**20}
    made = document([found, lacking("vae", 128, "jax")], "memory")
    lines = list(table.lines(made))
    assert lines[1].split() == ["vae", "128", "torch", "100.0", "200"]
    assert lines[2].split() == ["vae", "128", "jax", "-", "-"]
