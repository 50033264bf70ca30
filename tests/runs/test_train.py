"""Training: exact resume, deferred interrupts, non-finite losses, best weights."""
import json
import time

import numpy as np
import pytest

from scratchgen import CheckpointError, DataError, nn, runs
from tests.data.idx_files import write_pair
from tests.runs import interrupted
from tests.runs.interrupted import assert_same_state, state_of

SMALL = dict(epochs=4, batch_size=256, hidden=(16,), latent=2)
SMALL_CONV = dict(hidden=None, channels=(4, 6))


def trained(folder, stop_after=None, **changes):
    return interrupted.run(SMALL | changes, folder, stop_after)


@pytest.mark.parametrize("model", ["vae", "ae", "vae-conv", "ae-conv"])
@pytest.mark.parametrize("stop_after", [1, 6, 7, 12, 17])
def test_stopping_anywhere_and_resuming_is_bit_equal_to_never_stopping(tmp_path, model, stop_after):
    for name in ("whole", "parts"):
        (tmp_path / name).mkdir()
    changes = dict(model=model, **SMALL_CONV if model.endswith("conv") else {})
    trained(tmp_path / "whole", **changes)
    stopped = trained(tmp_path / "parts", stop_after, **changes)
    assert stopped.step == stop_after
    list(runs.resume(tmp_path / "parts", save_every=0).epochs())
    assert_same_state(tmp_path / "whole", tmp_path / "parts")


def test_a_killed_run_resumes_to_the_same_end(tmp_path):
    (tmp_path / "whole").mkdir()
    settings = dict(SMALL, epochs=40)
    trained(tmp_path / "whole", **settings)
    interrupted.killed(settings, tmp_path / "killed", epoch=7)
    list(runs.resume(tmp_path / "killed", save_every=0).epochs())
    assert_same_state(tmp_path / "whole", tmp_path / "killed")


def test_more_epochs_can_be_asked_for(tmp_path):
    for name in ("whole", "longer"):
        (tmp_path / name).mkdir()
    trained(tmp_path / "whole", epochs=6)
    trained(tmp_path / "longer", epochs=3)
    list(runs.resume(tmp_path / "longer", epochs=6, save_every=0).epochs())
    assert_same_state(tmp_path / "whole", tmp_path / "longer")


def test_leaving_the_loop_keeps_what_was_learned(tmp_path):
    training = runs.Training(runs.Settings(**SMALL), tmp_path, save_every=1e9)
    for row in training.epochs():
        if row["epoch"] == 2:
            break
    assert state_of(tmp_path)[1]["epoch"] == 2


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others():
    def numbers(seed):
        training = runs.Training(runs.Settings(**SMALL, seed=seed))
        return [row["validation_elbo"] for row in training.epochs()]
    assert numbers(0) == numbers(0)
    assert numbers(0) != numbers(1)


def test_the_global_random_generator_is_not_touched(tmp_path):
    before = np.random.get_state()[1].copy()
    trained(tmp_path)
    np.testing.assert_array_equal(before, np.random.get_state()[1])


def test_training_improves_the_bound(tmp_path):
    scores = [row["validation_elbo"] for row in trained(tmp_path, epochs=12).history]
    assert scores[-1] > scores[0] + 3


def test_the_best_weights_are_kept_when_later_ones_are_worse(tmp_path):
    training = runs.Training(runs.Settings(**SMALL), tmp_path, save_every=0)
    for row in training.epochs():
        if row["epoch"] == 2:
            for parameter in training.model.parameters():
                parameter.data[...] *= 5
    scores = [row["validation_elbo"] for row in training.history]
    assert scores.index(max(scores)) == 1 and scores[-1] < scores[1]
    best = runs.Training(training.settings)
    nn.load(tmp_path / "best.npz", best.model)
    assert best.evaluate(best.validation_images)["elbo"] == scores[1]


def test_elbo_is_reconstruction_minus_kl_in_every_row(tmp_path):
    for row in trained(tmp_path, beta=4.0).history:
        for split in ("train", "validation"):
            assert row[f"{split}_elbo"] == pytest.approx(
                row[f"{split}_reconstruction"] - row[f"{split}_kl"], rel=1e-5)


@pytest.mark.parametrize("model, layers", [
    ("vae", {"hidden": (5, 4)}), ("ae", {"hidden": (5,)}),
    ("vae-conv", {"channels": (2, 3), "kernel": 4}),
    ("ae-conv", {"channels": (2,), "kernel": 5})])
def test_the_model_is_made_of_the_layers_that_were_set(model, layers):
    config = runs.Training(runs.Settings(model=model, latent=3, **layers)).model.config
    found = {name: value if name == "kernel" else tuple(value)
             for name, value in config.items() if name in ("hidden", "channels", "kernel")}
    assert found == layers and config["name"] == model and config["latent"] == 3


def test_held_out_images_are_not_trained_on():
    training = runs.Training(runs.Settings(**SMALL))
    train, validation = training.train_images, training.validation_images
    every = runs.prepare(training.split.train.images, training.settings)
    assert len(validation) == round(0.1 * len(every))
    both = np.concatenate([train, validation])              # each image once, in either part
    np.testing.assert_array_equal(both[np.lexsort(both.T)], every[np.lexsort(every.T)])
    other = runs.Training(runs.Settings(**SMALL, seed=1))
    np.testing.assert_array_equal(other.validation_images, validation)


def test_something_is_left_to_train_on_and_to_validate_with():
    for share, validated in ((1e-9, 1), (1 - 1e-9, 1499)):
        training = runs.Training(runs.Settings(**SMALL, validation=share))
        sizes = len(training.train_images), len(training.validation_images)
        assert sizes == (1500 - validated, validated)


