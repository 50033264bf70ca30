"""The threads of linear algebra: limited for a while, or from now on."""
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from scratchgen import backend


def threads():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


@pytest.fixture
def two_threads():
    with threadpool_limits(limits=2, user_api="blas"):
        yield
    # leaving the limit puts back what the other tests run with


def test_for_a_while(two_threads):
    with backend.limit_threads(1):
        assert threads() == {1}
    assert threads() == {2}


def test_from_now_on(two_threads):
    backend.limit_threads(1)
    assert threads() == {1}


def test_no_limit(two_threads):
    with backend.limit_threads(0):
        assert threads() == {2}


def test_a_negative_number_is_refused():
    with pytest.raises(ValueError, match="-1"):
        backend.limit_threads(-1)
