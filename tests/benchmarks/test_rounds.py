"""Rounds, against a team that answers from a script: no process, no clock."""
import pytest

from benchmarks import rounds

SEATS = [("scratchgen", "cpu"), ("torch", "cpu"), ("dezero", "cpu")]


class Script:
    """Contenders that take these seconds a round, and a control that does what it is told."""

    threads = 1

    def __init__(self, seconds, control=(), **answers):
        self.seats, self.seconds, self.answers = SEATS, dict(zip(SEATS, seconds)), answers
        self.readings, self.asked = list(control), []

    def control(self):
        return self.readings.pop(0) if self.readings else 1.0

    def ask(self, seat, **request):
        (kind, _), = request.items()
        scripted = self.answers.get(seat[0], {})
        if kind == "run":
            self.asked.append(seat[0])
            if self.asked.count(seat[0]) == scripted.get("dies in round"):
                return {"failed": "its process was ended by signal 9"}
            return {"seconds": self.seconds[seat].pop(0)}
        return scripted.get(kind) or {"make": {"made": [1.0, 0.5]}, "calibrate": {"calls": 7}}[kind]


def constant(seconds):
    return [[second] * 20 for second in seconds]


def measured(script, n=4):
    rows, control = rounds.measure(script, "steps", "vae", 128, rounds=n, seconds=0.1)
    rounds.judge(rows, control, 1.0, ("torch", "cpu"))
    return {found["contender"]: found for found in rows}


def test_every_contender_is_timed_once_a_round_and_none_always_first():
    script = Script(constant([1, 2, 4]))
    rows = measured(script)
    first, names = script.asked[::3], [name for name, _ in SEATS]
    assert all(sorted(script.asked[i:i + 3]) == sorted(names) for i in range(0, 12, 3))
    assert set(first) == set(names)
    assert [rows[name]["ratio"]["median"] for name in names] == [0.5, 1, 2]
    assert rows["torch"]["calls"] == 7 and rows["torch"]["headline"]


def test_rounds_beside_a_disturbed_control_are_dropped_for_all_and_counted():
    seconds = [[1, 1, 50, 1, 1, 1], [2, 2, 60, 2, 2, 2], [4] * 6]
    rows = measured(Script(seconds, control=[1, 1, 1, 1.5, 1, 1, 1]), n=6)
    assert [found["discarded"] for found in rows.values()] == [2, 2, 2]
    assert rows["scratchgen"]["seconds"] == [1] * 4 and not rows["scratchgen"]["noisy"]


def test_with_hardly_a_quiet_round_all_are_kept_and_marked():
    rows = measured(Script(constant([1, 2, 4]), control=[1, 2, 1, 2, 1]))
    assert all(found["noisy"] and found["discarded"] == 0 for found in rows.values())
    assert len(rows["torch"]["seconds"]) == 4


def test_a_contender_that_computes_something_else_is_not_timed():
    script = Script(constant([1, 2, 4]), dezero={"make": {"made": [1.0, 0.6]}})
    found = measured(script)["dezero"]
    assert found["status"] == "differs" and "1 0.6, not 1 0.5" in found["reason"]
    assert "dezero" not in script.asked


@pytest.mark.parametrize("answer, status", [
    ({"lacks": "dezero has no vae"}, "lacks"), ({"failed": "MemoryError: "}, "failed")])
def test_what_a_contender_lacks_or_cannot_do_is_said(answer, status):
    found = measured(Script(constant([1, 2, 4]), dezero={"make": answer}))["dezero"]
    assert found["status"] == status and found["reason"] == next(iter(answer.values()))


def test_a_contender_that_dies_leaves_the_others_to_go_on():
    rows = measured(Script(constant([1, 2, 4]), dezero={"dies in round": 2}))
    assert rows["dezero"]["status"] == "failed" and "signal 9" in rows["dezero"]["reason"]
    assert "seconds" not in rows["dezero"]
    assert rows["scratchgen"]["ratio"]["median"] == 0.5


def test_without_the_baseline_there_are_times_and_no_ratios():
    rows = measured(Script(constant([1, 2, 4]), torch={"make": {"failed": "no"}}))
    assert rows["scratchgen"]["median"] == 1 and "ratio" not in rows["scratchgen"]


def test_losses_agree_to_a_thousandth():
    assert rounds.agree([], []) and rounds.agree([100.0], [100.05])
    assert not rounds.agree([100.0], [100.5]) and not rounds.agree([1.0], [1.0, 2.0])
    assert not rounds.agree([float("nan")], [1.0])