@pytest.mark.parametrize("n", [(1, 4), (4, 1)])
def test_one_image_is_too_few_to_learn_from_or_to_be_judged_on(n, tmp_path):
    for pair, images in zip(("train", "t10k"), n):
        write_pair(tmp_path, pair, images)
    settings = runs.Settings(model="made", data="mnist", data_dir=str(tmp_path))
    with pytest.raises(DataError, match=rf"two or more(.|\n)*{n[0]} for training and {n[1]} for"):
        runs.Training(settings)


def test_a_run_goes_on_from_any_folder_and_after_its_data_moved(tmp_path, monkeypatch):
    for pair in ("train", "t10k"):
        write_pair(tmp_path / "here" / "data", pair, 9)
    monkeypatch.chdir(tmp_path / "here")
    trained(tmp_path, model="ae", data="mnist", data_dir="data", epochs=1)
    monkeypatch.chdir(tmp_path)
    runs.write_report(tmp_path)
    list(runs.resume(tmp_path, epochs=2).epochs())
    (tmp_path / "here").rename(tmp_path / "there")
    with pytest.raises(FileNotFoundError, match="here"):
        runs.resume(tmp_path, epochs=3)
    assert runs.explorer.explore(tmp_path, "there/data").content.total == 9
    runs.write_report(tmp_path, data_dir="there/data")
    assert len(list(runs.resume(tmp_path, epochs=3, data_dir="there/data").epochs())) == 1
    runs.write_report(tmp_path)
    now = json.loads((tmp_path / "config.json").read_text())
    assert (now["epochs"], now["data_dir"]) == (3, str(tmp_path / "there" / "data"))


@pytest.mark.parametrize("model", ["affine", "gmm", "flow", "made", "vae", "gan"])
def test_samples_have_the_shape_of_the_images_whatever_the_model_computes_with(model, tmp_path):
    for pair in ("train", "t10k"):
        write_pair(tmp_path / "data", pair, 9, shape=(3, 2))
    settings = {"model": model, "data": "mnist", "data_dir": str(tmp_path / "data"), "epochs": 1}
    settings |= {"components": 2} if model == "gmm" else {}
    list(runs.Training(runs.Settings(**settings), tmp_path).epochs())
    samples = runs.sample(tmp_path, 5, seed=0)
    assert samples.shape == (5, 3, 2, 1)
    assert runs.save_samples(samples, tmp_path / "samples.png", "five").exists()


@pytest.mark.parametrize("model", ["ae", "vae", "gmm", "made"])
def test_two_images_are_enough(model, tmp_path):
    """An estimate with its standard error, and a figure, of as little as there can be."""
    for pair in ("train", "t10k"):
        write_pair(tmp_path / "data", pair, 2)
    settings = {"model": model, "data": "mnist", "data_dir": str(tmp_path / "data"), "epochs": 1}
    settings |= {"components": 1} if model == "gmm" else {"hidden": (4,)}
    list(runs.Training(runs.Settings(**settings), tmp_path).epochs())
    runs.write_report(tmp_path)
    assert (tmp_path / "report.html").exists()


def test_a_loss_that_is_not_a_number_names_the_step_and_the_first_op(tmp_path):
    training = runs.Training(runs.Settings(**SMALL), tmp_path, save_every=0)
    iterator = training.epochs()
    next(iterator)
    weight = next(p for name, p in training.model.named_parameters() if "weight" in name)
    weight.data[...] = 1e38                                  # x @ w overflows in float32
    with np.errstate(all="ignore"), pytest.raises(runs.NonFiniteLoss) as error:
        next(iterator)
    assert error.value.step == training.step + 1
    assert "linear" in str(error.value)
    assert state_of(tmp_path)[1]["epoch"] == 1               # the last good checkpoint stays


def test_a_parameter_that_is_not_a_number_is_named():
    training = runs.Training(runs.Settings(**SMALL))
    name, weight = next(iter(training.model.named_parameters()))
    weight.data[...] = np.nan
    with np.errstate(all="ignore"), pytest.raises(runs.NonFiniteLoss, match=name):
        next(training.epochs())


def test_resume_refuses_what_is_not_a_run(tmp_path):
    with pytest.raises(FileNotFoundError, match="no run folder"):
        runs.resume(tmp_path / "nowhere")
    with pytest.raises(DataError, match="no checkpoint"):
        runs.resume(tmp_path)
    (tmp_path / "last.npz").write_bytes(b"not a checkpoint")
    with pytest.raises(CheckpointError):
        runs.resume(tmp_path)
    trained(tmp_path)
    (tmp_path / "best.npz").replace(tmp_path / "last.npz")
    with pytest.raises(CheckpointError, match="weights alone"):
        runs.resume(tmp_path)


def test_metrics_have_one_row_an_epoch(tmp_path):
    training = trained(tmp_path)
    lines = (tmp_path / "metrics.csv").read_text().splitlines()
    assert lines[0].startswith(
        "epoch,step,train_elbo,train_reconstruction,train_kl,validation_elbo")
    assert len(lines) == 1 + training.settings.epochs


def test_folders_never_overwrite(tmp_path, monkeypatch):
    settings = runs.Settings(**SMALL)
    first = runs.create(settings, tmp_path / "run")
    (first / "something").write_text("kept")
    second = runs.create(settings, tmp_path / "run")
    assert second.name == "run-1" and (first / "something").read_text() == "kept"
    monkeypatch.chdir(first)
    assert runs.create(settings, ".") == tmp_path / "run-2"
    assert runs.Settings(**json.loads((second / "config.json").read_text())) == settings


def test_the_default_name_tells_when_what_and_which_seed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = runs.create(runs.Settings(seed=7)).name
    assert name.endswith("-vae-digits-s7")
    time.strptime(name[:15], "%Y%m%d-%H%M%S")
