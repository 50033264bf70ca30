"""Every planted mistake is caught by the test that is named for it."""
import pytest

from tests import mutations

pytestmark = pytest.mark.slow


def test_the_named_tests_pass_without_a_mistake():
    code, output = mutations.outcome_without()
    assert code == mutations.PASSED, output


@pytest.mark.parametrize("mutation", mutations.MUTATIONS, ids=lambda m: m.name)
def test_mistake_is_caught(mutation):
    code, output = mutations.outcome(mutation)
    assert code == mutations.FAILED, output


def test_the_page_lists_them():
    assert (mutations.ROOT / "tests/MUTATIONS.md").read_text() == mutations.table()
