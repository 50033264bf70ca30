"""The page of explain in a real browser: stepped, clicked, typed at, in the dark, on a phone."""
import numpy as np
import pytest

from tests.autodiff.explain import graphs

pytestmark = pytest.mark.browser


@pytest.fixture
def stepper(open_page, tmp_path):
    """stepper(explanation, **options of open_page) -> the opened Page."""
    def open_(e, collapse=300, **options):
        return open_page(e.to_html(tmp_path / "page.html", collapse=collapse), **options)
    return open_


def card(page, which="now"):
    """{term: content} of the card of the step (now) or of the tensor (about)."""
    terms, contents = (page.locator(f".{which} {tag}").all_inner_texts() for tag in ("dt", "dd"))
    return dict(zip(terms, contents, strict=True))


def box(page, name):
    """The box of the tensor of that name."""
    pattern = f".box:has(text.name:text-matches('^{name}( =|$)'))"
    return page.locator(f"svg:not([hidden]) {pattern}")


def press(page, key, times=1):
    for _ in range(times):
        page.keyboard.press(key)


# ---- stepping -----------------------------------------------------------------------------------

def test_each_step_shows_the_numbers_of_the_engine(stepper):
    e = graphs.parabola()
    page = stepper(e)
    total = {}
    for r in e:
        page.click("[data-go=next]")
        y, x, shown = e.name(r.node), e.name(r.parent), card(page)
        total[x] = total.get(x, 0) + r.contribution.item()
        assert page.inner_text(".now h2") == f"Step {r.step} of {len(e)}"
        assert shown["arrives"] == f"dL/d{y} = {r.upstream.item():g}"
        assert shown["times"] == f"d{y}/d{x} = {r.local.item():g}"
        assert shown["gives"] == f"{r.contribution.item():g} to dL/d{x}"
        assert shown["the first" if r.first else "+="].endswith(f"= {total[x]:g}")
        assert box(page, x).locator(".grad").text_content().split()[1] == f"{total[x]:g}"
    for x in e.nodes:
        assert float(box(page, e.name(x)).locator(".grad").text_content()[5:]) == e.gradient(x)


def test_back_again_gradients_disappear(stepper):
    page = stepper(graphs.parabola())
    state = """() => [...document.querySelectorAll('.body *')].map((e) =>
        [...e.classList].sort() + e.ariaLabel + (e.children.length ? '' : e.textContent)).join()"""
    seen = []
    for _ in range(10):
        seen.append(page.evaluate(state))
        page.click("[data-go=next]")
    assert page.is_disabled("[data-go=next]") and page.is_disabled("[data-go=last]")
    assert len(set(seen)) == 10
    for before in reversed(seen):
        page.click("[data-go=back]")
        assert page.evaluate(state) == before
    assert page.is_disabled("[data-go=back]")


def test_the_slider_the_ends_and_the_rows_of_the_table_lead_to_a_step(stepper):
    page = stepper(graphs.parabola())
    page.fill("input[type=range]", "4")
    assert page.inner_text(".now h2") == "Step 4 of 10" and page.inner_text("output") == "4 / 10"
    page.click("[data-go=last]")
    assert page.inner_text("output") == "10 / 10"
    page.click("[data-go=first]")
    assert page.inner_text(".now h2") == "Before the first step"
    page.click("summary")
    page.click("[data-step='7']")
    assert page.inner_text("output") == "7 / 10"
    assert page.locator("tr.here td").first.inner_text() == "7"


def test_a_sum_is_unfinished_until_its_last_part(stepper):
    page = stepper(graphs.parabola())
    press(page, "ArrowRight", 3)
    w = box(page, "w")
    assert "partial" in w.get_attribute("class") and "1 of 2 parts" in w.get_attribute("aria-label")
    assert "1 of 2 parts so far" in page.inner_text(".about")
    press(page, "End")
    assert "done" in w.get_attribute("class") and "partial" not in w.get_attribute("class")


def test_the_edge_and_both_ends_of_a_step_stand_out(stepper):
    page = stepper(graphs.parabola())
    press(page, "ArrowRight", 9)
    assert page.locator(".edge.hot").count() == 1
    assert page.locator(".box.from .name").text_content() == "v1 = w x"
    assert page.locator(".box.to .name").text_content() == "w"


# ---- reading a tensor ---------------------------------------------------------------------------

