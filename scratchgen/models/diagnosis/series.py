"""What a series of numbers does: settles, grows, swings, or is only noisy.  Lists of floats."""
import math
from statistics import fmean, median

SWING = 0.07            # standard deviation, as a share of the scale: a sine from -0.1 to 0.1
NOISE = 2.0             # von Neumann's ratio of independent numbers
_LAGS = (1, 2, 3)
_GROWTH, _STILL = 100.0, 2.0


def quarters(values):
    """The series in four parts of about equal length, in order."""
    n = len(values)
    return [values[n * i // 4:n * (i + 1) // 4] for i in range(4)]


def deviation(values):
    """The standard deviation about the mean."""
    middle = fmean(values)
    return math.sqrt(fmean((v - middle) ** 2 for v in values))


def von_neumann_ratio(values, lag=1):
    """Mean square of the differences `lag` steps apart over the variance (von Neumann 1941).

    2 for n independent numbers, with a standard error of about 2 / sqrt(n); 0 for a slow motion, 4
    for one that jumps back and forth at each step: 4 sin^2(pi lag / P) for a sine of period P,
    below 1 for P > 6 lag.  Noise of the same variance as the motion brings it half of the way to 2.
    """
    variance = deviation(values) ** 2
    steps = fmean((b - a) ** 2 for a, b in zip(values, values[lag:]))
    return steps / variance if variance > 0 else NOISE


def moves(values, scale=1.0):
    """Does the second half move by much, and in a way that noise does not?

        much        its deviation is more than 7 % of `scale`, in its last half too
        motion      one, two or three steps apart von Neumann's ratio is below 1 or above 3, and 4
                    standard errors from that of noise: no period escapes all three
    """
    third, last = quarters(values)[2:]
    both = third + last
    off = max(abs(von_neumann_ratio(both, lag) - NOISE) for lag in _LAGS)
    return (min(deviation(both), deviation(last)) > SWING * scale
            and off > max(1.0, 4 * 2 / math.sqrt(len(both))))


def crossings(values):
    """How often the series crosses its mean."""
    middle = fmean(values)
    above = [v > middle for v in values if v != middle]
    return sum(a != b for a, b in zip(above, above[1:]))


def swings(values, scale=1.0):
    """Does the second half move (see `moves`), to and fro, and without dying out?

        to and fro      it crosses its mean four times at least
        not dying out   the deviation of the last quarter is half of the third quarter's at least
    """
    third, last = quarters(values)[2:]
    return (moves(values, scale) and crossings(third + last) >= 4
            and deviation(last) > 0.5 * deviation(third))


def grows(values):
    """Is the typical size of the last quarter 100 times that of the first, and twice the third's?
    """
    first, _, third, last = (median(map(abs, part)) for part in quarters(values))
    return last > _GROWTH * first and last > _STILL * third
