"""Runs of games between networks: trained, stopped, resumed bit for bit, killed, reported, sampled.
"""
import json

import numpy as np
import pytest

from scratchgen import models, nn, runs
from scratchgen.data import load
from scratchgen.errors import CheckpointError
from scratchgen.models.gan import R1, GradientPenalty, Labels
from scratchgen.runs import report, snapshots
from scratchgen.runs.snapshots import MOST, Snapshots
from scratchgen.runs.views import adversarial
from tests.runs import interrupted
from tests.runs.interrupted import assert_same_state

_DIGITS = dict(batch_size=300, latent=3)
TINY = {
    "gan, points": dict(model="gan", data="ring", n=300, batch_size=50, hidden=(8,), pack=2),
    "gan, images": dict(model="gan", hidden=(8,), penalty="gradient", label_noise=0.1, **_DIGITS),
    "gan, classes": dict(model="gan", hidden=(8,), condition=True, **_DIGITS),
    "wgan-gp, points": dict(model="wgan-gp", data="moons", n=300, batch_size=50, hidden=(8,)),
    "wgan-gp, images": dict(model="wgan-gp", hidden=(8,), **_DIGITS),
    "dcgan, images": dict(model="dcgan", width=2, **_DIGITS),
    "vaegan, images": dict(model="vaegan", channels=(2, 3), **_DIGITS),
}
every = pytest.mark.parametrize("name", TINY)


@pytest.fixture(autouse=True)
def coarse_figures(monkeypatch):
    monkeypatch.setattr(adversarial, "_CELLS", 12)
    monkeypatch.setattr(adversarial, "_COMPARED", 100)


def train(name, folder=None, stop_after=None, **changes):
    return interrupted.run(TINY[name] | {"epochs": 3} | changes, folder, stop_after)


def assert_same_snapshots(a, b):
    (one, _), (other, _) = (nn.checkpoint.read(folder / "snapshots.npz") for folder in (a, b))
    for key in ("epochs", "frames"):
        np.testing.assert_array_equal(one[key], other[key])


# ---- training ------------------------------------------------------------------------------------

@every
def test_stopping_and_resuming_is_bit_equal_to_never_stopping(name, tmp_path):
    train(name, tmp_path)
    for stop_after in (3, 7):       # within an epoch, where a critic has moved and no generator yet
        folder = tmp_path / f"parts{stop_after}"
        folder.mkdir()
        assert train(name, folder, stop_after).step == stop_after
        list(runs.resume(folder, save_every=0).epochs())
        assert_same_state(tmp_path, folder)
        assert_same_snapshots(tmp_path, folder)


def test_the_generator_of_a_resumed_run_moves_at_its_turn(tmp_path):
    """Five steps of the critic for one: 7 steps, then the third one after is the generator's."""
    name = "wgan-gp, points"
    train(name, tmp_path, stop_after=7)
    resumed = runs.resume(tmp_path, save_every=0)
    assert resumed.settings.critic_steps == 5 and resumed.objective.game.turns == 7
    moved, before = [], [p.data.copy() for p in resumed.model.generator.parameters()]

    def on_step(k, n):
        now = [p.data.copy() for p in resumed.model.generator.parameters()]
        if any((a != b).any() for a, b in zip(before, now)):
            moved.append(resumed.step)
            before[:] = now
    list(resumed.epochs(on_step))
    assert moved == [10, 15]


def test_a_killed_run_resumes_to_the_same_end(tmp_path):
    (tmp_path / "whole").mkdir()
    train("gan, points", tmp_path / "whole", epochs=30)
    interrupted.killed(TINY["gan, points"] | {"epochs": 30}, tmp_path / "killed", epoch=17)
    list(runs.resume(tmp_path / "killed", save_every=0).epochs())
    assert_same_state(tmp_path / "whole", tmp_path / "killed")
    assert_same_snapshots(tmp_path / "whole", tmp_path / "killed")


@every
def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(name):
    def numbers(seed):
        return [row["real"] for row in train(name, epochs=1, seed=seed).history]
    assert numbers(0) == numbers(0) != numbers(1)


def test_all_examples_are_trained_on_and_the_last_weights_are_the_model(tmp_path):
    training = train("gan, points", tmp_path)
    assert len(training.train_images) == 300 and len(training.validation_images) == 0
    assert not (tmp_path / "best.npz").exists()
    loaded = models.load(tmp_path)
    for name, values in training.model.state_dict().items():
        np.testing.assert_array_equal(loaded.state_dict()[name], values)
    with pytest.raises(ValueError, match="'gan' takes no setting 'validation'"):
        runs.Settings(model="gan", validation=0.1)


