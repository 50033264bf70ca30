"""The experiment on DCGAN's guidelines: what differs between variants, and what was found."""
import json
import math

import numpy as np
import pytest

from benchmarks import guidelines
from scratchgen.models import FrechetDistance


@pytest.fixture(scope="module")
def parts():
    return guidelines.digits()


@pytest.fixture(scope="module")
def distance(parts):
    return FrechetDistance.fit(*parts[0], epochs=3, rng=0)


def test_each_variant_is_another_model_with_one_thing_changed():
    texts = {name: str(guidelines.make(name, 0).generator) + str(guidelines.make(
        name, 0).discriminator) for name in guidelines.VARIANTS}
    assert guidelines.VARIANTS["all five guidelines"] == {}
    assert len(set(texts.values())) >= len(texts) - 1          # two differ in the first weights
    assert all(len(switches) <= 1 for name, switches in guidelines.VARIANTS.items()
               if "first weights" not in name)


def test_training_starts_from_the_seed_and_is_measured_at_the_end(parts, distance):
    images = parts[0][0][:200]
    curves = [guidelines.trained(guidelines.make("spectral norm", 1), images, 1, rate, 2, distance)
              for rate in (2e-4, 2e-4, 1e-2)]
    assert curves[0] == curves[1] != curves[2] and list(curves[0]) == ["2"]


def test_few_labels_are_fewer_than_all(parts, monkeypatch):
    monkeypatch.setitem(guidelines.SETTINGS, "choices_of_labels", 2)
    few, everything = guidelines.probes(None, parts, 0)
    assert 0.5 < few < everything < 1


def test_the_command_writes_every_seed(tmp_path, capsys, monkeypatch, parts):
    few = [(x[::15], y[::15]) for x, y in parts]
    monkeypatch.setattr(guidelines, "digits", lambda: few)
    monkeypatch.setitem(guidelines.SETTINGS, "choices_of_labels", 1)
    monkeypatch.setitem(guidelines.SETTINGS, "labels_per_class", 2)
    results = tmp_path / "new" / "g.json"
    guidelines.main(["--variants", "no batchnorm", "tanh in the generator", "--seeds", "2",
                     "--epochs", "1", "--results", str(results)])
    report = json.loads(results.read_text(encoding="utf-8"))
    assert {rate: {name: len(rows) for name, rows in variants.items()}
            for rate, variants in report["results"].items()} == {
        "0.0002": {"no batchnorm": 2, "tanh in the generator": 2}, "0.001": {"no batchnorm": 2}}
    assert len(report["pixels"]) == 2 and report["settings"]["epochs"] == 1
    assert capsys.readouterr().out.count("frechet") == 3


def results():
    return json.loads(guidelines.RESULTS.read_text(encoding="utf-8"))


def test_the_committed_results_are_of_every_seed_and_their_means_are_those_of_the_rows():
    report = results()
    assert report["settings"] == guidelines.SETTINGS | {"seeds": 10}
    assert report["variants"] == guidelines.VARIANTS and report["again"] == guidelines.AGAIN
    found = {(float(rate), name) for rate, rows in report["results"].items() for name in rows}
    assert found == set(guidelines.plan(guidelines.VARIANTS))
    for rate, variants in report["results"].items():
        for name, rows in variants.items():
            values = [row["frechet"] for row in rows]
            assert len(rows) == 10
            assert report["means"][rate][name]["frechet"] == pytest.approx(
                [np.mean(values), np.std(values, ddof=1) / 10**0.5], abs=1e-3)


def test_what_all_seeds_agree_on():
    """Without batchnorm, or with dense hidden layers, nothing like a digit is made."""
    rows = results()["results"]["0.0002"]
    worst = max(row["frechet"] for row in rows["all five guidelines"])
    for name in ("no batchnorm", "no batchnorm, other first weights", "dense hidden layers"):
        assert min(row["frechet"] for row in rows[name]) > 10 * worst
    others = set(rows) - set(guidelines.AGAIN["variants"])
    assert all(row["frechet"] < 5 * worst for name in others for row in rows[name])


def pairs_larger(name):
    """In how many of the pairs of a seed of this variant and a seed of the whole it is larger."""
    rows = results()["results"]["0.0002"]
    values, whole = ([row["frechet"] for row in rows[key]] for key in (name, "all five guidelines"))
    return sum(value > other for value in values for other in whole)


def test_the_readme_quotes_the_committed_results():
    readme = (guidelines.RESULTS.parents[1] / "README.md").read_text(encoding="utf-8")
    means = results()["means"]
    for name in guidelines.VARIANTS:
        cells = [f"{mean:.1f} ± {error:.1f}" if mean < 10 else f"{mean:.0f} ± {error:.0f}"
                 for mean, error in (means[rate][name]["frechet"]
                                     for rate in means if name in means[rate])]
        larger = "" if name == "all five guidelines" else pairs_larger(name)
        line = next(line for line in readme.splitlines() if line.startswith(f"| {name}"))
        found = [cell.strip() for cell in line.split("|")[2:-1]]
        assert found == [cells[0], str(larger), *cells[1:], *[""] * (2 - len(cells))], name


def test_what_ten_seeds_support():
    """No batchnorm, dense layers, pooling, the other outputs and slopes; not ReLU."""
    larger = {name: pairs_larger(name) for name in guidelines.VARIANTS}
    clear = {name for name, pairs in larger.items() if pairs >= 98}
    assert set(larger) - clear == {"all five guidelines", "tanh in the generator",
                                   "ReLU in the discriminator"}
    means = results()["means"]["0.0002"]
    whole, error = means["all five guidelines"]["frechet"]
    value, other = means["ReLU in the discriminator"]["frechet"]
    assert abs(value - whole) < np.hypot(error, other)


def test_the_readme_says_how_rare_that_many_pairs_are_by_chance():
    """Of the orders of ten and ten, those of 98 pairs or more have at most two pairs missing."""
    readme = (guidelines.RESULTS.parents[1] / "README.md").read_text(encoding="utf-8")
    orders, missing = math.comb(20, 10), 1 + 1 + 2          # partitions of 0, 1 and 2
    said = f"once in {orders // missing:,}, or in {orders // missing // 9:,}"
    assert said in " ".join(readme.split())


def test_training_makes_features_of_these_digits_worse():
    """Than before, from each seed; than pixels, from nine: with the README's means."""
    rows = results()["results"]["0.0002"]["all five guidelines"]
    assert all(row["probe"] < row["probe_before"] for row in rows)
    assert sum(row["probe"] < pixels["probe"]
               for row, pixels in zip(rows, results()["pixels"], strict=True)) == 9
    readme = (guidelines.RESULTS.parents[1] / "README.md").read_text(encoding="utf-8")
    columns = [[row["probe"] for row in rows], [row["probe_before"] for row in rows],
               [row["probe"] for row in results()["pixels"]]]
    for values in columns:
        mean, error = 100 * np.mean(values), 10 * np.std(values, ddof=1) * 10**0.5
        assert f"{mean:.1f} ± {error:.1f} %" in readme
