"""Plant a mistake in a copy of the package and run the test that must notice it."""
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from . import MUTATIONS

ROOT = Path(__file__).parents[2]
PASSED, FAILED = 0, 1                       # pytest's exit codes; 2 and above: the test did not run


def place(mutation, root=ROOT):
    """The file of the package that holds the text to spoil; LookupError unless it is there once."""
    counts = {file: file.read_text().count(mutation.right)
              for file in sorted((root / "scratchgen").rglob("*.py"))}
    if sum(counts.values()) != 1:
        raise LookupError(f"{mutation.name}: the package holds {sum(counts.values())} times, "
                          f"not once, the text {mutation.right!r}")
    return max(counts, key=counts.get)


@contextmanager
def copied():
    """A folder with a copy of the package and its tests."""
    with tempfile.TemporaryDirectory() as name:
        folder, unused = Path(name), shutil.ignore_patterns("__pycache__")
        for part in ("scratchgen", "tests"):
            shutil.copytree(ROOT / part, folder / part, ignore=unused)
        shutil.copy(ROOT / "setup.cfg", folder)
        yield folder


def run(tests, folder):
    """(exit code, output) of pytest on these tests of the copy in `folder`."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=folder, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
                          capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def outcome(mutation, folder):
    """(exit code, output) of the mutation's test with the mistake in place, which is then mended.
    """
    file = place(mutation, folder)
    text = file.read_text()
    file.write_text(text.replace(mutation.right, mutation.wrong))
    try:
        return run([mutation.test], folder)
    finally:
        file.write_text(text)


def outcome_without(folder):
    """(exit code, output) of all the named tests on the untouched copy."""
    return run(sorted({mutation.test for mutation in MUTATIONS}), folder)
