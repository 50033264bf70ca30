"""The mutual information gap on codes of which it is known."""
import itertools
import math

import numpy as np
import pytest

import scratchgen as sg
from scratchgen.models import mutual_information_gap
from tests.support.backends import xp_backend  # noqa: F401

GRID = np.array(list(itertools.product(range(4), range(5), range(3))), dtype=float)
H = [math.log(4), math.log(5), math.log(3)]


def test_a_code_that_is_the_factors():
    """Every combination of three factors once: nothing else tells anything of a factor."""
    found = mutual_information_gap(GRID, GRID)
    assert found.mig == pytest.approx(1, abs=1e-12)
    assert found.entropy == pytest.approx(H)
    np.testing.assert_allclose(found.information, np.diag(H), atol=1e-12)


def test_the_order_the_sign_and_the_scale_of_the_numbers_do_not_matter():
    codes = np.exp(GRID[:, [2, 0, 1]]) * [-1.0, 1e-3, 1e3]
    found = mutual_information_gap(codes, GRID)
    assert found.mig == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(found.information, np.diag(H)[:, [2, 0, 1]], atol=1e-12)


def test_a_code_that_holds_a_factor_twice_has_no_gap_there():
    found = mutual_information_gap(GRID[:, [0, 0, 1]], GRID)
    assert found.gaps == pytest.approx((0, 1, 0), abs=1e-12)
    assert found.mig == pytest.approx(1 / 3)


def test_one_number_may_hold_two_factors():
    """The gap asks for one number for each factor, not for one factor for each number."""
    both = GRID[:, 0] * 10 + GRID[:, 1]
    found = mutual_information_gap(np.stack([both, 0 * both], axis=1), GRID[:, :2])
    assert found.gaps == pytest.approx((1, 1))


def test_half_a_factor_by_counting():
    """z tells apart {0, 1} and {2, 3} of four values, another number {0, 1, 2} and {3}."""
    v = np.arange(4.0)
    found = mutual_information_gap(np.stack([v > 1, v > 2], axis=1).astype(float), v[:, None])
    first, second = math.log(2), math.log(4) - 0.75 * math.log(3)
    assert found.information == (pytest.approx((first, second)),)
    assert found.gaps == pytest.approx(((first - second) / math.log(4),))


def test_a_code_without_the_factors(rng):
    """A histogram's information is too high by (19 x 9) / 2N = 0.017 nats for N = 5,000."""
    found = mutual_information_gap(rng.standard_normal((5000, 6)), rng.random((5000, 3)))
    assert 0 <= found.mig < 0.003
    np.testing.assert_allclose(found.information, 19 * 9 / 1e4, atol=0.006)


def test_a_rotation_mixes_and_the_gap_sees_it(rng):
    """Both numbers of a code turned by 45 degrees tell as much of each factor."""
    factors = rng.random((5000, 2)) - 0.5
    turned = factors @ np.array([[1, 1], [-1, 1]]) / math.sqrt(2)
    straight, mixed = (mutual_information_gap(z, factors) for z in (factors, turned))
    assert straight.mig > 0.98 and mixed.mig < 0.03
    assert min(map(min, mixed.information)) > 0.3           # and not because nothing were told


def test_the_gap_of_a_noisy_channel(rng):
    """z = v + noise: I = 1/2 log(1 + 1 / variance), as far as 40 intervals of each can see it."""
    v, other = rng.standard_normal((2, 40000))
    z = np.stack([v + 0.75 * rng.standard_normal(40000), other], axis=1)
    found = mutual_information_gap(z, v[:, None], bins=40, factor_bins=40)
    assert found.information[0][0] == pytest.approx(0.5 * math.log(1 + 1 / 0.75 ** 2), abs=0.02)


def test_intervals_hold_equally_many_and_ties_stay_together(rng):
    found = mutual_information_gap(rng.random((1000, 2)), rng.exponential(size=(1000, 1)))
    assert found.entropy == pytest.approx((math.log(10),))
    tied = np.repeat(np.arange(50.0), 20)[:, None]              # 50 values, 20 times each
    assert mutual_information_gap(np.hstack([tied, tied]), tied).entropy == \
        pytest.approx((math.log(10),))


def test_codes_of_every_backend(xp_backend):  # noqa: F811
    codes = xp_backend.asarray(GRID, "float32")
    assert mutual_information_gap(sg.Tensor(codes), GRID).mig == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("codes, factors, complaint", [
    (GRID[:, :1], GRID, "Z >= 2"),
    (GRID[:9], GRID, "Z >= 2"),
    (GRID[:, 0], GRID, "a row an example"),
    (np.full((60, 2), np.nan), GRID, "without NaN"),
    (GRID, GRID * [1, 0, 1], "factor 1 never varies"),
])
def test_errors(codes, factors, complaint):
    with pytest.raises(ValueError, match=complaint):
        mutual_information_gap(codes, factors)


@pytest.mark.parametrize("intervals", [{"bins": 1}, {"factor_bins": 0}])
def test_one_interval_is_refused(intervals, rng):
    """It would give 0 for a perfect code as well."""
    x = rng.standard_normal((50, 2))
    with pytest.raises(ValueError, match="2 or more\n  got       (1 and 10|20 and 0)"):
        mutual_information_gap(x, x, **intervals)


def test_it_prints_the_gap_of_each_factor():
    assert str(mutual_information_gap(GRID, GRID)) == "MIG 1.000, for each factor " \
        "1.000, 1.000, 1.000"
