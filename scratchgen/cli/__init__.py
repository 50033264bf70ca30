"""scratchgen train | sample | report | explain | explore | lesson | data | bench | doctor

Exit codes: 0 done, 1 it failed, 2 it was asked for something that does not exist, 130 interrupted.
"""
import argparse
import os
import sys

from .._version import __version__
from ..errors import BackendError, CheckpointError, DataError, GradientError, ShapeError
from . import bench, data, doctor, explain, explore, lesson, report, sample, train
from .usage import UsageError

_COMMANDS = (train, sample, report, explain, explore, lesson, data, bench, doctor)
_FAILURES = (BackendError, CheckpointError, DataError, GradientError, ShapeError, ArithmeticError,
             OSError, ImportError)


class _Parser(argparse.ArgumentParser):
    """argparse, with refusals on one line that name the help of the command they come from."""

    def parse_known_args(self, args=None, namespace=None):
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown

    def error(self, message):
        raise UsageError(f"{message}; see {self.prog} --help")


def parser():
    """The command line as argparse sees it."""
    top = _Parser(
        prog="scratchgen", description="Generative modelling from nothing but an array library, "
        "with the mathematics checked.")
    top.add_argument("--version", action="version", version=f"scratchgen {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for module in _COMMANDS:
        module.add_to(commands)
    return top


def main(argv=None):
    """Run one command and return its exit code."""
    _take_any_terminal()
    try:
        arguments = parser().parse_args(argv)
        return arguments.run(arguments) or 0
    except SystemExit as stop:                  # --help and --version
        return stop.code
    except UsageError as error:
        return _say(error, 2)
    except KeyboardInterrupt:
        return _say("interrupted", 130)
    except BrokenPipeError:                     # `scratchgen data list | head`
        sys.stderr.close()
        return 1                                # as after `scratchgen train vae | head`: not done
    except MemoryError as error:                # a width with a few digits too many
        return _say(f"there is not enough memory: {error}", 1)
    except ModuleNotFoundError as error:
        return _say(f"{error}\n  hint      scratchgen doctor   says what is missing", 1)
    except _FAILURES as error:
        return _say(error, 1)


def _take_any_terminal():
    """What cannot be written in the terminal's letters is escaped, streams that were closed are
    nobody's, and figures are files, whatever a notebook wants of those of its own kernel.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:                      # `scratchgen ... 2>&-`
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if os.environ.get("MPLBACKEND", "").startswith("module://"):
        del os.environ["MPLBACKEND"]            # it need not be installed where this runs


def _say(error, code):
    print(f"scratchgen: {error}", file=sys.stderr)
    return code
