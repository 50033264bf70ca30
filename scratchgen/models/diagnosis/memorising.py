"""Does a sampler make new examples, or does it replay those that it was trained on?"""
import math
from typing import NamedTuple

from ... import backend
from ...autodiff import ops
from ...distributions import Estimate
from ...elbo.estimates import FALSE_ALARM_RATE, critical_value
from ..outliers import auroc
from .neighbours import nearest
from .sampler import finite_rows, same_width

CLOSE = 0.05            # of held-out examples are closer to a training example than "close"


class Memorising(NamedTuple):
    """ "memorised", "not memorised" or "undecided", and on what evidence."""

    verdict: str
    evidence: str
    close: Estimate         # share of samples closer than all but 5 % of held-out examples
    expected: Estimate      # that share, and how it varies, for draws of what the data come from
    closer: Estimate        # P(a sample is closer than a held-out example): 1/2 if nothing is wrong
    copies: float           # share of samples that are training examples, number for number
    distances: tuple        # median distance to the nearest: of samples, of held-out examples

    def __str__(self):
        return f"{self.verdict}: {self.evidence}"


def memorising(source, train, held_out, *, n=1000, rng):
    """Are samples closer to their nearest training example than examples never trained on are?

        print(memorising(gan, train.images, test.images, rng=0))

    Samples of the distribution that the data come from are as far from the training set as held-out
    examples are: that is the yardstick, whatever the distance means.  `source` is a sampler (see
    `draw`), of which n examples are drawn; `train` and `held_out` are examples.

        close       the share of samples that are closer than the k-th closest of M held-out
                    examples, k = 5 % of M + 1.  For draws of the same distribution its mean is
                    k / (M + 1), and its law is that of a Beta-binomial share, exactly
        closer      the share of pairs in which the sample is closer (`auroc`)

    "memorised": one of the two is beyond chance, by the rate of false alarms of this package, 1e-9
    together: the first by its law, which is far from normal where M is small, the second by 6.2
    standard errors.  A few copies among many good samples show in the first, a sampler which
    is a little too close everywhere in the second.  "undecided": there are too few examples for
    even the worst replay to be beyond chance.  "not memorised" says only that samples keep their
    distance, which noise does too; and in pixels an image moved by one pixel is far away.
    """
    x = finite_rows("memorising", source, n, rng=rng)
    train, held_out = (finite_rows("memorising", part, None, rng=None)
                       for part in (train, held_out))
    same_width("memorising", x, train)
    same_width("memorising", held_out, train)
    n, m = x.shape[0], held_out.shape[0]
    if min(n, m) < 2:
        raise ValueError("memorising: one example says nothing about a distribution\n"
                         f"  expected  2 or more\n  got       {n} samples, {m} held out")
    distance, usual = nearest(x, train)[1], nearest(held_out, train)[1]
    k = max(1, int(CLOSE * (m + 1)))
    space = backend.namespace(x)
    count = int(ops.sum(ops.astype(distance < space.sort(usual)[k - 1], "int64")))
    share = count / n
    expected = _share_below(k, m, n)
    closer = 1.0 - auroc(usual, distance).value                 # ties count half
    ranks = math.sqrt((n + m + 1) / (12 * n * m))               # of Mann and Whitney, without ties
    copies = float(ops.mean(ops.astype(distance == 0, "float64")))
    medians = _median(distance), _median(usual)
    z, rare = critical_value(2), FALSE_ALARM_RATE / 2
    beyond = _at_least(count, k, m, n) <= rare or closer - 0.5 > z * ranks
    could = _at_least(n, k, m, n) <= rare or 0.5 > z * ranks
    verdict = "memorised" if beyond else "not memorised" if could else "undecided"
    evidence = (f"{100 * share:.1f} % of {n:,} samples are closer to a training example than all "
                f"but {100 * expected.value:.1f} % of {m:,} held-out ones (chance: +- "
                f"{100 * expected.standard_error:.1f}); {100 * copies:.1f} % are copies; median "
                f"distance {medians[0]:.3g}, held out {medians[1]:.3g}")
    return Memorising(verdict, evidence, Estimate(share, math.sqrt(share * (1 - share) / n)),
                      expected, Estimate(closer, ranks), copies, medians)


def _share_below(k, m, n):
    """Of n draws, the share below the k-th smallest of m others of the same continuous law.

    The probability u below that one is Beta(k, m + 1 - k), whatever the law; given u the share has
    variance u (1 - u) / n.   -> Estimate, of mean k / (m + 1)
    """
    mean = k / (m + 1)
    of_u = mean * (1 - mean) / (m + 2)
    return Estimate(mean, math.sqrt(of_u + (mean * (1 - mean) - of_u) / n))


def _at_least(count, k, m, n):
    """P(`count` or more of n draws are below the k-th smallest of m others of the same law).

    Of the C(n + m, n) orders of all, each as likely, those with j below have j among the first
    j + k - 1, and n - j among the last n - j + m - k.
    """
    return math.fsum(math.exp(_log_choose(j + k - 1, j) + _log_choose(n - j + m - k, n - j)
                              - _log_choose(n + m, n)) for j in range(count, n + 1))


def _log_choose(a, b):
    """log of a! / (b! (a - b)!)"""
    return math.lgamma(a + 1) - math.lgamma(b + 1) - math.lgamma(a - b + 1)


def _median(values):
    ranked = backend.namespace(values).sort(values)
    return float(ranked[(len(ranked) - 1) // 2] + ranked[len(ranked) // 2]) / 2
