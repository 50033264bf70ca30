"""scratchgen train | sample | report | explain | explore | lesson | data | bench | doctor

Exit codes: 0 done, 1 it failed, 2 it was asked for something that does not exist, 130 interrupted.
"""
import argparse
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
        return 0
    except MemoryError as error:                # a width with a few digits too many
        return _say(f"there is not enough memory: {error}", 1)
    except _FAILURES as error:
        return _say(error, 1)


def _say(error, code):
    print(f"scratchgen: {error}", file=sys.stderr)
    return code
