"""Runs on a device: the same numbers as on the host, a report, and a clock that waits."""
import json

import pytest

import scratchgen as sg
from scratchgen import cli, runs
from scratchgen.runs import train
from tests.support.backends import backend

DEVICES = ["fakecupy", pytest.param("cupy", marks=pytest.mark.gpu)]
MODELS = {"vae-conv": {"latent": 2, "channels": (3, 5), "batch_size": 256},
          "dcgan": {"latent": 4, "width": 2, "batch_size": 512}}


def trained(model, device, folder):
    """The rows of two epochs, the second after a resume."""
    runs.use_device(device)
    settings = runs.Settings(model=model, data="digits", epochs=1, device=device, **MODELS[model])
    training = runs.Training(settings, runs.create(settings, folder))
    return [*training.epochs(), *runs.resume(training.folder, epochs=2).epochs()]


@pytest.mark.parametrize("name", DEVICES)
@pytest.mark.parametrize("model", MODELS)
def test_a_run_on_the_device_is_that_of_the_host(model, name, tmp_path):
    with backend("numpy"):
        expected = trained(model, "cpu", tmp_path / "host")
    with backend(name):
        found = trained(model, "gpu", tmp_path / "device")
    for row, other in zip(found, expected, strict=True):
        numbers = {key: value for key, value in other.items() if key != "seconds"}
        assert {key: row[key] for key in numbers} == pytest.approx(numbers, rel=1e-2, abs=1e-2)


@pytest.mark.slow
@pytest.mark.parametrize("name", DEVICES)
def test_a_game_on_the_device_has_a_report(name, tmp_path):
    """Its samples are compared with images on the host, by a classifier of those."""
    with backend(name):
        trained("dcgan", "gpu", tmp_path / "run")
        runs.write_report(tmp_path / "run")
    numbers = json.loads((tmp_path / "run" / "numbers.json").read_text())
    assert "Frechet distance to test images" in numbers


def test_no_clock_is_read_before_the_steps_of_an_epoch_are_done(monkeypatch):
    """On a device they are only orders until somebody waits."""
    events = []
    monkeypatch.setattr(sg.backend, "synchronize", lambda: events.append("wait"))
    monkeypatch.setattr(train.time, "perf_counter", lambda: events.append("clock") or 0.0)
    settings = runs.Settings(epochs=1, batch_size=512, hidden=(4,), latent=2)
    for last in (3, 1):                             # a whole epoch, and one that is stopped
        training = runs.Training(settings)
        list(training.epochs(lambda k, n: events.append("step") or k < last or training.stop()))
        after = len(events) - events[::-1].index("step")
        assert events[after:after + 2] == ["wait", "clock"], events


def test_a_run_of_a_device_is_of_use_where_there_is_none(tmp_path, monkeypatch):
    """Weights are numbers: only the training itself asks for the device that it began on."""
    folder = str(tmp_path)
    with backend("fakecupy"):
        trained("vae-conv", "gpu", folder)
        sg.backend.use("numpy")                     # as a new process begins, beside a device
        assert cli.main(["explore", folder]) == 0
    monkeypatch.setattr(sg.backend, "available", lambda: {"cupy": (False, "not here")})
    with backend("numpy"):
        assert cli.main(["explore", folder]) == cli.main(["report", folder]) == 0
        assert cli.main(["train", "--resume", folder, "--device", "cpu", "--epochs", "3",
                         "--quiet"]) == 0
    assert len((tmp_path / "metrics.csv").read_text().splitlines()) == 1 + 3
