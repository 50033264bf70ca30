"""A real browser for the pages that the package writes: Chromium, no screen, no network.

    pytestmark = pytest.mark.browser            in each file: the default run leaves these out

    def test_it(page):                          light, 1000 by 800
        page.goto(path.as_uri())
    def test_it_on_a_phone(open_page):          other settings
        page = open_page(path, width=360, height=740, dark=True)

A test fails if a page that it opened asked for anything that needs a network, or if the page's
console reported an error.
"""
import pytest

from tests.support.browser import ARGUMENTS, NAMES, find, watch


@pytest.fixture(scope="session")
def browser():
    """The system's Chromium; the test is skipped, with the reason, where it cannot be driven."""
    path = find()
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is on the PATH")
    sync_api = pytest.importorskip("playwright.sync_api", exc_type=ImportError,
                                   reason="no playwright: pip install -e '.[browser]'")
    with sync_api.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser):
    """open_page(path=None, *, width=1000, height=800, dark=False, touch=False) -> a Page of
    playwright, on which everything must happen within 10 seconds.
    """
    opened = []

    def open_(path=None, *, width=1000, height=800, dark=False, touch=False):
        context = browser.new_context(
            offline=True, viewport={"width": width, "height": height}, has_touch=touch,
            color_scheme="dark" if dark else "light", reduced_motion="reduce")
        context.set_default_timeout(10_000)
        page = context.new_page()
        opened.append((context, watch(page)))
        if path is not None:
            page.goto(path.as_uri())
        return page

    yield open_
    for context, _ in opened:
        context.close()
    assert not [complaint for _, complaints in opened for complaint in complaints]


@pytest.fixture
def page(open_page):
    """An empty page, light and as wide as a window."""
    return open_page()
