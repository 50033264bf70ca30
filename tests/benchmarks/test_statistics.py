"""Medians of ratios, which rounds do not count, from which size on something wins."""
import pytest

from benchmarks import statistics


def test_a_summary_is_the_median_and_the_quartiles():
    assert statistics.summary([5, 1, 4, 2, 3]) == {"median": 3, "lower": 2, "upper": 4}
    assert statistics.summary([7.0]) == {"median": 7, "lower": 7, "upper": 7}
    with pytest.raises(ValueError, match="every round was discarded"):
        statistics.summary([])


def test_ratios_are_taken_round_by_round_and_not_of_the_medians():
    """The machine slows down threefold from the third round on: both contenders alike."""
    ours, theirs = [1, 1, 3, 3, 3], [2, 2, 6, 6, 6]
    assert statistics.ratio(ours, theirs) == {"median": 0.5, "lower": 0.5, "upper": 0.5}
    ours, theirs = [1, 9, 10], [10, 3, 9]
    assert statistics.ratio(ours, theirs)["median"] == pytest.approx(10 / 9)      # not 9 / 9
    with pytest.raises(ValueError, match="3 rounds of one and 2"):
        statistics.ratio([1, 2, 3], [1, 2])


def test_a_round_is_disturbed_if_the_control_before_or_after_it_was():
    control = [1, 1.0, 1.2, 1.0, 1.1, 1.1]
    assert statistics.disturbed(control, usual=1) == [False, True, True, False, False]


def test_the_geometric_mean_of_a_ratio_and_its_inverse_is_one():
    assert statistics.geometric_mean([4, 0.25]) == pytest.approx(1)


@pytest.mark.parametrize("cpu, gpu, found", [
    ([1, 2, 9], [3, 3, 3], 100), ([1, 4, 9], [3, 3, 3], 10), ([5, 5, 5], [3, 3, 3], 1),
    ([1, 1, 1], [3, 3, 3], None),
    ([4, 1, 9], [3, 3, 3], 100)])           # a lucky small size is not "from there on"
def test_the_crossover_is_where_the_second_wins_at_that_and_every_larger_size(cpu, gpu, found):
    assert statistics.crossover([1, 10, 100], cpu, gpu) == found
    assert statistics.crossover([100, 1, 10], cpu[2:] + cpu[:2], gpu[2:] + gpu[:2]) == found
