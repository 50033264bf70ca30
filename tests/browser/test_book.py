"""Every page of the book, opened from disk: nothing is asked for, formulas are set, figures shown.

The fixtures fail a page that asks for anything from the network or whose console has an error.
"""
import pytest

from scratchgen.cli.course import lessons
from tests.support.book import BOOK, NOT_BUILT

PAGES = sorted(BOOK.glob("*.html"))
pytestmark = [pytest.mark.browser, pytest.mark.skipif(not PAGES, reason=NOT_BUILT)]
each_page = pytest.mark.parametrize("path", PAGES or [None], ids=lambda p: p.stem if p else "none")
COURSE = [lesson.path.stem for lesson in lessons().values()]

ALL_SET = """() => [...document.querySelectorAll('.math')]
    .every(m => m.querySelector('mjx-container'))"""
MISTAKES = "document.querySelectorAll('mjx-merror, [data-mjx-error], .problematic').length"
# What a reader reads, without code and without what MathJax drew.
PROSE = """() => {
    const walk = document.createTreeWalker(document.querySelector('article'), NodeFilter.SHOW_TEXT);
    let text = '';
    while (walk.nextNode())
        if (!walk.currentNode.parentElement.closest('pre, code, script, style, mjx-container, svg'))
            text += walk.currentNode.data;
    return text; }"""
NOT_SHOWN = """() => [...document.querySelectorAll('article img')]
    .filter(i => !i.complete || i.naturalWidth < 50 || i.getBoundingClientRect().width < 50)
    .map(i => i.alt)"""


@each_page
def test_formulas_are_set_figures_are_shown_and_nothing_is_wider_than_the_page(open_page, path):
    page = open_page(path)
    page.wait_for_function(ALL_SET, timeout=60_000)
    assert page.evaluate(MISTAKES) == 0
    text = page.evaluate(PROSE)
    assert not [mark for mark in ("$", "\\(", "\\[", "\\frac", "\\log", "\\mathbb") if mark in text]
    assert page.evaluate(NOT_SHOWN) == []
    for width in (1400, 1000, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_next_leads_from_the_front_page_through_the_whole_course(open_page):
    page, seen = open_page(BOOK / "index.html"), []
    while page.locator("a.next-page").count():
        page.locator("a.next-page").click()
        page.wait_for_load_state()
        seen.append(page.url.split("/")[-1].split(".")[0])
    assert seen == ["map", "notation", *COURSE]


def test_search_finds_a_word_without_a_network(open_page):
    page = open_page(BOOK / "index.html")
    page.fill("input[name=q]", "Himmelblau")
    page.press("input[name=q]", "Enter")
    page.wait_for_selector("#search-results ul.search a")
    assert "01_a_number" in page.get_attribute("#search-results ul.search a", "href")


def test_a_solution_is_folded_until_one_asks_for_it(open_page):
    page = open_page(BOOK / f"{COURSE[0]}.html")
    folded = page.locator("article section > details").first
    code = folded.locator("pre")
    assert not code.is_visible()
    folded.locator("summary").click()
    assert code.is_visible() and code.inner_text().startswith("def ")
    assert folded.locator("pre span").count() > 10      # highlighted


def test_a_box_of_the_map_is_a_link_to_its_lesson(open_page):
    page = open_page(BOOK / "map.html")
    assert page.locator(".course-map a.lesson").count() == len(COURSE)
    page.locator(".course-map a.lesson").nth(1).click()
    page.wait_for_load_state()
    assert COURSE[1] in page.url


@pytest.mark.parametrize("number", [1, 2, 11])
def test_the_stepper_steps_on_a_page_of_the_book(open_page, number):
    page = open_page(next(BOOK.glob(f"{number:02}_*.html")))
    stepper = page.locator(".sg-explain").first
    counter = stepper.locator("output").first
    before = counter.inner_text()
    stepper.locator("[data-go=next]").click()
    assert counter.inner_text() != before
    stepper.locator("[data-go=last]").click()
    last, steps = counter.inner_text().split("/")
    assert int(last) == int(steps) > 3


@pytest.mark.parametrize("dark, brightness", [(False, (200, 256)), (True, (0, 60))])
def test_light_and_dark(open_page, dark, brightness):
    page = open_page(BOOK / "index.html", dark=dark)
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    red = int(colour.split("(")[1].split(",")[0])
    assert red in range(*brightness), colour