def test_a_click_shows_value_gradient_formula_and_paths(stepper):
    e = graphs.parabola()
    page = stepper(e)
    press(page, "End")
    box(page, "w").click()
    shown = card(page, "about")
    assert page.inner_text(".about h2") == "w"
    assert shown["value"] == "2" and shown["dL/dw"] == "10"
    assert "4 from v5" in shown["the sum of"] and "6 from v1" in shown["the sum of"]
    for term in e.why(next(x for x in e.nodes if e.name(x) == "w")).terms:
        assert term.factors() in shown["over paths"]
    box(page, "v4").click()
    assert card(page, "about")["formula"] == "v4 = v3^2"
    page.get_by_role("button", name="step 1", exact=True).click()
    assert page.inner_text("output") == "1 / 10" and page.inner_text(".about h2") == "v4"
    press(page, "ArrowRight")
    assert page.inner_text(".about h2") == "v4"             # chosen, so it stays
    page.get_by_role("button", name="follow the steps").click()
    assert page.inner_text(".about h2") == "v5"


@pytest.mark.parametrize("make", [graphs.network, graphs.vae_elbo, graphs.gan, graphs.convolution,
                                  graphs.second_order])
def test_arrays_are_those_of_the_engine(stepper, make):
    e = make()
    page = stepper(e)
    press(page, "End")
    small = [x for x in e.nodes if x.size <= 8]
    assert len(small) >= 3
    for x in small:
        box(page, e.name.short(x).replace(".", r"\.")).first.click()
        assert page.inner_text(".about h2") == e.name(x)
        value = page.locator(".about pre").nth(0).inner_text().split()
        gradient = page.locator(".about pre").nth(1).inner_text().split()
        np.testing.assert_allclose([float(v) for v in value], x.data.reshape(-1), rtol=1e-3)
        np.testing.assert_allclose([float(v) for v in gradient], e.gradient(x).reshape(-1),
                                   rtol=1e-3)


def test_constants_have_no_gradient(stepper):
    page = stepper(graphs.network())
    press(page, "End")
    box(page, "target").click()
    assert card(page, "about")["gradient"] == "none is asked for"


# ---- keyboard and screen readers ----------------------------------------------------------------

def test_all_of_it_by_keyboard(stepper):
    page = stepper(graphs.parabola())
    press(page, "ArrowRight", 3)
    press(page, "ArrowLeft")
    assert page.inner_text("output") == "2 / 10"
    page.locator("input[type=range]").focus()
    press(page, "ArrowRight")                       # the slider's own arrows, and not twice
    assert page.inner_text("output") == "3 / 10"
    box(page, "b").focus()
    press(page, "Enter")
    assert page.inner_text(".about h2") == "b"
    press(page, " ")
    assert page.locator(".box.selected").count() == 0
    press(page, "Enter")
    press(page, "Escape")
    assert page.locator(".box.selected").count() == 0
    press(page, "Home")
    assert page.inner_text("output") == "0 / 10"


def test_tab_reaches_each_box_from_the_loss_down_and_shows_where_it_is(stepper):
    page = stepper(graphs.parabola())
    page.locator("[data-go=last]").focus()
    names = []
    for _ in range(10):
        press(page, "Tab")
        names.append(page.evaluate("document.activeElement.querySelector('.name').textContent"))
        width = page.evaluate(
            "getComputedStyle(document.activeElement.querySelector('rect')).strokeWidth")
        assert width == "4px"
    assert names[0] == "loss = v4 + v5" and len(set(names)) == 10


def test_boxes_are_buttons_that_say_what_they_hold(stepper):
    page = stepper(graphs.parabola())
    w = page.get_by_role("button", name="w, value 2, gradient not reached yet", exact=True)
    assert w.count() == 1
    press(page, "End")
    w = page.get_by_role("button", name="w, value 2, gradient 10", exact=True)
    assert w.get_attribute("aria-pressed") == "false"
    w.click()
    assert w.get_attribute("aria-pressed") == "true"
    assert page.locator("section[aria-live=polite]").count() == 2
    assert page.get_by_role("slider", name="step").get_attribute("aria-valuetext") \
        == "step 10 of 10"


# ---- light, dark, phone -------------------------------------------------------------------------

