"""A contender's process as seen from outside: questions and answers through a pipe."""
import contextlib
import json
import signal
import subprocess
import sys
import tempfile

from .contenders import ROOT, environment


class Gone(RuntimeError):
    """The process of a contender ended; the message says how."""


class Process:
    """`python -m benchmarks.child NAME THREADS DEVICE`, in a session of its own.

    Ctrl-C therefore reaches only the process that measures, which ends the others.  Between its
    turns it is stopped: threads that wait for work wait in a loop, for a tenth of a second and
    more, on cores that the next contender needs.
    """

    def __init__(self, name, threads, device="cpu"):
        self.name = name
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.child", name, str(threads), device],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, cwd=ROOT,
            env=environment(threads), start_new_session=True, text=True, encoding="utf-8")
        self.pid = self._process.pid

    def wait_until_ready(self):
        """What it says once the library is loaded: {"ready": version, ...}"""
        answer = self._answer()
        self._stop()
        return answer

    def ask(self, **request):
        """The answer to one request; Gone if the process is."""
        self._go_on()
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except OSError:
            raise Gone(self._obituary()) from None
        answer = self._answer()
        self._stop()
        return answer

    def _stop(self):
        if hasattr(signal, "SIGSTOP"):
            self._process.send_signal(signal.SIGSTOP)

    def _go_on(self):
        if hasattr(signal, "SIGCONT"):
            self._process.send_signal(signal.SIGCONT)

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
