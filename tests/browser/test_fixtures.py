"""The fixtures that every browser test relies on: what they let pass, and what they do not."""
import pytest

from tests.support.browser import watch

pytestmark = pytest.mark.browser


def test_a_page_from_disk_is_shown_in_the_light_and_size_asked_for(open_page, tmp_path):
    path = tmp_path / "a page.html"
    path.write_text("<!doctype html><p>x<sub>1</sub>", encoding="utf-8")
    page = open_page(path, width=360, dark=True)
    assert page.inner_text("p") == "x1" and page.evaluate("innerWidth") == 360
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")


@pytest.mark.parametrize("html, complaint", [
    ("<img src='http://localhost:9/picture.png'>", "asked for http://localhost:9/picture.png"),
    ("<script>fetch('http://localhost:9/data').catch(() => 0)</script>", "localhost:9/data"),
    ("<script>console.error('a mistake')</script>", "console says a mistake"),
    ("<script>undefined.x</script>", "script failed"),
    ("<p>nothing wrong<script>console.log('well')</script><img src='data:,'>", None)])
def test_what_a_page_must_not_do_is_noticed(browser, html, complaint):
    with browser.new_context(offline=True) as context:
        page = context.new_page()
        complaints = watch(page)
        page.set_content(html)
        assert any(complaint in found for found in complaints) if complaint else not complaints