CONTRAST = """(selector) => {
    const light = (c) => c.map((v) => (v /= 255) <= 0.03928 ? v / 12.92
        : ((v + 0.055) / 1.055) ** 2.4).reduce((s, v, k) => s + v * [0.2126, 0.7152, 0.0722][k], 0);
    const numbers = (c) => c.match(/[\\d.]+/g).map(Number);
    const ground = (e) => { for (; e; e = e.parentElement) {
        const rect = e.matches('.box') && e.querySelector('rect');
        const c = numbers(getComputedStyle(rect || e)[rect ? 'fill' : 'backgroundColor']);
        if (c.length < 4 || c[3]) return c.slice(0, 3); } };
    return Math.min(...[...document.querySelectorAll(selector)].filter((e) => e.textContent.trim())
        .map((e) => { const style = getComputedStyle(e);
            const a = light(numbers(e.closest('svg') ? style.fill : style.color).slice(0, 3));
            const b = light(ground(e));
            return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); }));
}"""


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_ground(stepper, dark):
    """A contrast of 4.5 at least (WCAG 2.2, criterion 1.4.3)."""
    page = stepper(graphs.network(), dark=dark)
    press(page, "ArrowRight", 6)
    page.click("summary")
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, colour[4:-1].split(","))) < 200) == dark
    for selector in ("text", "h1", "p", "dt", "dd code", "dd pre", "td", "th", "button.link"):
        assert page.evaluate(CONTRAST, selector) >= 4.5, selector


@pytest.mark.parametrize("make", [graphs.parabola, graphs.vae_elbo])
def test_a_phone_scrolls_the_graph_and_never_the_page_sideways(stepper, make):
    page = stepper(make(), width=360, height=740, touch=True)
    for _ in range(8):
        page.tap("[data-go=next]")
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        frame, to = page.locator(".graph").bounding_box(), page.locator(".box.to").bounding_box()
        assert frame["x"] <= to["x"] and to["x"] + to["width"] <= frame["x"] + frame["width"]
        assert frame["y"] <= to["y"] + 1
        assert to["y"] + to["height"] <= frame["y"] + frame["height"] + 1
    page.tap("summary")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert all(b.bounding_box()["height"] >= 34 for b in page.locator(".bar button").all())


def assert_in_sight(page, name):
    """The whole box of that name is inside the frame of the graph."""
    frame, shown = page.locator(".graph").bounding_box(), box(page, name).bounding_box()
    for start, length in (("x", "width"), ("y", "height")):
        assert frame[start] <= shown[start]
        assert shown[start] + shown[length] <= frame[start] + frame[length]


@pytest.mark.parametrize("width", [360, 600, 1000])
def test_before_the_first_step_the_loss_is_in_sight(stepper, width):
    assert_in_sight(stepper(graphs.vae_elbo(), width=width), "loss")


ARRANGED = "new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"


def test_the_loss_stays_in_sight_where_the_room_shrinks(stepper):
    page = stepper(graphs.vae_elbo())
    page.set_viewport_size({"width": 360, "height": 740})
    page.evaluate(ARRANGED)
    assert_in_sight(page, "loss")


def test_the_loss_is_in_sight_where_it_was_hidden_at_first(open_page, tmp_path):
    path = tmp_path / "hidden.html"
    path.write_text("<!doctype html><meta charset=utf-8><div hidden style='width: 30em'>"
                    + graphs.vae_elbo()._repr_html_(), encoding="utf-8")
    page = open_page(path)
    page.evaluate("document.querySelector('[hidden]').hidden = false")
    page.evaluate(ARRANGED)
    assert_in_sight(page, "loss")


def test_letters_fit_into_their_boxes(stepper):
    page = stepper(graphs.vae_elbo())
    press(page, "End")
    assert page.evaluate("""[...document.querySelectorAll('.box')].every((b) => {
        const r = b.querySelector('rect').getBoundingClientRect();
        return [...b.querySelectorAll('text')].every((t) => !t.textContent
            || t.getBoundingClientRect().right <= r.right - 1); })""")


# ---- modules, several on one page, no script ----------------------------------------------------

def test_modules_open_and_close(stepper):
    page = stepper(graphs.vae_elbo(), collapse=8)
    assert page.inner_text(".where") == "the whole graph"
    group = page.locator("svg:not([hidden]) .box.group").last
    name = group.locator(".name").text_content()
    group.focus()
    press(page, "Enter")
    assert page.inner_text(".where") == f"the whole graph \u203a {name}"
    assert page.locator("svg:not([hidden])").count() == 1
    assert page.locator("svg:not([hidden]) .box.outside").count() >= 1
    press(page, "Escape")
    assert page.inner_text(".where") == "the whole graph"


def focused(page, part):
    return page.evaluate(f"document.activeElement.querySelector('{part}')?.textContent")


