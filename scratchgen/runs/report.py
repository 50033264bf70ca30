"""The report of a run: figures, numbers on the test examples, and one self-contained page."""
import csv
import html
import json
import math

from .. import backend, models, nn, viz
from ..autodiff.tensor import no_grad
from ..files import write_atomically, write_text
from .conditional import ConditionalVAEView
from .folder import require_run
from .objectives import OBJECTIVES
from .page import PAGE
from .settings import Settings
from .train import load_split, prepare, use_device
from .views import VIEWS


def write_report(folder):
    """Write *.png, numbers.json and report.html: (lines of numbers, path of the page).

    All numbers are for the best weights by validation, on the test examples, with the standard
    error over the examples and a unit.
    """
    folder = require_run(folder)
    checkpoint = folder / ("best.npz" if (folder / "best.npz").exists() else "last.npz")
    settings = Settings(**nn.checkpoint.read(checkpoint)[1]["settings"])
    use_device(settings.device)
    history = _history(folder)
    with no_grad(), backend.limit_threads(settings.threads):
        view = open_view(models.load(checkpoint), settings)
        numbers, instruments = view.numbers(), view.instruments()
        figures = {name: viz.png(axes) for name, axes in view.figures(history)}
    for name, png in figures.items():
        write_atomically(folder / f"{name}.png", lambda stream: stream.write(png))
    write_text(folder / "numbers.json", json.dumps(numbers, indent=2) + "\n")
    page = folder / "report.html"
    write_text(page, _page(folder, settings, view, numbers, instruments, figures, history))
    return _lines(numbers), page


def open_view(model, settings):
    """The View of a model trained with these settings, on the test examples."""
    test = load_split(settings).test
    objective = OBJECTIVES[settings.model](settings, test)
    view = ConditionalVAEView if settings.condition else VIEWS[settings.model, test.noun]
    return view(model.eval(), prepare(test.images, settings), test, objective)


def _lines(numbers):
    width = max(map(len, numbers))
    return [f"test {name:{width}}  {value:{6 + d}.{d}f} +- {error:.{d}f} {_per_example(unit)}"
            for name, (value, error, unit) in numbers.items() for d in [_decimals(error)]]


def _decimals(error):
    """Three, or as many as it takes to see the standard error (six at most)."""
    return 3 if not 0 < error < 1e-3 else min(6, math.ceil(-math.log10(error)))


def _per_example(unit):
    return unit if unit == "bits" else f"{unit} per example"


def _history(folder):
    with open(folder / "metrics.csv", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


# ---- the page ---------------------------------------------------------------------

def _page(folder, settings, view, numbers, instruments, figures, history):
    environment = json.loads((folder / "env.json").read_text(encoding="utf-8")) \
        if (folder / "env.json").exists() else {}
    rows = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{value:.{d}f}</td><td>&plusmn; {error:.{d}f}</td>"
        f"<td>{html.escape(_per_example(unit))}</td></tr>"
        for name, (value, error, unit) in numbers.items() for d in [_decimals(error)])
    pictures = "".join(_picture(name, view.captions[name], png) for name, png in figures.items())
    noun = view.test.noun
    summary = (f"{view.summary}, seed {settings.seed}, {history['epoch'][-1]:.0f} epochs in "
               f"{history['seconds'][-1]:.1f} s")
    given = {name: value for name, value in settings.to_dict().items() if value is not None}
    return PAGE.format(title=html.escape(f"{settings.model.upper()} on {settings.data}"), rows=rows,
                       summary=html.escape(summary), noun=noun, sums=view.sums,
                       instruments=_instruments(instruments),
                       pictures=pictures, data=html.escape(view.test.description),
                       settings=_table(given), environment=_table(environment))


def _instruments(found):
    if not found:
        return ""
    return (f"<h2>What the code does</h2>\n<table>{_table(found)}</table>\n"
            "<p>On these examples, with new draws of z: the ELBO differs from the one above by "
            "noise.</p>")


def _picture(name, caption, png):
    caption = html.escape(caption)
    return (f'<figure class="{name}"><img alt="{caption}" src="{viz.to_data_uri(png)}">'
            f"<figcaption>{caption}</figcaption></figure>")


def _table(values):
    return "".join(f"<tr><th>{html.escape(str(name))}</th><td>{html.escape(str(value))}</td></tr>"
                   for name, value in values.items())
