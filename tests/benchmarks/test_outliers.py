"""The experiment on classes held out: who is trained on what, and what stands in its results."""
import json

import numpy as np

from benchmarks import outliers
from scratchgen import data


def test_nobody_sees_the_class_held_out(monkeypatch):
    split, seen = data.load("digits"), []
    train = outliers.trained

    def watched(kind, bits, epochs):
        seen.append(bits)
        return train(kind, bits[:200], 1)
    monkeypatch.setattr(outliers, "trained", watched)
    found = outliers.held_out(3, split)
    nines = data.binarise(split.train.images[split.train.labels != 3])
    assert len(seen) == 2 and all(np.array_equal(bits, nines) for bits in seen)
    assert {kind: set(rows) for kind, rows in found.items()} == {
        kind: {"unseen class", "coin tosses", "shuffled"} for kind in ("vae", "made")}


def test_the_command(tmp_path, capsys):
    results = tmp_path / "new" / "outliers.json"
    outliers.main(["--classes", "3", "--epochs", "1", "--results", str(results)])
    assert list(json.loads(results.read_text(encoding="utf-8"))["results"]) == ["3"]
    assert "without 3" in capsys.readouterr().out


def test_the_committed_results_are_of_every_class_and_noise_is_always_found():
    """What a likelihood makes of an unseen class is reported, and promised to be nothing at all."""
    report = json.loads(outliers.RESULTS.read_text(encoding="utf-8"))
    assert report["settings"] == outliers.SETTINGS | {"epochs": None}
    assert set(report["results"]) == set("0123456789")
    for found in report["results"].values():
        for rows in found.values():
            assert rows["coin tosses"][0] > 0.99 and rows["shuffled"][0] > 0.99
