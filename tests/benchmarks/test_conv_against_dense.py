"""The race of the convolutional and the dense VAE: fair, judged on validation images, as stored."""
import json
import re

import numpy as np
import pytest

from benchmarks import conv_against_dense as race
from scratchgen import data

SHAPES = {"digits": (8, 8, 1), "sprites": (16, 16, 1), "mnist": (28, 28, 1)}


@pytest.mark.parametrize("name", SHAPES)
def test_both_models_have_equally_many_parameters(name):
    contest = race.CONTESTS[name]
    pair = race.build(SHAPES[name], contest["latent"], contest["channels"], seed=0)
    assert race.parameters(pair["dense"]) == pytest.approx(race.parameters(pair["conv"]), rel=0.01)


def test_validation_images_are_not_trained_on_and_none_is_lost():
    split = data.load("digits")
    parts = race.divide(split)
    assert [len(parts[name]) for name in parts] == [1350, 150, 297]
    together = np.concatenate([parts["train"], parts["validation"]]).reshape(1500, -1)
    everything = data.binarise(split.train.images)
    assert sorted(map(bytes, together)) == sorted(map(bytes, everything))


@pytest.fixture(scope="module")
def result():
    return race.contest(data.load("digits"), (4, 8), 2, seconds=0.05, seeds=2)


def test_both_train_for_the_time_they_are_given(result):
    assert min(map(min, result["epochs_in_that_time"].values())) >= 1
    assert result["equal_epochs"]["epochs"] == min(map(min, result["epochs_in_that_time"].values()))


@pytest.mark.parametrize("equal", ["equal_time", "equal_epochs"])
def test_the_difference_is_that_of_the_means_over_seeds(result, equal):
    v = result[equal]
    assert v["difference"] == pytest.approx(np.mean(v["conv"]) - np.mean(v["dense"]), abs=2e-3)
    assert v["standard_error"] > 0


def test_what_counts_is_the_test_bound_at_the_best_validation_bound():
    contender = race.Contender(race.build((8, 8, 1), 2, (4,), seed=0)["dense"], {}, seed=0)
    contender.best = [{"epoch": 1, "validation": -30, "test": -31},
                      {"epoch": 4, "validation": -20, "test": -22},
                      {"epoch": 9, "validation": -19, "test": -23}]
    assert [contender.stopped("epoch", limit) for limit in (0, 3, 8, 9)] == [-31, -31, -22, -23]


def test_a_worse_validation_bound_is_not_kept(monkeypatch):
    parts = race.divide(data.load("digits"))
    contender = race.Contender(race.build((8, 8, 1), 2, (4,), seed=0)["dense"], parts, seed=0)
    validation = iter([-30.0, -20.0, -25.0, -19.0])
    monkeypatch.setattr(contender, "bound", lambda part, draws: np.array(
        [next(validation) if part == "validation" else 0.0]))
    for _ in range(4):
        contender.train()
    assert [row["epoch"] for row in contender.best] == [1, 2, 4]


def test_the_command_writes_results_and_a_figure(tmp_path, capsys):
    results, figure = tmp_path / "new" / "results.json", tmp_path / "curves.png"
    race.main(["--data", "digits", "--seeds", "1", "--time", "0.01", "--results", str(results),
               "--out", str(figure)])
    report = json.loads(results.read_text(encoding="utf-8"))
    assert report["machine"]["processor"] and report["machine"]["blas_in_use"].endswith("1 thread")
    assert list(report["results"]) == ["digits"]
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert "parameters conv 13,557, dense 13,524" in capsys.readouterr().out


@pytest.mark.parametrize("name", SHAPES)
def test_committed_results_follow_from_their_own_curves(name):
    report = json.loads(race.RESULTS.read_text(encoding="utf-8"))
    result = report["results"][name]
    for equal, key, limit in (("equal_time", "seconds", "seconds"),
                              ("equal_epochs", "epoch", "epochs")):
        for model in race.MODELS:
            for value, curve in zip(result[equal][model], result["curves"][model], strict=True):
                row = np.flatnonzero(np.array(curve[key]) <= result[equal][limit])[-1]
                assert curve["test"][row] == value
    assert len(result["curves"]["conv"]) == report["settings"]["seeds"]


def test_the_readme_quotes_the_committed_results():
    results = json.loads(race.RESULTS.read_text(encoding="utf-8"))["results"]
    readme = race.RESULTS.parents[2].joinpath("README.md").read_text(encoding="utf-8")
    quoted = re.findall(r"^\| (\w+), \d+ x \d+ \| (\S+) and (\S+) \| (\S+) and (\S+) after (\d+) "
                        r"epochs \| (\S+) and (\S+) after (\d+) s \|$", readme, re.MULTILINE)
    assert [name.lower() for name, *_ in quoted] == list(results)
    for (_, *numbers), result in zip(quoted, results.values()):
        expected = [f"{result['models'][model]['parameters']:,}" for model in race.MODELS]
        for equal, limit in (("equal_epochs", "epochs"), ("equal_time", "seconds")):
            expected += [f"{np.mean(result[equal][model]):.1f}" for model in race.MODELS]
            expected.append(f"{result[equal][limit]:g}")
        assert numbers == expected
