"""Labels are probabilities: they stay in [0, 1], and the best discriminator follows them."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchgen import ops
from scratchgen.models import Labels
from scratchgen.models.gan import LOSSES
from tests.support.statistics import assert_estimate

SHARE = st.floats(0, 1)


@given(st.floats(0.5, 1), st.floats(0, 0.5), SHARE, SHARE, st.integers(0, 100))
def test_labels_never_leave_their_range(real, fake, noise, flip, seed):
    labels = Labels(real, fake, min(noise, real, 1 - fake), flip)
    for targets in labels.targets(np.zeros(50), rng=seed):
        assert (targets >= 0).all() and (targets <= 1).all()


@pytest.mark.parametrize("labels", [Labels(), Labels(real=0.9), Labels(noise=0.2),
                                    Labels(0.8, 0.1, 0.1, 0.25)])
def test_expected_labels_are_the_means(labels):
    n = 20_000
    for targets, expected in zip(labels.targets(np.zeros(n), rng=0), labels.expected):
        assert_estimate(targets.mean(), expected, standard_error=targets.std() / np.sqrt(n))


def test_noise_is_noise_and_hard_labels_are_exact():
    real, fake = Labels().targets(np.zeros(3, dtype=np.float32), rng=0)
    assert (real == 1).all() and (fake == 0).all() and real.dtype == np.float32
    real, fake = Labels(noise=0.1).targets(np.zeros(1000), rng=0)
    assert 0.9 <= real.min() < 0.91 and real.max() <= 1 and 0.09 < fake.max() <= 0.1


@pytest.mark.parametrize("wrong", [{"real": 1.1}, {"fake": -0.1}, {"noise": 2.0},
                                   {"real": 0.9, "noise": 0.95}, {"flip": float("nan")}])
def test_settings_that_could_leave_the_range_are_refused(wrong):
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        Labels(**wrong)


def test_the_optimal_discriminator_for_soft_labels():
    # One point, seen with densities p and q: the loss p l(s, a) + q l(s, b) is least at D*.
    labels, p, q = Labels(real=0.9, fake=0.2), 0.3, 0.7
    a, b = labels.expected
    s = np.linspace(-3, 3, 60_001)
    loss = LOSSES["non-saturating"]
    total = p * loss.real(s, np.full_like(s, a)) + q * loss.fake(s, np.full_like(s, b))
    best = ops.sigmoid(s[total.argmin()])
    assert best == pytest.approx((a * p + b * q) / (p + q), abs=1e-4)
