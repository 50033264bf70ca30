"""Models with an exact density: trained, resumed and reported like any other, in honest units."""
import json

import numpy as np
import pytest

from scratchgen import data, models, nn, runs
from scratchgen.models.dequantise import dequantise
from scratchgen.runs import report, views
from scratchgen.runs.objectives import OBJECTIVES
from scratchgen.runs.views import density
from tests.runs import interrupted
from tests.runs.interrupted import assert_same_state

TINY = {
    "affine, points": dict(model="affine", data="moons", n=300, batch_size=100),
    "affine, images": dict(model="affine", batch_size=500),
    "gmm, points": dict(model="gmm", data="moons", n=300, components=3),
    "gmm, images": dict(model="gmm", components=2),
    "flow, points": dict(model="flow", data="moons", n=300, batch_size=100, couplings=2,
                         hidden=(8,)),
    "flow, images": dict(model="flow", batch_size=500, couplings=2, hidden=(8,)),
    "maf, points": dict(model="maf", data="ring", n=300, batch_size=100, layers=2, hidden=(8,)),
    "maf, images": dict(model="maf", batch_size=500, layers=1, hidden=(70,)),
    "made, images": dict(model="made", batch_size=500, hidden=(70,)),
    "pixelcnn, images": dict(model="pixelcnn", batch_size=700, layers=1, kernel=3),
}
every = pytest.mark.parametrize("name", TINY)


@pytest.fixture(autouse=True)
def coarse_figures(monkeypatch):
    monkeypatch.setattr(density, "_CELLS", 12)
    monkeypatch.setattr(density, "_LINES", 4)


def train(name, folder=None, stop_after=None, **changes):
    return interrupted.run(TINY[name] | {"epochs": 3} | changes, folder, stop_after)


# ---- training ------------------------------------------------------------------------------------

@every
def test_stopping_and_resuming_is_bit_equal_to_never_stopping(name, tmp_path):
    for stop_after in (1, 2):
        for folder in ("whole", f"parts{stop_after}"):
            (tmp_path / folder).mkdir(exist_ok=True)
        train(name, tmp_path / "whole")
        assert train(name, tmp_path / f"parts{stop_after}", stop_after).step == stop_after
        list(runs.resume(tmp_path / f"parts{stop_after}", save_every=0).epochs())
        assert_same_state(tmp_path / "whole", tmp_path / f"parts{stop_after}")


@every
def test_training_raises_the_likelihood(name):
    history = train(name, epochs=8).history
    assert history[-1]["train_log_prob"] > history[0]["train_log_prob"]


@every
def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(name):
    def numbers(seed):
        return [row["train_log_prob"] for row in train(name, epochs=2, seed=seed).history]
    assert numbers(0) == numbers(0) != numbers(1)


@pytest.mark.parametrize("name", ["gmm, points", "gmm, images"])
def test_em_never_goes_down_and_ends_when_nothing_is_gained(name, tmp_path):
    training = train(name, tmp_path, epochs=500, prior=1e-3)
    scores = [row["train_log_prob"] for row in training.history]
    assert np.diff(scores).min() > -1e-6 and len(scores) < 500
    assert abs(scores[-1] - scores[-2]) < 1e-6 < scores[-2] - scores[-3]
    assert list(runs.resume(tmp_path, epochs=600).epochs()) == []


def test_em_sees_what_the_mixture_fits_alone():
    training = train("gmm, points", epochs=5)
    mixture = models.GaussianMixture(3)
    x = mixture.start(training.train_images, rng=0)
    for row in training.history:
        expected = mixture.log_prob(x).mean()
        assert row["train_log_prob"] == pytest.approx(expected, rel=1e-12)
        mixture.step(x)
    np.testing.assert_array_equal(training.model.means, mixture.means)


def test_a_number_of_points_is_the_number_of_points():
    training = train("gmm, points", epochs=1)
    assert len(training.train_images) == 270 and len(training.validation_images) == 30


@pytest.mark.parametrize("name", ["affine, images", "gmm, images", "flow, images", "maf, images"])
def test_grey_images_are_dequantised_and_their_bound_counts_the_levels(name):
    training = train(name, epochs=1)
    model, objective, x = training.model, training.objective, training.validation_images
    y = dequantise(x, 17, rng=np.random.default_rng(3))
    expected = np.asarray(getattr(model.log_prob(y), "data", model.log_prob(y))) - 64 * np.log(17)
    found = objective.log_prob(model, x, np.random.default_rng(3))
    np.testing.assert_allclose(np.asarray(getattr(found, "data", found)), expected, rtol=1e-6)


def test_a_flow_of_images_knows_their_levels_and_one_of_points_has_none():
    assert train("flow, images", epochs=1).model.levels == 17
    assert train("flow, points", epochs=1).model.levels is None


@pytest.mark.parametrize("model", ["vae", "ae", "vae-conv", "ae-conv", "made", "pixelcnn"])
def test_a_model_of_images_is_not_trained_on_points(model):
    with pytest.raises(ValueError, match=f"'{model}' is one of images(.|\n)*affine, gmm, flow"):
        runs.Training(runs.Settings(model=model, data="ring"))


