"""The experiment on disentanglement: what it compares, and what stands in the committed results."""
import json

import numpy as np
import pytest

from benchmarks import disentanglement


@pytest.fixture(scope="module")
def parts():
    return disentanglement.sprites(300, 200)


def test_sprites_are_bits_and_nobody_is_measured_on_what_it_saw(parts):
    (train, _), (test, factors) = parts
    assert set(np.unique(train)) == {0, 1} and factors.shape == (200, 5)
    assert not set(map(bytes, test)) & set(map(bytes, train))


def test_beta_multiplies_the_divergence(parts):
    """The heavier it weighs, the lower the rate."""
    train, test = parts
    rates = [disentanglement.measured(disentanglement.trained(train[0], beta, 0, 12), *test, 0)
             for beta in (1, 16)]
    assert rates[1]["rate"] < rates[0]["rate"] / 3
    assert set(rates[0]["gaps"]) == {"shape", "scale", "rotation", "x", "y"}
    assert rates[0]["mig"] == pytest.approx(np.mean(list(rates[0]["gaps"].values())), abs=1e-4)


def test_the_command_writes_every_seed_and_a_figure(tmp_path, monkeypatch, capsys):
    few = disentanglement.sprites(200, 100)
    monkeypatch.setattr(disentanglement, "sprites", lambda: few)
    results, figure = tmp_path / "new" / "d.json", tmp_path / "d.png"
    disentanglement.main(["--betas", "1", "4", "--seeds", "2", "--epochs", "1",
                          "--results", str(results), "--out", str(figure)])
    report = json.loads(results.read_text(encoding="utf-8"))
    assert {beta: len(rows) for beta, rows in report["results"].items()} == {"1": 2, "4": 2}
    assert report["settings"]["epochs"] == 1 and report["machine"]["processor"]
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert capsys.readouterr().out.count("mig") == 2


def test_the_committed_results_hold_what_is_said_of_them():
    report = json.loads(disentanglement.RESULTS.read_text(encoding="utf-8"))
    results = report["results"]
    assert report["settings"] == disentanglement.SETTINGS | {"seeds": 5}
    assert {len(rows) for rows in results.values()} == {5}
    mig = {beta: disentanglement.spread(rows, "mig") for beta, rows in results.items()}
    gain = mig["4"][0] - mig["1"][0]
    assert gain > 2 * np.hypot(mig["4"][1], mig["1"][1])        # better on the average of the seeds
    assert mig["8"][0] < mig["4"][0]                            # and too much of it is too much
    rates = [disentanglement.spread(results[beta], "rate")[0] for beta in ("1", "2", "4", "8")]
    assert rates == sorted(rates, reverse=True)
