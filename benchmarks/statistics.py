"""Medians, quartiles, ratios of what was measured side by side, and which rounds do not count."""
import math
import statistics

TOLERANCE = 1.15            # a control that took this many times its median was disturbed


def summary(values):
    """{"median", "lower", "upper"}: half of all values lie between the quartiles."""
    values = sorted(values)
    if not values:
        raise ValueError("no values to summarise: every round was discarded")
    if len(values) == 1:
        return {"median": values[0], "lower": values[0], "upper": values[0]}
    lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
    return {"median": median, "lower": lower, "upper": upper}


def ratio(seconds, baseline):
    """The summary of the round-by-round ratios: what slows both for a while cancels.

    Not the ratio of the medians, which may stem from different rounds.
    """
    if len(seconds) != len(baseline):
        raise ValueError(f"ratios are taken round by round, got {len(seconds)} rounds of one and "
                         f"{len(baseline)} of the other")
    return summary([a / b for a, b in zip(seconds, baseline)])


def disturbed(control, usual):
    """For each round, whether the machine was busy with something else.

    `control` holds the seconds that the same NumPy work took before and after each round, so it is
    one longer than the rounds; `usual` is their median over the whole run.
    """
    slow = [seconds > TOLERANCE * usual for seconds in control]
    return [before or after for before, after in zip(slow, slow[1:])]


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(value) for value in values))


def crossover(sizes, first, second):
    """The smallest size from which on `second` takes less time than `first`; None if never.

    "From which on": a size counts only if all larger ones that were measured do.
    """
    found = None
    for size, a, b in sorted(zip(sizes, first, second), reverse=True):
        if b >= a:
            break
        found = size
    return found
