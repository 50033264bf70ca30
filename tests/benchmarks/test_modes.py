"""Modes that GANs find: the script runs, and the README says what was measured."""
import json
import re

import pytest

from benchmarks import modes

README = modes.RESULTS.parents[2].joinpath("README.md").read_text(encoding="utf-8")


def test_a_short_run_writes_its_results(tmp_path, capsys):
    file = tmp_path / "modes.json"
    modes.main(["--turns", "2", "--seeds", "0", "1", "--methods", "minimax", "WGAN-GP",
                "R1, rates to 0", "--data", "ring", "--results", str(file)])
    report = json.loads(file.read_text(encoding="utf-8"))
    assert report["settings"]["turns"] == 2 and set(report["results"]) == {"ring"}
    for method, seeds in report["results"]["ring"].items():
        assert len(seeds) == 2 and all(0 <= seed["modes"] <= 8 for seed in seeds)
    assert "exact sampler" in capsys.readouterr().out


def test_an_exact_sampler_finds_all_modes():
    found = modes.counted(modes.DATA["grid25"](), modes.DATA["grid25"](), 0)
    assert found["modes"] == 25 and found["quality"] > 0.97


@pytest.fixture
def committed():
    return json.loads(modes.RESULTS.read_text(encoding="utf-8"))


def test_the_readme_quotes_what_was_measured(committed):
    for row in modes.table(committed):
        assert row in README


def test_the_readme_quotes_what_was_measured_again(committed):
    again = json.loads(modes.RESULTS.with_name("modes-again.json").read_text(encoding="utf-8"))
    assert again["settings"] == committed["settings"]
    for name, method in (("non-saturating training", "non-saturating"),
                         ("packing", "packing of 2"),
                         ("R1 with falling rates", "R1, rates to 0")):
        assert again["methods"][method] == committed["methods"][method]
        quality = modes.means(again["results"]["ring"][method])[1]
        assert re.search(rf"{name}\s?{quality} %", README)


def test_the_committed_run_is_the_one_that_is_described(committed):
    assert committed["settings"]["turns"] == 20_000 and len(committed["settings"]["seeds"]) == 5
    for name in modes.DATA:
        assert list(committed["results"][name]) == [*modes.METHODS, "exact sampler"]
        assert all(len(seeds) == 5 for seeds in committed["results"][name].values())


def test_the_recommended_settings_are_the_best_on_the_ring(committed):
    """All eight modes from every seed, and more samples on them than by any other way."""
    ring = committed["results"]["ring"]
    best = ring["R1, rates to 0"]
    assert all(seed["modes"] == 8 for seed in best)
    others = [seed["quality"] for name, seeds in ring.items()
              if name not in ("R1, rates to 0", "exact sampler") for seed in seeds]
    assert min(seed["quality"] for seed in best) > max(others)
