"""The report: complete, self-contained, and its numbers those of the best weights."""
import html
import html.parser
import json
import re

import pytest

from scratchgen import DataError, models, runs
from scratchgen.runs import report
from scratchgen.runs.views import base


@pytest.fixture(scope="module", params=["vae", "ae", "vae-conv", "ae-conv"])
def run(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    layers = {"channels": (4,)} if request.param.endswith("conv") else {"hidden": (16,)}
    settings = runs.Settings(model=request.param, epochs=2, batch_size=256, latent=2, **layers)
    list(runs.Training(settings, folder).epochs())
    lines, page = runs.write_report(folder)
    return request.param, folder, lines, page.read_text(encoding="utf-8")


def test_every_figure_is_a_file_and_part_of_the_page(run):
    model, folder, _, page = run
    expected = {"loss_curves", "reconstructions", "latent_map"}
    expected |= {"samples", "manifold"} if model.startswith("vae") else set()
    assert {path.stem for path in folder.glob("*.png")} == expected
    assert page.count('src="data:image/png;base64,') == len(expected)


def test_the_page_needs_nothing_from_outside(run):
    page = run[3]
    assert not re.search(r"(src|href)\s*=\s*[\"'](?!data:)", page)
    assert "http" not in re.sub(r"base64,[^\"]*", "", page)


def test_the_page_is_well_formed(run):
    open_tags = []

    class Checker(html.parser.HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag not in ("meta", "img", "br"):
                open_tags.append(tag)

        def handle_endtag(self, tag):
            assert open_tags.pop() == tag
    Checker().feed(run[3])
    assert not open_tags


def test_numbers_have_standard_errors_and_add_up(run):
    model, folder, lines, _ = run
    numbers = json.loads((folder / "numbers.json").read_text())
    assert len(lines) == len(numbers) and all("nats per example" in line for line in lines)
    assert all(error > 0 and unit == "nats" for _, error, unit in numbers.values())
    if model.startswith("vae"):
        elbo, reconstruction, kl = (numbers[k][0] for k in ("elbo", "reconstruction", "kl"))
        assert elbo == pytest.approx(reconstruction - kl, rel=1e-5)
        bound = next(v for k, v in numbers.items() if k.startswith("log p"))[0]
        assert bound > elbo and kl > 0


def test_the_instruments_of_a_vae_are_part_of_the_page(run):
    model, folder, _, page = run
    assert ("<h2>What the code does</h2>" in page) == model.startswith("vae")
    if model.startswith("vae"):
        view = report.open_view(models.load(folder), runs.Settings(model=model, latent=2))
        for name, text in view.instruments({}).items():
            assert f"<tr><th>{name}</th><td>{html.escape(str(text))}</td></tr>" in page
        rate = models.rate_distortion(view.model, view.x, rng=0).rate
        assert f"rate {rate.value:.2f} +- {rate.standard_error:.2f}, distortion" in page
        assert "of 2 units active; the code tells" in page


def test_measuring_in_parts_changes_nothing_but_the_noise(run, monkeypatch):
    model, folder, _, _ = run
    view = report.open_view(models.load(folder), runs.Settings(model=model, latent=2))
    whole = view.numbers()
    monkeypatch.setattr(base, "_PART", 100)
    parts = view.numbers()
    for name, (value, error, _) in whole.items():
        exact = model.startswith("ae") or name == "kl"
        assert parts[name][0] == pytest.approx(value, rel=1e-6, abs=0 if exact else error)
        assert parts[name][1] == pytest.approx(error, rel=1e-5 if exact else 0.2)


def test_writing_the_report_again_gives_the_same_bytes(run):
    folder, page = run[1], run[3]
    assert runs.write_report(folder)[1].read_text(encoding="utf-8") == page


def test_the_numbers_are_those_of_the_best_weights(tmp_path):
    settings = runs.Settings(epochs=2, batch_size=256, hidden=(16,), latent=2)
    training = runs.Training(settings, tmp_path)
    for row in training.epochs():
        for parameter in training.model.parameters():
            parameter.data[...] *= 5                    # the second epoch starts from a wreck
    runs.write_report(tmp_path)
    numbers = json.loads((tmp_path / "numbers.json").read_text())
    best, last = (row["validation_elbo"] for row in training.history)
    assert abs(numbers["elbo"][0] - best) < abs(numbers["elbo"][0] - last)
    (tmp_path / "last.npz").unlink()
    runs.write_report(tmp_path)
    assert json.loads((tmp_path / "numbers.json").read_text()) == numbers


@pytest.mark.parametrize("model, likelihood, unit", [
    ("vae", "bernoulli", "nats"), ("vae", "gaussian", "nats"), ("ae", "bernoulli", "nats"),
    ("vae", "continuous-bernoulli", "nats"), ("ae", "continuous-bernoulli", "nats"),
    ("ae", "gaussian", "negated squared error")])
def test_a_squared_error_is_not_called_nats(tmp_path, model, likelihood, unit):
    settings = runs.Settings(model=model, likelihood=likelihood, epochs=1, batch_size=256,
                             hidden=(8,), latent=2)
    list(runs.Training(settings, tmp_path).epochs())
    lines, page = runs.write_report(tmp_path)
    assert all(line.endswith(f" {unit} per example") for line in lines)
    assert f"<td>{unit} per example</td>" in page.read_text(encoding="utf-8")


def test_a_small_standard_error_is_not_rounded_to_zero():
    lines = report._lines({"KL": (0.00078, 0.00012, "nats"), "log p": (4.2914, 0.0103, "nats"),
                           "one": (1.0, 0.0, "nats")})
    assert [line.split()[-6:-3] for line in lines] == [
        ["0.0008", "+-", "0.0001"], ["4.291", "+-", "0.010"], ["1.000", "+-", "0.000"]]
    assert len({line.index(".") for line in lines}) == 1


def test_of_a_run_that_completed_no_epoch_there_is_nothing_to_report(tmp_path):
    training = runs.Training(runs.Settings(hidden=(16,), epochs=1), tmp_path)
    list(training.epochs(lambda k, n: training.stop()))
    with pytest.raises(DataError, match=r"no epoch was completed(.|\n)*--resume"):
        runs.write_report(tmp_path)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """{name: content} of a run that has no report yet."""
    folder = tmp_path_factory.mktemp("bare")
    list(runs.Training(runs.Settings(model="ae", hidden=(4,), epochs=2), folder).epochs())
    (folder / "env.json").write_text('{"python": "3.11"}')
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("name, damage", [
    ("metrics.csv", lambda text: b""), ("metrics.csv", lambda text: text.splitlines()[0]),
    ("metrics.csv", lambda text: text[:-9]), ("metrics.csv", lambda text: b"\xef\xbb\xbf" + text),
    ("metrics.csv", lambda text: text.replace(b",", b";")),
    ("metrics.csv", lambda text: text.replace(b".", b",", 1)),
    ("metrics.csv", lambda text: text.replace(b".", b"x", 1)),
    ("env.json", lambda text: text[:9]), ("env.json", lambda text: b"[1]"),
    ("env.json", lambda text: b"\xff" + text)])
def test_a_damaged_file_is_one_error_and_nothing_is_written(name, damage, files, tmp_path):
    for each, content in (files | {name: damage(files[name])}).items():
        (tmp_path / each).write_bytes(content)
    with pytest.raises(DataError, match=f"{name} is damaged"):
        runs.write_report(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(files)


def test_neither_blank_lines_nor_a_missing_environment_are_damage(files, tmp_path):
    for each, content in files.items():
        (tmp_path / each).write_bytes(content)
    (tmp_path / "metrics.csv").write_bytes(files["metrics.csv"].replace(b"\n", b"\n\n"))
    (tmp_path / "env.json").unlink()
    runs.write_report(tmp_path)
    assert (tmp_path / "report.html").exists()
