"""The report of a run: figures, numbers on the test examples, and one self-contained page."""
import csv
import html
import json
import math

from .. import backend, models, viz
from ..autodiff.tensor import no_grad
from ..errors import DataError
from ..files import write_atomically, write_text
from .folder import require_run
from .objectives import OBJECTIVES
from .page import PAGE
from .settings import Settings
from .snapshots import Snapshots
from .train import load_split, prepare, use_device
from .views import view_of


def write_report(folder, progress=lambda frames, total: frames, data_dir=None):
    """Write *.png, *.gif, numbers.json and report.html: (lines for a terminal, path of the page).

    All numbers are for the best weights by validation, or the last ones where no score chose any,
    with the standard error over the test examples and a unit.  `progress(frames, total)` may watch
    the frames of an animation being drawn: it is iterated in the place of `frames`.  `data_dir` is
    where the data files are by now, if that has changed.
    """
    folder = require_run(folder)
    settings, checkpoint = Settings.of_run(folder)
    settings = settings.replace(data_dir=data_dir)
    use_device(settings.device if backend.available()["cupy"][0] else "cpu")
    history, environment = _history(folder), _environment(folder)
    view = open_view(models.load(checkpoint), settings)
    with backend.limit_threads(settings.threads):
        view.begin()
    with no_grad(), backend.limit_threads(settings.threads):
        view.snapshots = Snapshots(settings.seed)
        if (folder / "snapshots.npz").exists():         # without it the film is one frame, of now
            view.snapshots.read(folder / "snapshots.npz", history["epoch"][-1])
        numbers, instruments = view.numbers(), view.instruments(history)
        pictures = {f"{name}.png": viz.png(axes) for name, axes in view.figures(history)}
        pictures |= {f"{name}.gif": viz.gif(progress(frames, total))
                     for name, frames, total in view.animations(history)}
    page = folder / "report.html"
    text = _page(settings, view, numbers, instruments, pictures, history, environment)
    for name, content in pictures.items():
        write_atomically(folder / name, lambda stream: stream.write(content))
    write_text(folder / "numbers.json", json.dumps(numbers, indent=2) + "\n")
    write_text(page, text)
    lines = _lines(numbers, view.prefix)
    if view.says_instruments:
        lines += [f"{name}  {text}" for name, text in instruments.items()]
    return lines, page


def open_view(model, settings):
    """The View of a model trained with these settings, on the test examples."""
    split = load_split(settings)
    objective = OBJECTIVES[settings.model](settings, split.train)
    view = view_of(settings, split.test)
    return view(model.eval(), prepare(split.test.images, settings), split, objective)


def _lines(numbers, prefix="test "):
    width = max(map(len, numbers), default=0)
    return [f"{prefix}{name:{width}}  {value:{6 + d}.{d}f}{_plus_minus(error, d, '+-')} "
            f"{_per_example(unit)}"
            for name, (value, error, unit) in numbers.items()
            for d in [_decimals(value, error, unit)]]


def _decimals(value, error, unit):
    """Three, or as many as it takes to see the standard error (six at most); none of a count."""
    if unit == "%" or error is None and value == int(value):
        return int(unit == "%")
    return 3 if not error or error >= 1e-3 else min(6, math.ceil(-math.log10(error)))


def _plus_minus(error, decimals, sign):
    return "" if error is None else f" {sign} {error:.{decimals}f}"


def _per_example(unit):
    return f"{unit} per example" if unit in ("nats", "negated squared error") else unit


def _history(folder):
    path = folder / "metrics.csv"
    if not path.exists():
        raise DataError(f"{folder}: no epoch was completed, so there is nothing to report\n"
                        f"  hint      scratchgen train --resume {folder}")
    try:
        with open(path, encoding="utf-8", newline="") as stream:
            names, *rows = [row for row in csv.reader(stream) if row] or [[]]
        ends = [*names[:1], *names[-1:]]
        if ends != ["epoch", "seconds"] or {len(row) for row in rows} != {len(names)}:
            raise ValueError(f"{len(rows)} rows under {', '.join(names) or 'no names'}")
        return {name: [float(row[i]) for row in rows] for i, name in enumerate(names)}
    except (ValueError, csv.Error) as error:
        raise DataError(f"{path} is damaged\n"
                        "  expected  a row of numbers for each epoch, from epoch to seconds\n"
                        f"  got       {error}\n"
                        f"  hint      scratchgen train --resume {folder}   writes it again"
                        ) from None


def _environment(folder):
    path = folder / "env.json"
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError(f"a {type(found).__name__}")
        return found
    except ValueError as error:
        raise DataError(f"{path} is damaged\n  expected  a JSON object\n  got       {error}\n"
                        "  hint      without this file the report is written all the same"
                        ) from None


# ---- the page ---------------------------------------------------------------------

def _page(settings, view, numbers, instruments, pictures, history, environment):
    rows = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{value:.{d}f}</td>"
        f"<td>{_plus_minus(error, d, '&plusmn;')}</td>"
        f"<td>{html.escape(_per_example(unit))}</td></tr>"
        for name, (value, error, unit) in numbers.items() for d in [_decimals(value, error, unit)])
    pictures = {name.partition(".")[0]: content for name, content in pictures.items()}
    figures = "".join(_picture(name, view.captions, pictures[name])
                      for name in view.layout or pictures)
    noun = view.test.noun
    epochs = int(history["epoch"][-1])
    summary = (f"{view.summary}, seed {settings.seed}, {epochs} epoch{'s' * (epochs > 1)} in "
               f"{history['seconds'][-1]:.1f} s")
    given = {name: value for name, value in settings.to_dict().items() if value is not None}
    return PAGE.format(title=html.escape(f"{settings.model.upper()} on {settings.data}"), rows=rows,
                       summary=html.escape(summary), heading=view.heading.format(noun=noun),
                       note=view.note.format(noun=noun, sums=view.sums),
                       instruments=_instruments(view, instruments),
                       pictures=figures, data=html.escape(view.test.description),
                       settings=_table(given), environment=_table(environment))


def _instruments(view, found):
    if not found:
        return ""
    return (f'<h2>{view.instruments_title}</h2>\n<table class="told">{_table(found)}</table>\n'
            f"<p>{view.instruments_note}</p>")


def _picture(name, captions, content):
    caption = html.escape(captions[name])
    return (f'<figure class="{name}"><img alt="{caption}" src="{viz.to_data_uri(content)}">'
            f"<figcaption>{caption}</figcaption></figure>")


def _table(values):
    return "".join(f"<tr><th>{html.escape(str(name))}</th><td>{html.escape(str(value))}</td></tr>"
                   for name, value in values.items())
