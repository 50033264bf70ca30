"""The book: what is bound into its pages, the map, and the built pages as files.

The pages are looked at where they have been built (make book; in a folder of your own, say where
with SCRATCHGEN_BOOK).  tests/browser/test_book.py opens them.
"""
import ast
import importlib.util
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from scratchgen.cli.course import lessons
from tests.support.book import BOOK, NOT_BUILT

ROOT = Path(__file__).resolve().parents[2]
COURSE = lessons()
each_lesson = pytest.mark.parametrize("lesson", COURSE.values(), ids=lambda x: x.path.stem)


def module(name):
    """One of the scripts of lessons/book, which are no package."""
    if name == "binding":
        pytest.importorskip("jupytext", reason="jupytext reads the lessons; it is not installed")
    spec = importlib.util.spec_from_file_location(name, ROOT / "lessons" / "book" / f"{name}.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


# ---- what is bound ------------------------------------------------------------------------------

@each_lesson
def test_a_page_has_the_lesson_how_to_run_it_and_the_solutions_below_their_questions(lesson):
    binding = module("binding")
    text, original = binding.bind(lesson, COURSE), lesson.path.read_text(encoding="utf-8")
    ast.parse(text)
    assert text.count("claim(") >= original.count("claim(")
    assert not re.search(r"^(heading|predict)\(", text, re.M)
    assert f"# {lesson.number:02}  {lesson.title}\n" in text
    assert text.index("**Takes**") < text.index("{admonition}") < text.index("import ")
    assert re.search(f"^scratchgen lesson {lesson.number} --notebook +write {lesson.path.stem}",
                     text, re.M)
    questions = [m.end() for m in re.finditer(r"^@exercise\(", text, re.M)]
    solutions = [m.end() for m in re.finditer(
        r"<summary>Solution</summary>\n#\n# ```python\n# def ", text)]
    assert len(questions) == len(solutions) >= 2
    assert text.count('# %% mystnb={"image"') >= 1
    assert sorted(questions + solutions) == [
        place for pair in zip(questions, solutions) for place in pair]


def test_lessons_named_in_the_text_become_links_and_nothing_else_does():
    linked = module("binding").linked
    pages = {8: "08_gaussian_sampler"}
    link = "{doc}`lesson 08 </08_gaussian_sampler>`"
    assert linked("see lesson 08, not lesson 09", pages) == f"see {link}, not lesson 09"
    assert linked("the sampler of lesson\n08.", pages) == f"the sampler of {link}."
    for text in ("`scratchgen lesson 08`", "$lesson 08$", "```\nlesson 08\n```", "lesson 088",
                 "[lesson 08](https://example.org)"):
        assert linked(text, pages) == text


def test_calls_that_only_a_terminal_needs_are_left_out():
    without = module("binding").without_what_a_terminal_needs
    assert without('heading("A")\npredict("B "\n        "C")') == ""
    assert without('x = 1\n\n\nheading("A")\n\n\ny = 2  # heading("kept")') == (
        'x = 1\n\n\ny = 2  # heading("kept")')
    assert without('show(f)\nsay("")\nsay("x")\nfor _ in x:\n    say("")') == (
        'show(f)\nsay("x")\nfor _ in x:\n    say("")')


def test_figures_have_a_description():
    from_source = 'save_figure(figure, "12_while_training")\nsave_figure(viz.bars(x), "12_bars")'
    nbformat = pytest.importorskip("nbformat")
    cell = nbformat.v4.new_code_cell(from_source)
    module("binding").describe_figures(cell)
    assert cell.metadata["mystnb"]["image"]["alt"] == "figure: while training, bars"


# ---- the map ------------------------------------------------------------------------------------

def test_every_arrow_of_the_map_leads_downwards_between_two_boxes():
    course_map = module("course_map")
    places = course_map.places(COURSE)
    assert set(places) == set(COURSE) and len(set(places.values())) == len(COURSE)
    arrows = course_map.arrows(COURSE)
    assert arrows and all(places[m][1] < places[n][1] for m, n in arrows)
    drawn = course_map.drawing(COURSE)
    assert drawn.count("<rect") == len(COURSE) and drawn.count('class="arrow"') == len(arrows)


def test_an_arrow_that_follows_from_others_is_not_drawn_but_listed():
    course_map = module("course_map")
    assert {(11, 12), (10, 11)} <= set(course_map.arrows(COURSE))
    assert (10, 12) not in course_map.arrows(COURSE) and 10 in COURSE[12].builds_on
    row = next(line for line in course_map.table(COURSE).splitlines() if "`12 <" in line)
    assert all(f"`{n} <" in row for n in (10, 11))


# ---- the built pages ----------------------------------------------------------------------------

class Page(HTMLParser):
    """What a page loads, links to and says."""

    VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source",
            "track", "wbr"}

    def __init__(self, path):
        super().__init__()
        self.loads, self.links, self.images, self.prose, self.open = [], [], [], [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "a":
            self.links.append(attributes.get("href", ""))
        else:
            self.loads += [value for name, value in attributes.items()
                           if name in ("src", "srcset", "href", "data", "poster") and value]
        if tag == "img":
            self.images.append(attributes)
        if tag not in self.VOID:
            self.open.append((tag, attributes.get("class", "")))

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, text):
        if not any(tag in ("pre", "code", "script", "style", "title") or "math" in kind.split()
                   for tag, kind in self.open):
            self.prose.append(text)


