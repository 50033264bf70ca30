"""The processes of all contenders at one number of threads, and the control beside them."""
from .process import Gone, Process

CONTROL_SECONDS = 0.008


class Team:
    """`with Team(seats, threads) as team:` all are started once and ended together.

    seats       [(contender, device), ...]
    ready       {seat: what it said when it was}
    absent      {seat: why it did not start}
    """

    def __init__(self, seats, threads):
        self.seats, self.threads = list(seats), threads
        self.ready, self.absent, self._processes = {}, {}, {}

    def __enter__(self):
        try:
            waiting = {seat: Process(seat[0], self.threads, seat[1]) for seat in self.seats}
            self._processes = dict(waiting)
            for seat, process in waiting.items():
                self._await(seat, process)
            self._control = self._processes["control"] = Process("numpy", self.threads)
            self._control.wait_until_ready()
            self._control.ask(make=["control", "control", 256])
            self._calls = self._control.ask(calibrate=CONTROL_SECONDS)["calls"]
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        for process in self._processes.values():
            process.close()

    def control(self):
        """Seconds of the control, now."""
        return self._control.ask(run=self._calls)["seconds"]

    def ask(self, seat, **request):
        """A contender's answer; {"failed": reason} if its process is gone, and then a new one."""
        if seat in self.absent:
            return {"failed": self.absent[seat]}
        try:
            return self._processes[seat].ask(**request)
        except Gone as error:
            self._processes[seat].close()
            self._processes[seat] = Process(seat[0], self.threads, seat[1])
            self._await(seat, self._processes[seat])
            return {"failed": str(error)}

    def pids(self):
        return [process.pid for process in self._processes.values()]

    def _await(self, seat, process):
        try:
            self.ready[seat] = process.wait_until_ready()
        except Gone as error:
            self.absent[seat] = str(error)
