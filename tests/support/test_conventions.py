"""The conventions that tests/conftest.py and setup.cfg set for every test."""

import os
import warnings

import numpy as np
import pytest
from hypothesis import settings


def test_a_floating_point_warning_fails_a_test():
    with pytest.raises(RuntimeWarning):
        np.log(np.zeros(1))


@pytest.mark.kink
def test_unless_it_is_marked_as_a_kink():
    assert np.log(np.zeros(1)) == -np.inf


def test_any_warning_fails_a_test():
    with pytest.raises(DeprecationWarning):
        warnings.warn("ours", DeprecationWarning)


def test_random_numbers_start_anew_in_each_test(rng):
    assert rng.random() == np.random.default_rng(0).random()


def test_drawn_examples_have_no_deadline():
    assert settings().deadline is None


def test_no_screen_and_no_personal_settings():
    assert os.environ["MPLBACKEND"] == "Agg"
    assert "SCRATCHGEN_DATA" not in os.environ
