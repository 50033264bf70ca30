"""Generators of a given class: what the README says of them was measured, and is found again."""
import json
import re

import numpy as np
import pytest

from benchmarks import conditional
from scratchgen import data

RECORD = json.loads(conditional.RESULTS.read_text(encoding="utf-8"))
README = conditional.RESULTS.parents[2].joinpath("README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_recorded_accuracies_are_found_again():
    """Of one seed, within 3 standard errors of what is recorded of five."""
    right, _ = conditional.study(data.load("digits"), seed=7)
    assert right.keys() == RECORD["results"].keys()
    for kind, found in conditional.summary([right]).items():
        for name, accuracy in found.items():
            recorded = RECORD["results"][kind][name]["mean"]
            assert abs(accuracy["mean"] - recorded) < 3 * accuracy["standard_error"], (kind, name)


def test_what_the_record_claims():
    """Bayes' rule on the VAE beats that on independent pixels; real images teach best."""
    results = RECORD["results"]
    mean = {kind: {name: a["mean"] for name, a in result.items()} for kind, result in
            results.items()}
    assert mean["vae"]["bayes"] > mean["bernoulli"]["bayes"] + 0.04
    for kind, layout in conditional.KINDS.items():
        assert mean[kind]["generated"] < mean[f"real {layout}"]["real"] - 0.01
        assert mean[kind]["samples"] > 0.93
    for result in results.values():
        for accuracy in result.values():
            assert len(accuracy["seeds"]) == RECORD["settings"]["seeds"] == 5
            assert accuracy["mean"] == pytest.approx(np.mean(accuracy["seeds"]), abs=1e-4)


def test_the_readme_quotes_the_record():
    rows = dict(re.findall(r"^\| (.+?) \| (.* %) \|$", README, re.MULTILINE))
    for kind, title in (("bernoulli", "independent pixels, bits"), ("vae", "a VAE, bits"),
                        ("gaussian", "one Gaussian a class, grey levels")):
        result = RECORD["results"][kind]
        assert rows[title] == " | ".join(quoted(result[name]) for name in
                                         ("samples", "bayes", "generated"))
    for layout, title in (("bits", "real digits, bits"), ("grey", "real digits, grey levels")):
        assert rows[title].split(" | ")[-1] == quoted(RECORD["results"][f"real {layout}"]["real"])


def quoted(accuracy):
    return f"{100 * accuracy['mean']:.1f} ± {100 * accuracy['standard_error']:.1f} %"


def test_the_standard_error_is_over_images():
    """The same test images in each seed are no new ones; samples are."""
    right = np.array([[1, 1, 0, 0], [1, 0, 0, 0]], bool)
    found = conditional.summary([{"a": {"bayes": row, "samples": row}} for row in right])["a"]
    assert found["bayes"]["mean"] == found["samples"]["mean"] == 0.375
    assert found["bayes"]["seeds"] == [0.5, 0.25]
    assert found["bayes"]["standard_error"] == round(np.std([1, 0.5, 0, 0], ddof=1) / 2, 4)
    assert found["samples"]["standard_error"] == round(right.std(ddof=1) / 8 ** 0.5, 4)


def test_the_command_writes_results_and_a_figure(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(conditional.SETTINGS, "classifier_epochs", 2)
    monkeypatch.setitem(conditional.SETTINGS, "draws", 2)
    results, figure = tmp_path / "new" / "results.json", tmp_path / "digits.png"
    conditional.main(["--seeds", "1", "--epochs", "1", "--results", str(results),
                      "--out", str(figure)])
    report = json.loads(results.read_text(encoding="utf-8"))
    assert report["machine"]["processor"] and report["settings"]["epochs"] == 1
    assert list(report["results"]) == ["real bits", "bernoulli", "vae", "real grey", "gaussian"]
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert "bayes 88.9 ± 1.8 %" in capsys.readouterr().out      # independent pixels are counted