# ---- the report ----------------------------------------------------------------------------------

FIGURES = {"affine, points": {"density", "loss_curves", "grid"},
           "flow, points": {"density", "loss_curves", "grid"},
           "maf, points": {"density", "loss_curves", "grid"},
           "gmm, points": {"density", "loss_curves", "components"},
           "gmm, images": {"data", "samples", "loss_curves", "means"}}


@every
def test_the_report_has_its_figures_numbers_and_units(name, tmp_path):
    train(name, tmp_path, epochs=2)
    lines, page = runs.write_report(tmp_path)
    text = page.read_text(encoding="utf-8")
    figures = FIGURES.get(name, {"data", "samples", "loss_curves"})
    assert {path.stem for path in tmp_path.glob("*.png")} == figures
    assert text.count('src="data:image/png;base64,') == len(figures)
    numbers = json.loads((tmp_path / "numbers.json").read_text())
    assert all(np.isfinite(number[:2]).all() and number[1] > 0 for number in numbers.values())
    if name.endswith("points"):
        ours, exact, kl = (number[0] for number in numbers.values())
        assert kl == pytest.approx(exact - ours, rel=1e-9) and kl > 0
        assert all(line.endswith("nats per example") for line in lines)
        assert "test points" in text and "pixels" not in text
    else:
        (nats, error, _), (bits, bits_error, unit) = numbers.values()
        assert bits == pytest.approx(-nats / 64 / np.log(2), rel=1e-9) and unit == "bits"
        assert bits_error == pytest.approx(error / 64 / np.log(2), rel=1e-9)
        exact = TINY[name]["model"] in ("made", "pixelcnn")
        assert ("log P(x)" if exact else "log P(x), at least") in numbers
        assert "sums over pixels" in text


def test_the_numbers_are_those_of_the_data_and_the_exact_density(tmp_path):
    training = train("gmm, points", tmp_path, epochs=30)
    view = report.open_view(models.load(tmp_path), training.settings)
    test = data.points_split("moons", 300).test
    exact = test.density.log_prob(test.images)
    best = runs.Training(training.settings).model
    nn.load(tmp_path / "best.npz", best)
    difference = exact - best.log_prob(test.images)
    found = view.numbers()["KL(exact || model), their difference"]
    assert found.value == pytest.approx(difference.mean(), rel=1e-9)
    assert found.error == pytest.approx(difference.std(ddof=1) / 100, rel=1e-9)


def test_both_densities_are_drawn_in_the_same_colours(tmp_path):
    training = train("flow, points", tmp_path)
    view = report.open_view(training.model, training.settings)
    axes = dict(view.figures({"epoch": [1], "train_log_prob": [0.0]}))["density"].figure.axes
    exact, learned = (ax.images[0] for ax in axes if ax.images)
    assert exact.get_clim() == learned.get_clim() and exact.get_clim()[1] > 0
    ticks = np.linspace(*view.limits, 12)
    place = np.array([[ticks[4], ticks[7]]], np.float32)
    assert learned.get_array()[7, 4] == pytest.approx(
        np.exp(training.model.log_prob(place).numpy()[0]), rel=1e-4)
    assert exact.get_array()[7, 4] == pytest.approx(
        np.exp(view.test.density.log_prob(place)[0]), rel=1e-6)


def test_the_grid_is_the_map_of_the_model(tmp_path):
    training = train("affine, points", tmp_path)
    view = report.open_view(training.model, training.settings)
    ax = dict(view.figures({"epoch": [1], "train_log_prob": [0.0]}))["grid"]
    corners = training.model(np.array([[-3.0, -3.0], [3.0, 3.0]])).numpy()
    np.testing.assert_allclose(ax.lines[0].get_xydata()[0], corners[0], rtol=1e-5)
    np.testing.assert_allclose(ax.lines[-1].get_xydata()[-1], corners[1], rtol=1e-5)


# ---- samples -------------------------------------------------------------------------------------

@every
def test_samples_can_be_drawn_and_written(name, tmp_path):
    train(name, tmp_path, epochs=1)
    samples = runs.sample(tmp_path, 4, seed=1)
    np.testing.assert_array_equal(samples, runs.sample(tmp_path, 4, seed=1))
    points = name.endswith("points")
    assert samples.shape[0] == 4 and samples[0].size == (2 if points else 64)
    path = runs.save_samples(samples, tmp_path / "s.npz", "four")
    with np.load(path) as file:
        np.testing.assert_array_equal(file["points" if points else "images"], samples)
    assert runs.save_samples(samples, tmp_path / "s.png", "four").stat().st_size > 1000


def test_every_model_with_a_density_is_here():
    here = {tuple(name.split(", ")) for name in TINY}
    assert here == {pair for pair, view in views.VIEWS.items()
                    if issubclass(view, (density.DensityView, density.MapView))}
    assert set(OBJECTIVES) == {model for model, _ in views.VIEWS}
