"""One epoch is every example once; binarised is black or white, and says where the line is."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchgen.data import batches, binarise, digits
from scratchgen.errors import DataError


@given(n=st.integers(1, 40), size=st.integers(1, 50), shuffle=st.booleans(), seed=st.integers(0))
def test_an_epoch_is_every_example_once(n, size, shuffle, seed):
    x = np.arange(n)
    cut = list(batches(x, size, rng=np.random.default_rng(seed), shuffle=shuffle))
    assert [len(batch) for batch in cut[:-1]] == [size] * (len(cut) - 1) and len(cut[-1]) <= size
    seen = np.concatenate(cut)
    np.testing.assert_array_equal(np.sort(seen) if shuffle else seen, x)


@given(n=st.integers(1, 40), size=st.integers(1, 40))
def test_drop_last_leaves_full_batches_only(n, size):
    x = np.arange(n)
    if size > n:
        with pytest.raises(ValueError, match="1 to"):
            batches(x, size, rng=np.random.default_rng(0), drop_last=True)
        return
    cut = list(batches(x, size, rng=np.random.default_rng(0), drop_last=True))
    assert len(cut) == n // size and all(len(batch) == size for batch in cut)


def test_tuples_stay_together(rng):
    x, y = np.arange(20).reshape(10, 2), np.arange(10)
    for a, b in batches((x, y), 3, rng=rng):
        np.testing.assert_array_equal(a[:, 0], 2 * b)
    (only,), = batches((x,), 10, rng=None, shuffle=False)
    assert np.shares_memory(only, x)


def test_one_permutation_is_drawn_when_called(rng):
    """So the state of the generator at the end of an epoch is all that resuming needs."""
    same = np.random.default_rng(0)
    cut = batches(np.arange(7), 2, rng=rng)
    order = same.permutation(7)
    assert rng.bit_generator.state == same.bit_generator.state
    np.testing.assert_array_equal(np.concatenate(list(cut)), order)
    assert rng.bit_generator.state == same.bit_generator.state
    list(batches(np.arange(7), 2, rng=rng, shuffle=False))
    assert rng.bit_generator.state == same.bit_generator.state


def test_a_shuffled_batch_is_a_copy(rng):
    x = np.zeros((4, 2))
    for batch in batches(x, 2, rng=rng):
        batch += 1
    assert (x == 0).all()


@pytest.mark.parametrize("x, size, rng, error, message", [
    (np.arange(4), 0, 0, ValueError, "1 to 4.*\n.*got       0"),
    (np.arange(4), -1, 0, ValueError, "got       -1"),
    (np.arange(4), 1.5, 0, TypeError, "integer"),
    (np.zeros((0, 3)), 2, 0, DataError, "at least one example"),
    ((np.zeros(3), np.zeros(4)), 2, 0, ValueError, r"\(3,\), \(4,\)"),
    (np.float64(1), 2, 0, ValueError, "along the first axis"),
    ((), 2, 0, ValueError, "along the first axis"),
    (np.arange(4), 2, 0, TypeError, "default_rng"),
    (np.arange(4), 2, None, TypeError, "default_rng"),
    (np.arange(4), 2, np.random.RandomState(0), TypeError, "default_rng"),
])
def test_what_cannot_be_cut(x, size, rng, error, message):
    if rng == 0 and error is not TypeError:
        rng = np.random.default_rng(0)
    with pytest.raises(error, match=message):
        batches(x, size, rng=rng)                 # at the call, not at the first batch


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("x", [[np.zeros((4, 2)), np.arange(4)], [np.zeros((4, 2))] * 2,
                               ([1, 2, 3], np.arange(3))])
def test_a_list_of_arrays_is_not_taken_for_examples(x, shuffle, rng):
    """Two arrays of one size in a list would be two examples."""
    with pytest.raises(TypeError, match="(?s)got       a list.*hint.*tuple"):
        batches(x, 2, rng=rng, shuffle=shuffle)


def test_binarise_takes_the_line_itself_as_white():
    x = np.array([0, 0.25, np.nextafter(0.5, 0), 0.5, 1])
    binary = binarise(x)
    assert binary.dtype == np.float32 and binary.tolist() == [0, 0, 0, 1, 1]
    assert binarise(x, 0.25).tolist() == [0, 1, 1, 1, 1]
    assert binarise(x, 1).tolist() == [0, 0, 0, 0, 1]
    assert set(np.unique(binarise(digits("test").spatial))) == {0, 1}
    assert binarise(np.zeros((0, 3), np.float32)).shape == (0, 3)


@pytest.mark.parametrize("x, threshold", [([0, 255], 0.5), ([-0.1, 1], 0.5), ([np.nan, 1], 0.5),
                                          ([0, 1], 0), ([0, 1], 1.01), ([0, 1], np.nan)])
def test_binarise_refuses_what_would_come_out_wrong(x, threshold):
    with pytest.raises(ValueError, match="expected"):
        binarise(np.array(x), threshold)
