"""Runs of a VAE that is told the class of an image: trained, resumed, reported, sampled."""
import json

import numpy as np
import pytest

from scratchgen import cli, data, models, runs
from scratchgen.runs import report
from tests.runs import interrupted
from tests.runs.interrupted import assert_same_state

SMALL = dict(epochs=3, batch_size=256, latent=2, condition=True)
LAYERS = {"vae": {"hidden": (16,)}, "vae-conv": {"channels": (4,)}}


def settings(model="vae", **changes):
    return runs.Settings(model=model, **LAYERS[model] | SMALL | changes)


@pytest.mark.parametrize("model", LAYERS)
@pytest.mark.parametrize("stop_after", [3, 6, 8])
def test_a_stopped_run_goes_on_as_if_it_never_had_been(model, stop_after, tmp_path):
    for name, steps in (("whole", None), ("parts", stop_after)):
        (tmp_path / name).mkdir()
        interrupted.run(LAYERS[model] | SMALL | {"model": model}, tmp_path / name, steps)
    list(runs.resume(tmp_path / "parts", save_every=0).epochs())
    assert_same_state(tmp_path / "whole", tmp_path / "parts")


def test_images_keep_their_labels():
    """In the training and in the validation examples, and through the shuffling of an epoch."""
    training = runs.Training(settings(epochs=1))
    train = data.load("digits").train
    label_of = {image.tobytes(): label for image, label in zip(
        runs.prepare(train.images, training.settings), train.labels)}
    seen, step = [], training.objective.step

    def recorded(model, optimiser, x, rng, number):
        seen.append(x)
        return step(model, optimiser, x, rng, number)

    training.objective.step = recorded
    list(training.epochs())
    seen.append((training.validation_images, training.validation_labels))
    pairs = [(image.tobytes(), label) for x, y in seen for image, label in zip(x, y, strict=True)]
    assert len(pairs) == len(train)
    # a few digits look alike in black and white: those may have another label
    assert np.mean([label_of[image] == label for image, label in pairs]) > 0.99


def test_it_is_the_bound_given_the_class_that_is_trained_and_measured():
    training = runs.Training(settings())
    rows = list(training.epochs())
    x, y = training.validation_images, training.validation_labels
    elbo = training.model.given(y).elbo(x, rng=np.random.default_rng(0)).numpy()
    assert rows[-1]["validation_elbo"] == pytest.approx(elbo.mean(), rel=1e-5)
    assert rows[-1]["validation_elbo"] > rows[0]["validation_elbo"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("conditional")
    list(runs.Training(settings(), folder).epochs())
    return folder


def test_the_report(run):
    lines, page = runs.write_report(run)
    assert {path.stem for path in run.glob("*.png")} == {"loss_curves", "reconstructions",
                                                         "latent_map", "samples"}
    numbers, test = json.loads((run / "numbers.json").read_text()), data.load("digits").test
    assert [name for name in numbers][-1] == "log p(x|y), importance bound with 100 samples"
    view = report.open_view(models.load(run), settings())
    bound = view.model.given(test.labels).log_prob(view.x, 100, rng=1).numpy()
    assert numbers[[*numbers][-1]][0] == pytest.approx(bound.mean(), abs=0.1)
    assert numbers["elbo"][0] < numbers[[*numbers][-1]][0]
    assert "a row has one class y" in page.read_text(encoding="utf-8")


def test_samples_take_the_classes_in_turns(run):
    samples = runs.sample(run, 25, seed=3)
    model = models.load(run)
    for label in range(10):
        expected = model.given(np.arange(25) % 10).sample(25, rng=np.random.default_rng(3)).numpy()
        np.testing.assert_array_equal(samples[label::10], expected[label::10])
    assert model.condition == 10


def test_the_command_line(tmp_path, capsys):
    out = tmp_path / "run"
    assert cli.main(["train", "vae", "--set", "condition=true", "--set", "hidden=16",
                     "--epochs", "1", "--latent", "2", "--quiet", "--out", str(out)]) == 0
    assert json.loads((out / "config.json").read_text())["condition"] is True
    assert cli.main(["train", "vae", "--set", "condition=ten", "--quiet"]) == 2
    assert "true or false" in capsys.readouterr().err
    assert cli.main(["train", "ae", "--set", "condition=true", "--quiet"]) == 2
    assert "takes no setting 'condition'" in capsys.readouterr().err
