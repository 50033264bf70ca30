"""scratchgen train MODEL --data D: train, and leave a run folder with a report."""
import contextlib
import dataclasses
import functools
import signal
import threading

from .. import runs
from .usage import (UsageError, frames_bar, parse_assignments, require_files, run_of_files,
                    wrong_choices)

MODELS = tuple(runs.OBJECTIVES)


def add_to(commands):
    settings = {field.name for field in dataclasses.fields(runs.Settings)}
    p = commands.add_parser(
        "train", help="train a model and write a run folder with a report",
        description="Trains a model on images or points and writes runs/DATE-MODEL-DATA-sSEED/ "
        "with metrics, checkpoints, figures and report.html.  What is not set is the model's own "
        "default.")
    p.add_argument("model", nargs="?", metavar="MODEL", help=f"one of {', '.join(MODELS)}")
    p.add_argument("--data", help="data set (see scratchgen data list); default digits")
    p.add_argument("--data-dir", help="folder with the data files")
    p.add_argument("--epochs", type=int, help="passes over the data")
    p.add_argument("--latent", type=int, help="dimensions of a code, or of a GAN's noise")
    p.add_argument("--seed", type=int, help="default 0")
    p.add_argument("--device", choices=("cpu", "gpu"), help="default cpu")
    p.add_argument("--likelihood", choices=("bernoulli", "continuous-bernoulli", "gaussian"),
                   help="of a pixel; default bernoulli, of images made black and white")
    p.add_argument("--beta", type=float, help="multiplies the KL divergence; default 1")
    p.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                   help="any other setting: " + ", ".join(sorted(settings - set(_GIVEN))))
    p.add_argument("--out", help="the run folder; default runs/DATE-MODEL-DATA-sSEED")
    p.add_argument("--resume", metavar="RUN", help="go on where this run folder stopped")
    p.add_argument("--quiet", action="store_true", help="print nothing but errors")
    p.set_defaults(run=run)


_GIVEN = ("model", "data", "data_dir", "epochs", "latent", "seed", "device", "likelihood", "beta")
_MAY_CHANGE = ("epochs", "device", "data_dir")


def run(arguments):
    if "" in (arguments.out, arguments.resume):
        raise UsageError("--out and --resume take the name of a folder, got nothing")
    training = _new(arguments) if arguments.resume is None else _resumed(arguments)
    say = (lambda *text: None) if arguments.quiet else functools.partial(print, flush=True)
    settings = training.settings
    say(f"{settings.model} on {settings.data}: {training.split.train.description}")
    noun = training.split.train.noun
    held_out = len(training.validation_images)
    choice = f"{held_out:,} to choose the best weights, " if held_out else ""
    say(f"{len(training.train_images):,} {noun} to train, {choice}"
        f"{len(training.split.test):,} to test; {training.objective.about}")
    if settings.bits:
        say(f"pixels are binarised at {settings.threshold}: "
            "a Bernoulli is a distribution over 0 and 1")
    say(f"writing to {training.folder}")
    interrupted = _train(training, say, arguments.quiet)
    if interrupted:
        say(f"stopped after step {training.step}; "
            f"go on with: scratchgen train --resume {training.folder}")
        return 130
    try:
        numbers, page = runs.write_report(training.folder, frames_bar(arguments.quiet))
    except KeyboardInterrupt:
        say("the training is whole, its report is not; write it with: scratchgen report "
            f"{training.folder}")
        return 130
    for text in numbers:
        say(text)
    say(f"report: {page}")
    return 0


def _new(arguments):
    given = {name: getattr(arguments, name) for name in _GIVEN
             if getattr(arguments, name) is not None}
    if arguments.model is None:
        raise UsageError(f"train what? one of {', '.join(MODELS)}")
    if arguments.model not in MODELS:
        raise UsageError(f"there is no model {arguments.model!r}: "
                         f"choose one of {', '.join(MODELS)}")
    with wrong_choices():
        others = runs.Settings.parse(parse_assignments(arguments.set))
    if twice := given.keys() & others.keys():
        raise UsageError(f"what --set says of {', '.join(sorted(twice))} was said before: "
                         "leave one of them out")
    given |= others
    require_files(given.get("data", "digits"), given.get("data_dir"))
    with wrong_choices():
        settings = runs.Settings(**given)
        runs.use_device(settings.device)
        training = runs.Training(settings)
    try:
        training.folder = runs.create(settings, arguments.out)
    except (OSError, ValueError) as error:      # a ValueError: "/" has no name to add a number to
        raise UsageError(f"cannot write the run folder: {error}") from None
    return training


def _resumed(arguments):
    ignored = [name for name in _GIVEN if name not in ("model", *_MAY_CHANGE)
               and getattr(arguments, name) is not None]
    if ignored or arguments.set or arguments.out:
        names = ", ".join("--" + n.replace("_", "-") for n in ignored) or "--set or --out"
        raise UsageError("a resumed run keeps its settings (--epochs, --device and --data-dir may "
                         f"change): leave out {names}")
    with wrong_choices():
        training = runs.resume(run_of_files(arguments.resume, arguments.data_dir),
                               epochs=arguments.epochs, device=arguments.device,
                               data_dir=arguments.data_dir)
    if arguments.model not in (None, training.settings.model):
        raise UsageError(f"{arguments.resume} holds a model {training.settings.model!r}, "
                         f"not {arguments.model!r}")
    return training


def _train(training, say, quiet):
    """Run the epochs with a bar on a terminal and a line an epoch; True if it was interrupted."""
    from tqdm import tqdm
    total = training.settings.epochs
    with _interrupts_stop(training) as interrupted, \
            tqdm(total=total, initial=training.epoch, unit="epoch", leave=False,
                 disable=True if quiet else None, dynamic_ncols=True) as bar:
        first, began = training.epoch, training.seconds
        for row in training.epochs():
            bar.update()
            done = row["epoch"] - first
            eta = (row["seconds"] - began) / done * (total - row["epoch"])
            numbers = f"{training.objective.line(row)} {training.objective.unit}".rstrip()
            text = (f"epoch {row['epoch']:{len(str(total))}}/{total}  {numbers}"
                    f"  {row['seconds']:6.1f} s  eta {eta:5.1f} s")
            if bar.disable:
                say(text)
            else:
                bar.set_postfix_str(numbers)
    if training.epoch < total and not interrupted:
        say(f"done after {training.epoch} epochs: one more would gain next to nothing")
    return bool(interrupted)


@contextlib.contextmanager
def _interrupts_stop(training):
    """Ctrl-C and SIGTERM end the training after the current step; a second one ends the program."""
    received = []
    if threading.current_thread() is not threading.main_thread():
        yield received
        return

    def handle(number, frame):
        received.append(number)
        training.stop()
        signal.signal(number, before[number])

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
