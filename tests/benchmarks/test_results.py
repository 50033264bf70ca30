"""The schema of results.json, and what is read off it."""
import copy
import json

import pytest

from benchmarks import results, summary
from tests.benchmarks.documents import document, lacking, row

GOOD = document([row("vae", 128, "scratchgen", 0.004, base=0.008),
                 row("vae", 128, "torch", 0.008, base=0.008),
                 lacking("cvae", 128, "autograd")])


def test_what_is_written_is_read_back(tmp_path):
    results.write(GOOD, tmp_path / "results.json")
    assert results.read(tmp_path / "results.json") == GOOD


@pytest.mark.parametrize("path, value, words", [
    (["schema"], "other", "not the results"), (["version"], 2, "version 2"),
    (["rows"], {}, "rows is a list"), (["minutes"], "long", "minutes is a float"),
    (["rows", 0, "size"], "128", "row 0: size is a int"),
    (["rows", 0, "median"], 1.0, "row 0: the median lies outside"),
    (["rows", 1, "seconds"], None, "row 1: seconds"),
    (["rows", 2, "reason"], None, "row 2: reason"),
    (["rows", 2, "status"], "lost", "status is one of")])
def test_a_document_that_breaks_the_schema_is_refused_by_name(path, value, words):
    broken = copy.deepcopy(GOOD)
    *above, last = path
    place = broken
    for name in above:
        place = place[name]
    place[last] = value
    with pytest.raises(ValueError, match=words):
        results.check(broken)


def test_files_that_hold_no_results_are_refused(tmp_path):
    path = tmp_path / "results.json"
    for text, words in (("{", "is not JSON"), (json.dumps([1]), "not the results")):
        path.write_text(text)
        with pytest.raises(ValueError, match=words):
            results.read(path)


def test_geometric_means_are_over_the_same_cases_for_all():
    rows = [row("vae", 128, "torch", 1.0, base=1), row("cvae", 128, "torch", 1.0, base=1),
            row("vae", 128, "jax", 0.25, base=1), row("cvae", 128, "jax", 4.0, base=1),
            row("vae", 128, "autograd", 2.0, base=1), lacking("cvae", 128, "autograd"),
            row("vae", 16, "jax", 100.0, base=1, headline=False)]
    means = summary.geometric_means(document(rows), 1)
    assert means == {("torch", "cpu"): 1.0, ("jax", "cpu"): pytest.approx(1.0)}


def kernel(case, size, device, median, **others):
    return row(case, size, "scratchgen", median, suite="kernels", device=device, **others)


def test_from_which_size_the_gpu_wins_is_said_for_each_case():
    rows = [kernel("matrix", n, "cpu", s) for n, s in ((16, 1e-6), (64, 4e-6), (256, 9e-5))]
    rows += [kernel("matrix", n, "gpu", 3e-6) for n in (16, 64, 256)]
    rows += [kernel("conv", n, device, s) for n in (1, 4) for device, s in (("cpu", 1), ("gpu", 2))]
    rows += [kernel("copy", 8, "cpu", 1.0)]
    found = list(summary.crossovers(document(rows, "cpu-gpu")))
    assert found == ["the GPU against 1 thread of the CPU:",
                     "scratchgen, matrix: the GPU wins from 64 on (at 16 it did not)",
                     "scratchgen, conv: the CPU wins up to 4, the largest measured"]


def test_the_ceilings_are_the_largest_copy_and_the_fastest_product():
    rows = [kernel("copy", 1000, "cpu", 1e-9), kernel("copy", 10**6, "cpu", 1e-3),
            kernel("matrix", 100, "cpu", 2e-5), kernel("matrix", 10, "cpu", 1e-3)]
    assert summary.ceilings(document(rows), "cpu") == (pytest.approx(8e9), pytest.approx(1e11))
    assert summary.ceilings(document(rows), "gpu") is None


def test_curves_and_ceilings_are_of_one_number_of_threads():
    """The first, at which sizes are swept; the comparison at another one is no part of them."""
    rows = [kernel(case, n, device, s) for case in ("copy", "matrix")
            for n, device, s in ((100, "cpu", 2e-5), (100, "gpu", 1e-5))]
    more = [kernel(case, 100, "cpu", 5e-6, threads=2) for case in ("copy", "matrix")]
    one, two = document(rows, "cpu-gpu"), document(rows + more, "cpu-gpu")
    two["method"]["threads"] = [1, 2]
    assert summary.ceilings(two, "cpu") == summary.ceilings(one, "cpu")
    assert list(summary.crossovers(two)) == list(summary.crossovers(one))
    assert [line.partition(":")[0] for line in summary.roof(two)] == ["cpu, 1 thread", "gpu"]
    two["method"]["threads"] = [2, 1]
    assert list(summary.crossovers(two))[0] == "the GPU against 2 threads of the CPU:"
