"""A sampler that replays training data is flagged, held-out data are not."""
import itertools
import math

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import data
from scratchgen.models import memorising
from scratchgen.models.diagnosis.memorising import _at_least, _share_below
from tests.support.backends import xp_backend  # noqa: F401
from tests.support.statistics import assert_estimate


@pytest.fixture(scope="module")
def digits():
    train, test = data.load("digits")
    order = np.random.default_rng(0).permutation(1500)
    return train.images[order[:900]], train.images[order[900:1200]], train.images[order[1200:]]


def test_held_out_examples_are_not_flagged(digits):
    train, held_out, others = digits
    found = memorising(others, train, held_out, rng=None)
    assert found.verdict == "not memorised" and found.copies == 0
    assert_estimate(found.close.value, found.expected.value,
                    standard_error=found.expected.standard_error)
    assert_estimate(found.closer, 0.5)


def test_replayed_examples_are(digits):
    train, held_out, others = digits
    found = memorising(train[:300], train, held_out, rng=None)
    assert found.verdict == "memorised" and found.copies == 1 == found.close.value
    assert found.distances[0] == 0 < found.distances[1]
    assert str(found).startswith("memorised: 100.0 % of 300 samples are closer to a training")
    assert "100.0 % are copies" in found.evidence
    one_in_four = memorising(np.concatenate([train[:100], others]), train, held_out, rng=None)
    assert one_in_four.verdict == "memorised" and one_in_four.copies == 0.25
    nearly = memorising(train[:300] + np.float32(0.01), train, held_out, rng=None)
    assert nearly.verdict == "memorised" and nearly.copies == 0


def test_a_sampler_a_little_too_close_everywhere_is(rng):
    """No sample is unusually close, and still they are closer than they should be."""
    train, held_out = (rng.standard_normal((size, 8)) for size in (400, 600))
    found = memorising(0.8 * rng.standard_normal((600, 8)), train, held_out, rng=None)
    assert found.verdict == "memorised" and found.closer.value > 0.6
    allowed = found.expected.value + 6 * found.expected.standard_error
    assert found.close.value < allowed


@pytest.mark.parametrize("n", [20, 21])
def test_its_distances_are_medians(n, rng):
    train, held_out, samples = rng.normal(size=(30, 3)), rng.normal(size=(25, 3)), \
        rng.normal(size=(n, 3))
    found = memorising(samples, train, held_out, rng=None)
    for x, median in zip((samples, held_out), found.distances):
        distances = np.linalg.norm(x[:, None] - train, axis=2).min(axis=1)
        np.testing.assert_allclose(median, np.median(distances), rtol=1e-6)


def test_noise_keeps_its_distance(digits, rng):
    found = memorising(lambda n, rng: rng.random((n, 64)), *digits[:2], n=200, rng=0)
    assert found.verdict == "not memorised" and found.close.value == 0 and found.closer.value == 0


def test_too_few_to_tell(rng):
    train = rng.standard_normal((50, 3))
    found = memorising(train[:3], train, rng.standard_normal((4, 3)), rng=None)
    assert found.verdict == "undecided" and found.close.value == 1
    with pytest.raises(ValueError, match="2 or more"):
        memorising(train[:1], train, train, rng=None)


def test_the_share_below_a_held_out_one(rng):
    """Its mean and deviation over 20,000 repetitions of uniform distances."""
    k, m, n, repeats = 2, 10, 100, 20_000
    limit = np.sort(rng.random((repeats, m)), axis=1)[:, k - 1:k]
    shares = (rng.random((repeats, n)) < limit).mean(axis=1)
    expected = _share_below(k, m, n)
    assert expected.value == k / (m + 1)
    assert_estimate(shares.mean(), expected.value,
                    standard_error=expected.standard_error / repeats ** 0.5)
    square = (shares - expected.value) ** 2
    assert_estimate(square.mean(), expected.standard_error ** 2,
                    standard_error=square.std() / repeats ** 0.5)


def test_how_often_chance_brings_so_many_close():
    """Counted over all orders of 4 samples (True) and 5 held-out examples."""
    n, m = 4, 5
    orders = [[i in places for i in range(n + m)]
              for places in itertools.combinations(range(n + m), n)]
    for k in range(1, m + 1):
        below = [sum(order[:[i for i, sample in enumerate(order) if not sample][k - 1]])
                 for order in orders]
        for count in range(n + 1):
            share = sum(found >= count for found in below) / math.comb(n + m, n)
            assert _at_least(count, k, m, n) == pytest.approx(share, rel=1e-12)


@pytest.mark.parametrize("close, verdict", [(80, "not memorised"), (180, "memorised")])
def test_few_held_out_examples_leave_much_to_chance(close, verdict, rng):
    """The smallest of 20 distances is above 40 % of all others once in 30,000 times: no evidence,
    although 7 standard deviations away.  Above 90 % it is once in 1e20 times.
    """
    held_out = np.linspace(1.0, 20.0, 20)[:, None]
    samples = np.concatenate([np.full(close, 0.5), np.linspace(15.0, 20.0, 200 - close)])[:, None]
    found = memorising(samples, np.zeros((1, 1)), held_out, rng=None)
    assert found.close.value == close / 200 and found.verdict == verdict
    assert found.close.value > found.expected.value + 7 * found.expected.standard_error


def test_the_error_of_closer_is_that_of_chance(rng):
    """Over 300 repetitions of one law: 1/2 on average, and as spread as it says."""
    found = [memorising(*(rng.standard_normal((size, 2)) for size in (30, 40, 20)), rng=None)
             for _ in range(300)]
    closer = np.array([f.closer.value for f in found])
    error = found[0].closer.standard_error
    # samples share one training set, so their distances are independent given it
    assert_estimate(closer.mean(), 0.5, standard_error=error / 300 ** 0.5)
    assert closer.std() == pytest.approx(error, rel=6 / 600 ** 0.5)
    assert {f.verdict for f in found} <= {"not memorised", "undecided"}


def test_copies_among_held_out_bits_are_no_crime(rng):
    """Of three bits everything is a copy of something: held out or not."""
    train, held_out, others = (rng.integers(2, size=(size, 3)) for size in (100, 200, 300))
    found = memorising(others, train, held_out, rng=None)
    assert found.verdict == "not memorised" and found.copies == 1 and found.closer.value == 0.5


def test_on_every_backend(digits, xp_backend):  # noqa: F811
    train, held_out, others = (part[:60] for part in digits)
    found = memorising(*map(xp_backend.asarray, (others, train, held_out)), rng=None)
    assert found == memorising(others, train, held_out, rng=None)


def test_what_is_refused(rng):
    x = rng.standard_normal((5, 2))
    with pytest.raises(sg.ShapeError, match="1 and 2"):
        memorising(x, x, x[:, :1], rng=None)
    with pytest.raises(ValueError, match="1 of 5 with NaN"):
        memorising(np.where(np.arange(5)[:, None] == 2, np.nan, x), x, x, rng=None)