@pytest.mark.parametrize("name, critic_steps", [("gan, points", 1), ("wgan-gp, points", 2)])
def test_a_row_holds_the_means_of_the_turns_of_its_epoch(name, critic_steps):
    training = runs.Training(runs.Settings(**TINY[name] | {"epochs": 1, "n": 230, "pack": None,
                                                           "critic_steps": critic_steps}))
    turns, turn = [], training.objective.game.turn

    def recorded(x, **options):
        turns.append((len(x), turn(x, **options)))
        return turns[-1][1]
    training.objective.game.turn = recorded
    (row,) = training.epochs()
    assert [n for n, _ in turns] == [50, 50, 50, 50, 30]
    for column in ("real", "discriminator_loss", "generator_loss", "fake_after"):
        seen = [(n, getattr(t, column)) for n, t in turns if getattr(t, column) is not None]
        assert len(seen) == (5 // critic_steps if column in ("generator_loss", "fake_after") else 5)
        mean = sum(n * float(value) for n, value in seen) / sum(n for n, _ in seen)
        assert row[column] == pytest.approx(mean, rel=1e-6)


def test_modes_are_counted_after_each_epoch_where_they_are_known():
    training = train("gan, points", epochs=2)
    found = models.diagnosis.coverage(training.model, load("ring").train.density.centres, 0.01,
                                      rng=0)
    assert training.history[-1]["modes"] == found.modes
    assert training.history[-1]["quality"] == found.quality.value
    assert "modes" not in train("wgan-gp, points", epochs=1).history[0]


def test_settings_reach_the_game():
    def game(**changes):
        return runs.Training(runs.Settings(**TINY["gan, points"] | changes)).objective.game
    assert game(penalty="none").penalty is None
    assert game(penalty="r1", penalty_weight=3.0).penalty == R1(3.0)
    assert game(penalty="gradient", penalty_weight=2.0).penalty == GradientPenalty(2.0)
    soft = game(real_label=0.9, label_noise=0.05, label_flip=0.1)
    assert soft.labels == Labels(real=0.9, noise=0.05, flip=0.1)
    found = game(lr=0.01, betas=(0.25, 0.75), critic_steps=2, loss="hinge", prior="uniform")
    adam = found.optimisers["generator"]
    assert adam.lr == 0.01 and adam.betas == (0.25, 0.75) and found.critic_steps == 2
    assert found.gan.loss.name == "hinge" and found.gan.prior_name == "uniform"


@pytest.mark.parametrize("name, steps", [
    ("gan, points", 18), ("wgan-gp, images", 15), ("vaegan, images", 15)])
def test_the_learning_rate_falls_to_zero_or_stays(name, steps):
    training, rates = runs.Training(runs.Settings(**TINY[name], epochs=3, lr=0.01)), []
    list(training.epochs(lambda k, n: rates.append(
        [training.optimiser[name].lr for name in training.optimiser.optimisers])))
    expected = [0.01 * min(1, 2 * (1 - k / steps)) for k in range(steps)]
    np.testing.assert_allclose(rates, np.transpose([expected] * len(rates[0])))
    training = train(name, lr=0.01, decay=False, epochs=1)
    assert training.optimiser["discriminator"].lr == 0.01


@pytest.mark.parametrize("name, changes, named", [
    ("gan, points", {"batch_size": 51}, "pack = 2"),
    ("gan, points", {"n": 301}, "left over"),
    ("gan, points", {"condition": True, "pack": 1}, "no classes"),
    ("gan, points", {"loss": "mse"}, "least-squares"),
    ("gan, points", {"prior": 2.0}, "another kind"),
    ("gan, points", {"prior": "cauchy"}, "normal or uniform"),
    ("gan, points", {"label_noise": 1.5}, "label_noise"),
    ("gan, points", {"betas": (0.5,)}, "betas"),
    ("gan, points", {"penalty": "lipschitz"}, "none, gradient, r1"),
    ("gan, points", {"loss": "wasserstein", "label_noise": 0.1}, "soften"),
    ("wgan-gp, points", {"critic_steps": 7}, "at most 6"),
    ("dcgan, images", {"penalty": "gradient"}, "batch normalisation"),
    ("dcgan, images", {"penalty": "r1"}, "batchnorm=False"),
    ("dcgan, images", {"data": "ring"}, "one of affine, gmm, flow, maf, gan, wgan-gp")])
def test_what_cannot_be_played_is_refused(name, changes, named):
    with pytest.raises(ValueError, match=named):
        runs.Training(runs.Settings(**TINY[name] | changes))


@pytest.mark.parametrize("player, step", [("discriminator", 7), ("generator", 10)])
def test_a_loss_that_is_not_a_number_names_the_step_and_the_first_op(tmp_path, player, step):
    name = "wgan-gp, points"
    settings = runs.Settings(**TINY[name], activation="relu")
    training = runs.Training(settings, tmp_path, save_every=0)
    rows = training.epochs()
    next(rows)
    before = nn.checkpoint.read(tmp_path / "last.npz")[1]["state"]["step"]
    weight = getattr(training.model, player).parameters()[0]
    if player == "discriminator":
        weight.data[...] = 1e38                             # x @ w overflows in float32
    else:
        score = training.model.score
        training.model.score = lambda x: score(x) * (np.inf if training.step == 9 else 1.0)
    with np.errstate(all="ignore"), pytest.raises(runs.NonFiniteLoss) as error:
        next(rows)
    assert error.value.step == step and "first op" in str(error.value)
    assert nn.checkpoint.read(tmp_path / "last.npz")[1]["state"]["step"] == before


@pytest.mark.slow
def test_the_defaults_cover_the_ring_and_the_game_converges(tmp_path):
    training = runs.Training(runs.Settings(model="gan", data="ring"), tmp_path)
    last = list(training.epochs())[-1]
    assert last["modes"] == 8 and last["quality"] > 0.7
    view = report.open_view(training.model, training.settings)
    columns = {name: [row[name] for row in training.history] for name in last}
    assert view.instruments(columns)["how the game ended"].startswith("converged: all modes")


@pytest.mark.slow
@pytest.mark.parametrize("model", ["gan", "dcgan", "wgan-gp", "vaegan"])
def test_the_defaults_make_digits_out_of_noise(model):
    training = runs.Training(runs.Settings(model=model, epochs=30))
    split = training.split
    distance = models.diagnosis.FrechetDistance.fit(
        split.train.spatial, split.train.labels, reference=split.test.spatial, rng=0)
    before = distance(training.model.eval(), n=300, rng=0).distance
    training.model.train()
    list(training.epochs())
    after = distance(training.model.eval(), n=300, rng=0).distance
    assert after < before / 5


# ---- snapshots -----------------------------------------------------------------------------------

class Counter:
    """A model whose samples are the number of the epoch, over 255."""

    training, config = True, {"image_shape": [1, 1, 1]}

    def train(self, mode=True):
        self.training = mode

    def eval(self):
        self.train(False)

    def sample(self, n, *, rng):
        assert not self.training
        return np.full((n, 1, 1, 1), self.epoch / 255, np.float32)


def film(last):
    found, model = Snapshots(0), Counter()
    for model.epoch in range(last + 1):
        found.take(model.epoch, model)
        assert model.training
    return found, model


@pytest.mark.parametrize("last", [0, 1, MOST - 1, MOST, 2 * MOST - 1, 2 * MOST, 200])
def test_snapshots_are_evenly_spaced_and_bounded(last):
    found, model = film(last)
    epochs = found.epochs
    assert len(epochs) <= MOST and epochs[0] == 0
    assert len(epochs) > MOST / 2 or epochs == list(range(last + 1))
    assert len(set(np.diff(epochs))) <= 1
    assert [int(frame.flat[0]) for frame in found.frames] == epochs
    frames = found.film(last, model)
    assert frames[-1][0] == last and frames[-1][1].flat[0] == last


def test_snapshots_written_after_the_checkpoint_are_taken_again(tmp_path):
    """Killed between two files: what comes after the checkpoint's epoch is not of this run."""
    later, _ = film(MOST)
    later.write(tmp_path / "snapshots.npz")
    found, model = Snapshots(0), Counter()
    found.read(tmp_path / "snapshots.npz", MOST - 1)
    assert found.epochs[-1] == MOST - 2
    for model.epoch in range(MOST, 61):
        found.take(model.epoch, model)
    assert found.epochs == film(60)[0].epochs


def test_a_snapshot_is_what_the_model_draws_and_changes_nothing():
    training = train("dcgan, images", epochs=1)
    before = training.model.state_dict()
    frame = Snapshots(5).draw(training.model)
    for name, values in training.model.state_dict().items():
        np.testing.assert_array_equal(values, before[name])
    x = training.model.eval().sample(64, rng=np.random.default_rng(5))
    assert frame.dtype == np.uint8 and np.abs(frame / 255 - x).max() <= 0.5 / 255 + 1e-6


# ---- the report, samples -------------------------------------------------------------------------

@pytest.mark.parametrize("name", [
    name if name in ("gan, points", "vaegan, images")
    else pytest.param(name, marks=pytest.mark.slow)
    for name in TINY])
def test_the_report_has_its_figures_numbers_and_film(name, tmp_path):
    train(name, tmp_path, epochs=2)
    frames = []
    lines, page = runs.write_report(tmp_path, lambda f, total: frames.append(total) or f)
    text = page.read_text(encoding="utf-8")
    figures = {"plane" if name.endswith("points") else "samples", "snapshots", "game"}
    figures |= {"reconstructions"} if name.startswith("vaegan") else set()
    assert {path.stem for path in tmp_path.glob("*.png")} == figures and frames == [3]
    assert (tmp_path / "film.gif").read_bytes().startswith(b"GIF89a")
    assert text.count('src="data:image/png;base64,') == len(figures)
    assert text.count('src="data:image/gif;base64,') == 1
    assert "last epoch" in text and "drawn like the data" in text
    numbers = json.loads((tmp_path / "numbers.json").read_text())
    found = {"modes covered": "of 8", "points within 3 sd of a mode": "%"} if "gan, p" in name \
        and name.startswith("gan") else {}
    if not name.endswith("points"):
        found = {"Frechet distance to test images": "of features",
                 "the same of training images": "of features"}
    if name.endswith("classes"):
        found["taken for their class by a classifier"] = "%"
    assert {key: unit for key, (_, _, unit) in numbers.items()} == found
    assert len(lines) == len(found) + (2 if name.endswith("points") else 3)
    assert runs.write_report(tmp_path)[1].read_text(encoding="utf-8") == text


@pytest.mark.parametrize("epochs", [1, 2, 8])
def test_the_title_of_the_strip_is_whole(epochs):
    training = runs.Training(runs.Settings(**TINY["vaegan, images"]))
    view = report.open_view(training.model, training.settings)
    ax = view.strip([(epoch, np.zeros((4, 8, 8), np.float32)) for epoch in range(epochs + 1)])
    ax.figure.canvas.draw()
    assert ax.get_tightbbox().x1 < ax.figure.bbox.x1


def test_a_run_that_lost_its_snapshots_still_has_a_report(tmp_path):
    from PIL import Image
    train("gan, points", tmp_path, epochs=2)
    (tmp_path / "snapshots.npz").unlink()
    runs.write_report(tmp_path)
    with Image.open(tmp_path / "film.gif") as gif:
        assert gif.n_frames == 1
    assert (tmp_path / "snapshots.png").exists()


def test_the_film_ends_with_what_the_model_draws_now(tmp_path, monkeypatch):
    from PIL import Image
    monkeypatch.setattr(snapshots, "MOST", 10)
    training = train("gan, points", tmp_path, epochs=11)
    view = report.open_view(models.load(tmp_path), training.settings)
    view.snapshots = training.snapshots
    epochs, frames = zip(*view.film({"epoch": [11]}))
    assert epochs == (*range(0, 11, 2), 11)
    np.testing.assert_array_equal(frames[-1],
                                  view.model.sample(1000, rng=np.random.default_rng(0)))
    runs.write_report(tmp_path)
    with Image.open(tmp_path / "film.gif") as gif:
        assert gif.n_frames == len(epochs)


@every
def test_samples_can_be_drawn_and_written(name, tmp_path):
    training = train(name, tmp_path, epochs=1)
    samples = runs.sample(tmp_path, 20, seed=1)
    np.testing.assert_array_equal(samples, runs.sample(tmp_path, 20, seed=1))
    assert samples.shape == (20, *training.split.train.shape)
    if name.endswith("classes"):
        given = training.model.eval().given(np.arange(20) % 10)
        np.testing.assert_array_equal(samples, given.sample(20, rng=np.random.default_rng(1)))
    assert runs.save_samples(samples, tmp_path / "s.png", "20").stat().st_size > 1000


def test_every_game_is_here():
    games = {model for model, objective in runs.OBJECTIVES.items() if objective.score is None}
    assert {name.partition(",")[0] for name in TINY} == games


def test_snapshots_of_something_else(tmp_path):
    nn.save(tmp_path / "model.npz", nn.Linear(2, 1, rng=0))
    with pytest.raises(CheckpointError, match="no snapshots of a run"):
        Snapshots(0).read(tmp_path / "model.npz", 3)


def test_a_frame_of_pixels_that_are_no_numbers_is_black():
    model = models.gan_dense((3, 3), 2, (4,), rng=0)
    for p in model.parameters():
        p.data = np.full(p.shape, np.nan, np.float32)
    np.testing.assert_array_equal(Snapshots(0).draw(model), np.zeros((64, 3, 3), np.uint8))
