"""The report of a run: figures, numbers on the test images, and one self-contained page."""
import csv
import html
import json

import numpy as np

from .. import backend, models, nn, viz
from ..autodiff import ops
from ..autodiff.tensor import no_grad
from ..data import load
from ..files import write_atomically, write_text
from .folder import require_run
from .objectives import OBJECTIVES
from .page import PAGE
from .settings import Settings
from .train import prepare, use_device

_IMPORTANCE_SAMPLES = 100
_PART = 1000                        # images measured at a time: convolutions need memory for each


def write_report(folder):
    """Write *.png, numbers.json and report.html: (lines of numbers, path of the page).

    All numbers are for the best weights by validation, on the test images, per example and in the
    unit of the objective, with the standard error over the images.
    """
    folder = require_run(folder)
    checkpoint = folder / ("best.npz" if (folder / "best.npz").exists() else "last.npz")
    settings = Settings(**nn.checkpoint.read(checkpoint)[1]["settings"])
    use_device(settings.device)
    model = models.load(checkpoint)
    model.eval()
    test = load(settings.data, settings.data_dir).test
    images = prepare(test.images, settings)
    with no_grad(), backend.limit_threads(settings.threads):
        numbers = measure(model, images, settings)
        drawn = _figures(folder, model, images, test, settings)
        figures = {name: viz.png(axes) for name, axes in drawn}
    for name, png in figures.items():
        write_atomically(folder / f"{name}.png", lambda stream: stream.write(png))
    write_text(folder / "numbers.json", json.dumps(numbers, indent=2) + "\n")
    page = folder / "report.html"
    write_text(page, _page(folder, settings, numbers, figures, test))
    return _lines(numbers, _unit(settings)), page


def measure(model, images, settings):
    """{name: [mean, standard error]} over the test images."""
    rng = np.random.default_rng(settings.seed)
    if not isinstance(model, models.VAE):
        return {"reconstruction": _mean(-_rows(model.loss, images))}
    terms = _rows(lambda x: ops.stack(model.terms(x, rng=rng), axis=1), images)
    reconstruction, kl = terms[:, 0], terms[:, 1]
    bound = _rows(lambda x: model.log_prob(x, _IMPORTANCE_SAMPLES, rng=rng), images)
    return {"elbo": _mean(reconstruction - kl), "reconstruction": _mean(reconstruction),
            "kl": _mean(kl),
            f"log p(x), importance bound with {_IMPORTANCE_SAMPLES} samples": _mean(bound)}


def _rows(f, images):
    """f(images), a row an image, on the host."""
    parts = (images[start:start + _PART] for start in range(0, len(images), _PART))
    return np.concatenate([backend.to_numpy(f(part).data) for part in parts])


def _mean(values):
    values = np.asarray(values, dtype=np.float64)
    return [float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))]


def _unit(settings):
    return OBJECTIVES[settings.model](settings).unit


def _lines(numbers, unit):
    width = max(map(len, numbers))
    return [f"test {name:{width}}  {value:9.3f} +- {error:.3f} {unit} per example"
            for name, (value, error) in numbers.items()]


# ---- figures ---------------------------------------------------------------------

def _figures(folder, model, images, test, settings):
    """(file name, Axes), in the order of the report."""
    def pixels(x):
        return backend.to_numpy(getattr(x, "data", x)).reshape(-1, *test.shape)

    codes = _rows(model.code, images)
    decoded = model.image(backend.asarray(codes[:12]))
    yield "reconstructions", viz.reconstructions(pixels(images[:12]), pixels(decoded))
    yield "loss_curves", viz.loss_curves(_history(folder), names=OBJECTIVES[settings.model].columns,
                                         ylabel=f"{_unit(settings)} per example")
    yield "latent_map", viz.latent_map(codes, test.labels, classes=test.classes)
    if isinstance(model, models.VAE):
        samples = model.sample(100, rng=np.random.default_rng(settings.seed))
        title = "New images: z drawn from N(0, I), decoded"
        yield "samples", viz.image_grid(pixels(samples), title=title)
        if settings.latent == 2:
            plane = model.image(backend.asarray(viz.quantile_grid(15)))
            yield "manifold", viz.manifold(pixels(plane))


def _history(folder):
    with open(folder / "metrics.csv", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


# ---- the page ---------------------------------------------------------------------

_CAPTIONS = {
    "loss_curves": "Each epoch: the training images as they were seen, and the validation images.",
    "reconstructions": "Test images above, decoded from the mean of their code below.",
    "samples": "What the model makes of noise: means of p(x|z) for z from the prior.",
    "latent_map": "The mean code of each test image, coloured by class, which the model never saw.",
    "manifold": "Every place of the latent plane decoded, spaced by equal prior mass.",
}


def _page(folder, settings, numbers, figures, test):
    environment = json.loads((folder / "env.json").read_text(encoding="utf-8")) \
        if (folder / "env.json").exists() else {}
    rows = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{value:.3f}</td><td>&plusmn; {error:.3f}</td></tr>"
        for name, (value, error) in numbers.items())
    pictures = "".join(_picture(name, png) for name, png in figures.items())
    last = _history(folder)
    summary = (f"{settings.latent} latent dimensions, seed {settings.seed}, "
               f"{last['epoch'][-1]:.0f} epochs in {last['seconds'][-1]:.1f} s")
    return PAGE.format(title=html.escape(f"{settings.model.upper()} on {settings.data}"), rows=rows,
                       summary=summary, unit=_unit(settings).capitalize(),
                       pictures=pictures, data=html.escape(test.description),
                       settings=_table(settings.to_dict()), environment=_table(environment))


def _picture(name, png):
    caption = html.escape(_CAPTIONS[name])
    return (f'<figure class="{name}"><img alt="{caption}" src="{viz.to_data_uri(png)}">'
            f"<figcaption>{caption}</figcaption></figure>")


def _table(values):
    return "".join(f"<tr><th>{html.escape(str(name))}</th><td>{html.escape(str(value))}</td></tr>"
                   for name, value in values.items())
