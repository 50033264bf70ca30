"""Every planted mistake is caught by the test that is named for it."""
import pytest

from tests.mutations import MUTATIONS, runner
from tests.mutations.catalogue import ROWS
from tests.mutations.page import page


@pytest.fixture(scope="module")
def folder():
    with runner.copied() as copy:
        yield copy


@pytest.mark.slow
def test_the_named_tests_pass_without_a_mistake(folder):
    code, output = runner.outcome_without(folder)
    assert code == runner.PASSED, output


@pytest.mark.slow
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.name)
def test_mistake_is_caught(mutation, folder):
    code, output = runner.outcome(mutation, folder)
    assert code == runner.FAILED, output


def test_the_page_lists_them():
    """So a change that moves the text to be spoiled is noticed at once."""
    assert (runner.ROOT / "tests/MUTATIONS.md").read_text() == page()


def test_every_published_defect_is_planted_or_accounted_for():
    planted = {mutation.row for mutation in MUTATIONS} - {None}
    for row, (_, _, instead) in ROWS.items():
        assert (row in planted) != bool(instead), row
    assert planted <= set(ROWS)
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)