def test_the_focus_goes_along_into_a_module_and_back(stepper):
    page = stepper(graphs.vae_elbo(), collapse=8)
    group = page.locator("svg:not([hidden]) .box.group").last
    name = group.locator(".name").text_content()
    group.focus()
    press(page, "Enter")
    assert focused(page, ".name") == page.locator("svg:not([hidden]) .name").first.text_content()
    press(page, "Escape")
    assert focused(page, ".name") == name
    press(page, "Enter")
    page.locator(".where button").focus()
    press(page, "Enter")
    assert focused(page, ".name") == name


def test_the_focus_outlives_what_is_written_anew(open_page, tmp_path):
    """Inside another page the arrows work where the focus is: it may not fall out of this one."""
    path = tmp_path / "part.html"
    path.write_text("<!doctype html><meta charset=utf-8>" + graphs.parabola()._repr_html_())
    page = open_page(path)
    page.locator("[data-go=last]").focus()
    press(page, "Enter")                            # which takes this button out of use
    press(page, "ArrowLeft")
    assert page.inner_text("output") == "9 / 10"
    link = page.locator(".about button.link", has_text="step").first
    text = link.text_content()
    link.focus()
    press(page, "Enter")
    assert page.evaluate("document.activeElement.textContent") == text
    press(page, "ArrowLeft")
    assert page.inner_text("output") == f"{int(text.split()[1]) - 1} / 10"


def test_steps_inside_a_closed_module_light_it_up_and_can_be_opened(stepper):
    e = graphs.vae_elbo()
    page = stepper(e, collapse=8)
    opened = 0
    for r in e:
        press(page, "ArrowRight")
        link = page.locator(".now p button.link")
        if link.count():
            link.click()
            opened += 1
            assert page.locator("svg:not([hidden]) .box.from").count() == 1
            assert page.locator("svg:not([hidden]) .edge.hot").count() == 1
        shown = card(page)
        assert shown["arrives"].startswith(f"dL/d{e.name.short(r.node)} = ")
    assert opened >= 2


def test_several_on_one_page_do_not_disturb_each_other(open_page, tmp_path):
    first, second = graphs.parabola(), graphs.vae_elbo()
    path = tmp_path / "both.html"
    path.write_text("<!doctype html><meta charset=utf-8><p>before</p>" + first._repr_html_()
                    + second._repr_html_() + first._repr_html_(), encoding="utf-8")
    page = open_page(path)
    shown = page.locator(".sg-explain")
    assert shown.count() == 3
    shown.nth(1).locator("[data-go=next]").click()
    shown.nth(1).locator("[data-go=next]").focus()
    press(page, "ArrowRight", 2)
    assert [shown.nth(k).locator("output").inner_text() for k in range(3)] == \
        ["0 / 10", "3 / 29", "0 / 10"]
    page.evaluate("document.body.tabIndex = 0; document.body.focus()")
    press(page, "ArrowRight")                       # outside of all three: the page's own affair
    assert shown.nth(1).locator("output").inner_text() == "3 / 29"


def test_the_theme_of_the_page_around_it_is_followed(open_page, tmp_path):
    path = tmp_path / "book.html"
    path.write_text("<!doctype html><body data-theme='dark'>" + graphs.parabola()._repr_html_(),
                    encoding="utf-8")
    page = open_page(path)
    ground = "getComputedStyle(document.querySelector('.sg-explain')).backgroundColor"
    assert page.evaluate(ground) == "rgb(22, 25, 29)"
    page.evaluate("document.body.dataset.theme = 'light'")
    assert page.evaluate(ground) == "rgb(251, 250, 247)"


def test_without_its_script_graph_and_table_are_there(browser, tmp_path):
    path = graphs.parabola().to_html(tmp_path / "page.html")
    with browser.new_context(java_script_enabled=False, offline=True) as context:
        page = context.new_page()
        page.goto(path.as_uri())
        assert page.locator("svg .box").count() == 10 and not page.is_visible(".bar")
        page.click("summary")
        assert page.locator("tbody tr").count() == 10


def test_a_graph_of_hundreds_of_nodes(stepper):
    e = graphs.chain(700)
    page = stepper(e)
    assert page.locator("svg:not([hidden]) .box").count() <= 40
    page.fill("input[type=range]", "350")
    assert page.inner_text(".now h2") == "Step 350 of 700"
    page.locator(".now p button.link").click()
    assert page.locator("svg:not([hidden]) .box.from").count() == 1
