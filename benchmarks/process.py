"""A contender's process as seen from outside: questions and answers through a pipe."""
import contextlib
import json
import subprocess
import sys
import tempfile

from .contenders import ROOT, environment


class Gone(RuntimeError):
    """The process of a contender ended, or answered nonsense; the message says how."""


class Process:
    """Starts `python -m benchmarks.child`, in a session of its own.

    Ctrl-C reaches this process alone, which then ends the others: none is left behind.
    """

    def __init__(self, name, threads, command=None):
        self.name = name
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            command or [sys.executable, "-m", "benchmarks.child", name, str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, cwd=ROOT,
            env=environment(threads), start_new_session=True, text=True, encoding="utf-8")
        self.ready = None

    def wait_until_ready(self):
        """Its version, once the library is loaded."""
        self.ready = self._answer()
        return self.ready["ready"]

    def ask(self, **request):
        """The answer to one request; Gone if the process is."""
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except OSError:
            raise Gone(self._obituary()) from None
        return self._answer()

    def _answer(self):
        line = self._process.stdout.readline()
        if not line.endswith("\n"):
            raise Gone(self._obituary())
        return json.loads(line)

    def _obituary(self):
        """How it ended, and its last words."""
        code = self._process.wait()
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        self._errors.seek(0)
        words = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        return f"its process {how}" + (f": {words[-1]}" if words else "")

    def close(self):
        """End it, at once."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            with contextlib.suppress(OSError):          # what was not yet sent is of no interest
                stream.close()


@contextlib.contextmanager
def started(names, threads):
    """{name: Process} of all contenders, and {name: reason} of those that did not start."""
    processes, failed = {}, {}
    try:
        for name in names:
            processes[name] = Process(name, threads)
        for name in list(processes):
            try:
                processes[name].wait_until_ready()
            except Gone as error:
                failed[name] = str(error)
                processes.pop(name).close()
        yield processes, failed
    finally:
        for process in processes.values():
            process.close()