PAGES = sorted(BOOK.glob("*.html"))
built = [pytest.mark.slow, pytest.mark.skipif(not PAGES, reason=NOT_BUILT)]
each_page = pytest.mark.parametrize("path", PAGES or [None], ids=lambda p: p.stem if p else "none")


@pytest.fixture
def page(path):
    return Page(path)


class TestBuilt:
    pytestmark = built

    def test_every_lesson_has_its_page_and_there_is_a_front_page_a_map_a_notation(self):
        assert {path.stem for path in PAGES} == {
            "index", "map", "notation", "search", *(x.path.stem for x in COURSE.values())}

    @each_page
    def test_nothing_is_loaded_from_elsewhere(self, page, path):
        assert [x for x in page.loads if re.match(r"(https?:)?//", x)] == []
        for url in (x.split("?")[0].split("#")[0] for x in page.loads):
            assert not url or url.startswith("data:") or (path.parent / url).exists(), url

    @each_page
    def test_every_link_inside_the_book_leads_somewhere(self, page, path):
        for url in page.links:
            if not re.match(r"https?:|#|$", url):
                assert (path.parent / url.split("#")[0].split("?")[0]).exists(), url

    @each_page
    def test_formulas_are_formulas(self, page):
        text = "".join(page.prose)
        assert not re.search(r"\$|\\[a-zA-Z]{2,}|\\\(|\{doc\}|\*\*", text), text

    @pytest.mark.parametrize("lesson", COURSE.values(), ids=lambda x: x.path.stem)
    def test_figures_solutions_and_claims_are_there(self, lesson):
        path = BOOK / f"{lesson.path.stem}.html"
        html, page = path.read_text(encoding="utf-8"), Page(path)
        calls = re.findall(r"^save_figure\(", lesson.path.read_text(encoding="utf-8"), re.M)
        figures = [image for image in page.images if "_images" in image["src"]]
        assert len(figures) >= len(calls) >= 1
        assert all(image["alt"].startswith("figure: ") for image in figures)
        assert all((path.parent / image["src"]).stat().st_size > 1000 for image in figures)
        assert html.count("<summary>Solution</summary>") >= 2
        said = re.sub(r"<[^>]+>", "", html)
        assert said.count("  holds  ") >= 5 and "  FAILS  " not in said
        assert not re.search(r"output (error|traceback|stderr)", html)
        assert "how-to-run" in html and f"scratchgen lesson {lesson.number} " in said

    def test_styles_load_nothing_from_elsewhere(self):
        for path in BOOK.rglob("*.css"):
            assert not re.search(r"(url\(|@import)\s*['\"]?(https?:)?//",
                                 path.read_text(encoding="utf-8")), path

    @pytest.mark.parametrize("number", [1, 2, 11])
    def test_the_stepper_is_on_the_pages_where_gradients_are_looked_at(self, number):
        html = (BOOK / f"{COURSE[number].path.stem}.html").read_text(encoding="utf-8")
        assert 'class="sg-explain"' in html
