"""The report of a run in a real browser, as wide as a window and on a phone."""
import pytest

from scratchgen import runs
from scratchgen.runs.views import adversarial, density

pytestmark = pytest.mark.browser

KINDS = {"vae": dict(hidden=(16,), latent=2), "gmm": dict(components=2),
         "flow": dict(data="moons", couplings=1, n=200),
         "gan": dict(data="ring", n=500)}


@pytest.mark.parametrize("model", KINDS)
def test_no_word_is_broken_and_the_page_never_scrolls_sideways(model, tmp_path, open_page,
                                                               monkeypatch):
    monkeypatch.setattr(density, "_CELLS", 12)
    monkeypatch.setattr(adversarial, "_CELLS", 12)
    list(runs.Training(runs.Settings(model=model, epochs=1, **KINDS[model]), tmp_path).epochs())
    _, report = runs.write_report(tmp_path)
    for width in (360, 1280):
        page = open_page(report, width=width, dark=width == 360)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for cell in page.query_selector_all(".numbers th, .told th"):
            words, lines = page.evaluate(
                """cell => { const range = document.createRange();
                             range.selectNodeContents(cell);
                             const tops = [...range.getClientRects()].map(box => box.top);
                             return [cell.textContent.split(" ").length, new Set(tops).size]; }""",
                cell)
            assert lines <= words, (width, cell.text_content())
        assert "1 epoch in" in page.text_content("p")
