"""Measuring one case: contenders in turn, round by round, between readings of the control."""
import math

from . import statistics
from .suites import SUITES

AGREE = 1e-3            # losses in float32 after three steps, relative


def measure(team, suite, name, size, *, rounds, seconds):
    """One row of results for each contender.

    Each makes the case ready and warms up, takes as many calls a round as fit into `seconds`, and
    is then timed once a round, the order turning from round to round.
    """
    rows = {seat: _row(team, seat, suite, name, size) for seat in team.seats}
    reference = None
    for seat, row in rows.items():
        answer = team.ask(seat, make=[suite, name, size])
        if "made" not in answer:
            row["status"], row["reason"] = next(iter(answer.items()))
            continue
        reference = answer["made"] if reference is None else reference
        if not agree(answer["made"], reference):
            row["status"] = "differs"
            row["reason"] = (f"its losses are {_short(answer['made'])}, "
                             f"not {_short(reference)}: it computes something else")
            continue
        answer = team.ask(seat, calibrate=seconds)
        if "calls" in answer:
            row["calls"], row["seconds"] = answer["calls"], []
        else:
            row["status"], row["reason"] = "failed", answer["failed"]

    control = [team.control()]
    for number in range(rounds):
        playing = [seat for seat in rows if rows[seat]["status"] == "measured"]
        first = number % max(1, len(playing))
        for seat in playing[first:] + playing[:first]:
            answer = team.ask(seat, run=rows[seat]["calls"])
            if "seconds" in answer:
                rows[seat]["seconds"].append(answer["seconds"])
            else:
                rows[seat]["status"], rows[seat]["reason"] = "failed", answer["failed"]
                rows[seat].pop("seconds")
        control.append(team.control())
    return list(rows.values()), control


def _row(team, seat, suite, name, size):
    return {"suite": suite, "case": name, "size": size, "unit": SUITES[suite].CASES[name].unit,
            "headline": size == SUITES[suite].CASES[name].size, "threads": team.threads,
            "contender": seat[0], "device": seat[1], "status": "measured"}


def agree(losses, reference):
    """Whether two contenders computed the same numbers; nothing to compare counts as yes."""
    return len(losses) == len(reference) and all(
        math.isclose(a, b, rel_tol=AGREE, abs_tol=AGREE) for a, b in zip(losses, reference))


def _short(losses):
    return " ".join(f"{loss:.4g}" for loss in losses[:3])


def judge(rows, control, usual, baseline):
    """Drop the rounds in which the machine was disturbed, then summarise what is left.

    Fewer than three quiet rounds are too few: then all are kept, and the rows say so.
    """
    bad = statistics.disturbed(control, usual)
    noisy = len(bad) - sum(bad) < min(3, len(bad))
    kept = [True] * len(bad) if noisy else [not disturbed for disturbed in bad]
    measured = [row for row in rows if row["status"] == "measured"]
    for row in measured:
        row["seconds"] = [s for s, keep in zip(row["seconds"], kept) if keep]
        row |= {"rounds": len(bad), "discarded": kept.count(False), "noisy": noisy}
        row |= statistics.summary(row["seconds"])
    base = next((row for row in measured
                 if (row["contender"], row["device"]) == tuple(baseline)), None)
    for row in measured:
        if base is not None:
            row["ratio"] = statistics.ratio(row["seconds"], base["seconds"])
