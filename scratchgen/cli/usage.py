"""Turning what was typed into values, refusing it in one line that names the choice; a bar."""
import contextlib

from .. import runs
from ..data import NAMES, SOURCES


class UsageError(Exception):
    """What was asked for does not exist; the message names what does."""


def parse_assignments(pairs):
    """["lr=0.01", "hidden=512,256"] -> {"lr": "0.01", "hidden": "512,256"}"""
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise UsageError(f"--set takes NAME=VALUE, got {pair!r}")
        found[name.strip()] = value.strip()
    return found


def refuse(error):
    """A ValueError of the library as a UsageError on one line."""
    lines = [" ".join(line.split()) for line in str(error).splitlines()]
    return UsageError("; ".join(lines))


@contextlib.contextmanager
def wrong_choices():
    """A plain ValueError inside is a wrong choice; a damaged file, which is one too, a failure."""
    try:
        yield
    except ValueError as error:
        if type(error) is not ValueError:
            raise
        raise refuse(error) from None


def existing_run(name):
    """The run folder that was named, or a UsageError if there is none."""
    try:
        return runs.require_run(name)
    except FileNotFoundError as error:
        raise refuse(error) from None


def require_files(data, data_dir):
    """A folder of files is of use to a data set that is read from files, and to no other one."""
    if data_dir is not None and data in set(NAMES) - set(SOURCES):
        raise UsageError(f"--data-dir holds the files of --data {' or '.join(SOURCES)}, and the "
                         f"data set here, {data}, is not read from files")


def run_of_files(name, data_dir):
    """The run folder that was named; a UsageError too if a folder of files is of no use to it."""
    folder = existing_run(name)
    if data_dir is not None:
        require_files(runs.Settings.of_run(folder)[0].data, data_dir)
    return folder


def frames_bar(quiet=False):
    """progress(frames, total) for `runs.write_report`: a bar on a terminal, elsewhere nothing."""
    def progress(frames, total):
        from tqdm import tqdm
        return tqdm(frames, total=total, unit="frame", desc="animation", leave=False,
                    disable=True if quiet else None, dynamic_ncols=True)
    return progress
