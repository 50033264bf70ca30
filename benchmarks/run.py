"""Running a command from start to end: the document that results are."""
import datetime
import time

from . import machine, plan, results, rounds, statistics
from .contenders import CONTENDERS
from .process import Gone, Process
from .team import Team
from .workloads import CASES

SECONDS = 0.06              # of each contender in each round
MEMORY_CASES, MEMORY_STEPS = ("vae", "dcgan"), 30


def run(command, *, peers=(), threads=(1,), repeat=25, sweep=True, quick=False, progress):
    """Measure; the document that `results` describes.

    The curve over sizes is taken at the first number of threads, the comparison at all of them.
    `progress(text, done, total)` is told of every case.  Interrupted by Ctrl-C it raises
    `Interrupted`, which carries what there is so far.
    """
    began = time.monotonic()
    seats, missing, notes = plan.seats(command, peers)
    baseline = plan.baseline(seats)
    document = {
        "schema": results.SCHEMA, "version": results.VERSION, "command": command,
        "line": machine.command_line(), "minutes": 0.0, "complete": False,
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": machine.describe(),
        "method": {"rounds": repeat, "seconds_a_round": _seconds(quick), "baseline": list(baseline),
                   "threads": list(threads), "tolerance": statistics.TOLERANCE, "quick": quick,
                   "notes": notes},
        "contenders": {name: {"about": CONTENDERS[name].about, "missing": reason}
                       for name, reason in missing.items()},
        "control": [], "rows": []}
    try:
        if command == "memory":
            _memory(seats, threads[0], quick, document, progress)
        else:
            for count in threads:
                some = plan.items(command, repeat=repeat, quick=quick,
                                  sweep=sweep and count == threads[0])
                _timed(seats, count, some, baseline, document, progress)
        document["complete"] = True
    except KeyboardInterrupt:
        raise Interrupted(document) from None
    finally:
        document["minutes"] = round((time.monotonic() - began) / 60, 2)
    return document


class Interrupted(KeyboardInterrupt):
    """Ctrl-C; `document` holds what was measured before."""

    def __init__(self, document):
        super().__init__()
        self.document = document


def _seconds(quick):
    return 0.004 if quick else SECONDS


def _timed(seats, threads, items, baseline, document, progress):
    """Add the rows of all items at one number of threads; of those that were done if interrupted.
    """
    measured = []
    try:
        with Team(seats, threads) as team:
            _introduce(team, document)
            for number, item in enumerate(items):
                progress(f"{item.case} {item.size:,}, {threads} thread{'s' * (threads > 1)}",
                         number, len(items))
                measured.append(rounds.measure(
                    team, item.suite, item.case, item.size, rounds=item.rounds,
                    seconds=document["method"]["seconds_a_round"]))
    finally:
        readings = [reading for _, control in measured for reading in control]
        if readings:
            usual = statistics.summary(readings)
            slow = sum(reading > statistics.TOLERANCE * usual["median"] for reading in readings)
            document["control"].append({"threads": threads, **usual, "readings": len(readings),
                                        "disturbed": slow})
            for rows, control in measured:
                rounds.judge(rows, control, usual["median"], baseline)
                document["rows"] += rows


def _introduce(team, document):
    """Who is there, in which version, with which linear algebra; who did not start, and why."""
    for seat in team.seats:
        about = document["contenders"].setdefault(seat[0], {"about": CONTENDERS[seat[0]].about})
        if seat in team.ready:
            blas = team.ready[seat]["blas"]
            before = about.get("blas", blas)            # with another number of threads
            about |= {"version": team.ready[seat]["ready"],
                      "blas": before if blas in before else f"{before}; {blas}"}
        elif seat[1] == "cpu":
            about["missing"] = team.absent[seat]
        else:
            document["method"]["notes"].append(f"{seat[0]} on the GPU: {team.absent[seat]}")


def _memory(seats, threads, quick, document, progress):
    """Add the rows of `bench memory`: each contender and workload in a process of its own."""
    work = [(name, seat) for name in MEMORY_CASES for seat in seats]
    for number, (name, seat) in enumerate(work):
        size = 8 if quick else CASES[name].size
        progress(f"{name} {size}, {seat[0]}", number, len(work))
        row = {"suite": "steps", "case": name, "size": size, "unit": "batch", "headline": True,
               "threads": threads, "contender": seat[0], "device": "cpu", "status": "measured"}
        process = Process(seat[0], threads)
        try:
            ready = process.wait_until_ready()
            answer = process.ask(train=[name, size, 3 if quick else MEMORY_STEPS])
        except Gone as error:
            answer, ready = {"failed": str(error)}, {"ready": "unknown", "blas": "unknown"}
        finally:
            process.close()
        document["contenders"].setdefault(seat[0], {
            "about": CONTENDERS[seat[0]].about, "version": ready["ready"], "blas": ready["blas"]})
        if "peak" in answer and answer["peak"] is None:
            answer = {"failed": "this system does not tell the peak of a process's memory"}
        if "peak" in answer:
            row |= answer
        else:
            row["status"], row["reason"] = next(iter(answer.items()))
        document["rows"].append(row)
