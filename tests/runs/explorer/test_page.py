"""The page of a run: what is gathered agrees with the model, and the file stands by itself."""
import base64
import html.parser
import json
import re

import numpy as np
import pytest

from scratchgen import cli, models, runs
from scratchgen.autodiff.tensor import no_grad
from scratchgen.runs import explorer
from scratchgen.runs.explorer.collect import EXAMPLES, per_class
from scratchgen.runs.train import load_split, prepare
from scratchgen.viz.style import CLASS_COLOURS

LAYERS = {"dense": {"hidden": (16,)}, "conv": {"channels": (4,)}}


def train(folder, model="vae", **changes):
    settings = runs.Settings(model=model, **LAYERS["conv" if "conv" in model else "dense"]
                             | dict(epochs=1, batch_size=256, latent=2) | changes)
    list(runs.Training(settings, folder).epochs())
    return settings


@pytest.fixture(scope="module", params=["vae", "ae-conv", "conditional", "vae-conv-3"])
def run(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    settings = {"vae": dict(likelihood="continuous-bernoulli"), "ae-conv": dict(model="ae-conv"),
                "conditional": dict(condition=True, beta=2.0),
                "vae-conv-3": dict(model="vae-conv", latent=3, likelihood="gaussian")}
    settings = train(folder, **settings[request.param])
    test = load_split(settings).test
    return folder, models.load(folder), prepare(test.images, settings), test


@pytest.fixture(scope="module")
def document(run):
    page = runs.explorer.explore(run[0]).to_html()
    (text,) = re.findall('<script type="application/json" id="data">(.*?)</script>', page)
    return json.loads(text)


def floats(text, width):
    return np.frombuffer(base64.b64decode(text), "<f4").reshape(-1, width)


def test_codes_and_images_are_those_of_the_model(run, document):
    _, model, x, test = run
    n = min(EXAMPLES, len(test))
    with no_grad():
        model = model.given(test.labels) if getattr(model, "condition", None) else model
        code = model.code(x)
        scale = np.sqrt(model.encode(x).variance.data) if document["scales"] else None
    width = document["latent"]
    np.testing.assert_allclose(floats(document["codes"], width), code.data[:n], atol=1e-6)
    if scale is not None:
        np.testing.assert_allclose(floats(document["scales"], width), scale[:n], rtol=1e-5)
    assert document["labels"] == test.labels[:n].tolist() and document["total"] == len(test)
    images = np.frombuffer(base64.b64decode(document["images"]), np.uint8)
    np.testing.assert_allclose(images / 255, np.asarray(x)[:n].ravel(), atol=0.002 + 1e-6)


def test_only_an_autoencoder_has_no_scales(run, document):
    assert (document["scales"] is None) == isinstance(run[1], models.Autoencoder)


def test_classes_are_moved_to_and_along_as_by_the_models_own_methods(run, document):
    _, model, x, test = run
    y, width = test.labels, document["latent"]
    means, vectors = (floats(document[k], width) for k in ("classMeans", "attributes"))
    for k in (0, 7) if not document["condition"] else ():       # that one has no direction to it
        vector = model.attribute_vector(x[y == k], x[y != k])
        np.testing.assert_allclose(vectors[k], vector.data, atol=1e-5)
        with no_grad():
            z = model.code(x[:3]).data
            altered = model.image((0.3 * z + 0.7 * means[k]).astype(np.float32))
        np.testing.assert_allclose(altered.data, model.alter(x[:3], x[y == k], 0.7).data, atol=1e-5)


def test_units_come_in_the_order_of_what_they_say(run, document):
    _, model, x, test = run
    worth = np.array(document["worth"])
    assert sorted(document["order"]) == list(range(document["latent"]))
    assert (np.diff(worth[document["order"]]) <= 0).all()
    if isinstance(model, models.VAE) and not model.condition:
        np.testing.assert_allclose(worth, models.units(model, x).kl, rtol=1e-4)


def test_the_mean_of_a_pixel_is_that_of_the_likelihood(run, document):
    likelihoods = {"bernoulli": "sigmoid", "gaussian": "identity",
                   "continuous-bernoulli": "tilted_mean"}
    assert document["mean"] == likelihoods[run[1].likelihood]
    assert document["condition"] == (10 if getattr(run[1], "condition", None) else None)
    assert document["colours"] == list(CLASS_COLOURS)


def test_the_page_needs_nothing_from_outside_and_is_well_formed(run):
    page = runs.explorer.explore(run[0]).to_html()
    markup = re.sub("<script.*?</script>", "", page, flags=re.S)
    assert not re.search(r"(src|href)\s*=\s*[\"'](?!data:)", markup)
    assert "default-src 'none'" in page and "@" not in re.sub("@media", "", markup)
    named, open_tags = [], []

    class Checker(html.parser.HTMLParser):
        def handle_starttag(self, tag, attrs):
            named.append(dict(attrs).get("id"))
            if tag not in ("meta", "link", "input"):
                open_tags.append(tag)

        def handle_endtag(self, tag):
            assert open_tags.pop() == tag
    Checker().feed(page)
    named = [name for name in named if name]
    assert not open_tags and len(set(named)) == len(named)


def test_text_from_outside_cannot_become_markup(run):
    content = explorer.collect(run[0])
    evil = "</script><script>alert(1)</script>&amp;@DATA@"
    page = explorer.render(content._replace(title=evil, classes=(evil,) * len(content.classes)))
    assert "alert(1)</script>" not in page and page.count("<script") == 2
    (text,) = re.findall('<script type="application/json" id="data">(.*?)</script>', page)
    assert json.loads(text)["classes"] == [evil] * 10


def test_the_same_run_gives_the_same_bytes(run, tmp_path):
    path = runs.explorer.explore(run[0]).to_html(tmp_path / "page.html")
    assert path.read_text(encoding="utf-8") == runs.explorer.explore(run[0]).to_html()


def test_a_class_without_test_images_has_no_mean():
    means, vectors = per_class(np.float32([[0, 1], [2, 3]]), np.array([0, 2]), 3)
    np.testing.assert_array_equal(means, [[0, 1], [np.nan, np.nan], [2, 3]])
    np.testing.assert_array_equal(vectors[[0, 2]], [[-2, -2], [2, 2]])


# ---- the command -------------------------------------------------------------------------------

def test_the_command_writes_the_page_and_says_where(run, tmp_path, capsys):
    folder, out = run[0], tmp_path / "elsewhere.html"
    assert cli.main(["explore", str(folder)]) == 0
    assert capsys.readouterr().out == f"explorer: {folder / 'explore.html'}\n"
    assert cli.main(["explore", str(folder), "--out", str(out)]) == 0
    assert out.read_bytes() == (folder / "explore.html").read_bytes()


def refused(argv, capsys):
    assert cli.main(["explore", *argv]) == 2
    error = capsys.readouterr().err
    assert len(error.strip().splitlines()) == 1
    return error


def test_what_cannot_be_explored_is_exit_2_and_says_why(tmp_path, capsys, monkeypatch):
    list(runs.Training(runs.Settings("gmm", epochs=1, components=2), tmp_path).epochs())
    assert "no code to explore" in refused([str(tmp_path)], capsys)
    assert "no run folder" in refused([str(tmp_path / "nowhere")], capsys)
    assert ".html" in refused([str(tmp_path), "--out", "page.pdf"], capsys)
    assert not (tmp_path / "explore.html").exists()
    nowhere = str(tmp_path / "no" / "x.html")
    assert "not a folder" in refused([str(tmp_path), "--out", nowhere], capsys)


def test_a_decoder_that_is_too_large_is_exit_2_and_names_the_limit(run, capsys, monkeypatch):
    monkeypatch.setattr("scratchgen.runs.explorer.decoder.MOST_WEIGHTS", 12)
    assert "at most 12 weights" in refused([str(run[0])], capsys)


def test_codes_that_are_not_finite_are_exit_1_and_counted(run, capsys, monkeypatch):
    broken = models.load(run[0])
    broken.encoder.parameters()[-1].data[...] = np.nan
    monkeypatch.setattr(models, "load", lambda folder: broken)
    assert cli.main(["explore", str(run[0])]) == 1
    assert "297 of 297 test images are not finite" in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("run", ["vae"], indirect=True)
def test_scales_that_are_not_finite_are_no_codes_either(run, capsys, monkeypatch):
    """A log scale of 500 is a scale of inf in float32, though every mean is a number."""
    broken = models.load(run[0])
    bias = broken.encoder.parameters()[-1].data
    bias[len(bias) // 2:] = 500
    monkeypatch.setattr(models, "load", lambda folder: broken)
    assert cli.main(["explore", str(run[0])]) == 1
    assert "297 of 297 test images are not finite" in capsys.readouterr().err


def test_a_damaged_checkpoint_is_exit_1(run, tmp_path, capsys):
    whole = (run[0] / "last.npz").read_bytes()
    (tmp_path / "last.npz").write_bytes(whole[:500])
    assert cli.main(["explore", str(tmp_path)]) == 1
    assert "last.npz is damaged" in capsys.readouterr().err
