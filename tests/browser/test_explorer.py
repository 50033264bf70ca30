"""The latent explorer in a browser: what it decodes is the engine's, and every way of moving works.
"""
import numpy as np
import pytest

from scratchgen import models, nn, runs
from scratchgen.autodiff.tensor import no_grad
from scratchgen.distributions import ContinuousBernoulli
from scratchgen.runs.explorer import decoder

pytestmark = pytest.mark.browser

KINDS = {"vae": dict(hidden=(16,)), "vae-conv": dict(channels=(4, 6), latent=3),
         "ae": dict(hidden=(16,), likelihood="gaussian"), "one": dict(hidden=(16,), latent=1),
         "grey": dict(hidden=(16,), likelihood="continuous-bernoulli"),
         "conditional": dict(hidden=(16,), condition=True)}


@pytest.fixture(scope="session")
def explored(tmp_path_factory):
    """explored(kind) -> (path of the page, model): each trained for three epochs, once."""
    made = {}

    def make(kind):
        if kind not in made:
            folder = tmp_path_factory.mktemp(kind)
            settings = runs.Settings(model=kind if kind in runs.OBJECTIVES else "vae",
                                     **dict(epochs=3, batch_size=100, lr=0.01, latent=2)
                                     | KINDS[kind])
            list(runs.Training(settings, folder).epochs())
            page = runs.explorer.explore(folder).to_html(folder / "explore.html")
            made[kind] = page, models.load(folder)
        return made[kind]
    return make


def code(page, name="z"):
    return page.evaluate("name => Array.from(explorer.state.codes[name])", name)


def settle(page):
    """Let a frame be drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => "
                  "requestAnimationFrame(done)))")


def shown(page, selector="#image"):
    """The grey levels on a canvas, 0 to 255, in reading order."""
    settle(page)
    return page.evaluate("""selector => { const c = document.querySelector(selector);
        return Array.from(c.getContext("2d").getImageData(0, 0, c.width, c.height).data)
            .filter((_, i) => i % 4 === 0); }""", selector)


def image(model, z, label=None):
    with no_grad():
        model = model if label is None else model.given(label)
        return model.image(np.float32([z])).numpy().ravel()


def assert_shown(page, model, z, selector="#image", **given):
    expected = 255 * np.clip(image(model, z, **given), 0, 1)
    np.testing.assert_allclose(shown(page, selector), expected, atol=0.51)


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_decodes_as_the_engine_does(kind, explored, open_page):
    path, model = explored(kind)
    page = open_page(path)
    latent = len(code(page))
    codes = np.random.default_rng(0).normal(scale=1.5, size=(20, latent)).astype(np.float32)
    given = model.given(7) if kind == "conditional" else model
    if kind == "conditional":
        page.select_option("#label", "7")
    with no_grad():
        expected = given.image(codes).numpy().reshape(20, -1)
    found = page.evaluate("codes => codes.map(z => Array.from(explorer.imageOf(z)))",
                          codes.tolist())
    assert expected.std(axis=0).max() > 0.05                    # there is something to decode
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", decoder.ACTIVATIONS)
def test_every_layer_and_activation(name, explored, open_page):
    rng = np.random.default_rng(1)
    module = nn.Sequential(
        nn.Linear(3, 24, activation=name, rng=0), nn.Reshape((4, -1)), nn.Linear(6, 6, rng=1),
        nn.Reshape((3, 4, 2)), nn.BatchNorm(2, activation=name),
        nn.ConvTranspose2d(2, 5, (3, 2), stride=(2, 1), padding=(1, 0), output_padding=(1, 0),
                           activation=name, rng=2),
        nn.Conv2d(5, 3, 3, stride=2, padding=1, dilation=(1, 2), bias=False, rng=3), nn.Flatten())
    module[4].running_mean[...] = [0.3, -0.2]
    module[4].running_var[...] = [0.5, 2.0]
    x = rng.normal(scale=3, size=(10, 3)).astype(np.float32)
    with no_grad():
        expected = module.eval()(x).numpy()
    network = decoder.network(module, 3)
    found = open_page(explored("vae")[0]).evaluate(
        """([layers, weights, codes]) => {
            const decode = makeDecoder(layers, Float32Array.from(weights), "identity");
            return codes.map(z => Array.from(decode(z))); }""",
        [network.layers, network.weights.tolist(), x.tolist()])
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_the_mean_of_a_continuous_bernoulli_for_every_logit(explored, open_page):
    u = np.concatenate([np.linspace(-60, 60, 241), [800, -800], np.geomspace(1e-9, 1, 40)])
    found = open_page(explored("vae")[0]).evaluate("u => u.map(tiltedMean)", u.tolist())
    np.testing.assert_allclose(found, ContinuousBernoulli(u).mean, rtol=1e-11, atol=1e-15)


# ---- moving ------------------------------------------------------------------------------------

def middle(page, selector):
    box = page.locator(selector).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_dragging_the_point_decodes_on_the_way(explored, open_page):
    path, model = explored("vae")
    page = open_page(path)
    assert code(page) == [0, 0]
    assert_shown(page, model, [0, 0])
    x, y = middle(page, ".handle.z circle")
    unit = page.evaluate("explorer.map.bounds().unit")
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 4):
        page.mouse.move(x + 20 * step, y - 10 * step)
        np.testing.assert_allclose(code(page), [20 * step / unit, 10 * step / unit], atol=2 / unit)
        assert_shown(page, model, code(page))
    page.mouse.up()
    there = code(page)
    page.mouse.move(x, y)
    assert code(page) == there
    settle(page)
    assert f"z₁ = {there[0]:.2f}, z₂ = {there[1]:.2f}" in page.inner_text("#coordinates")
    np.testing.assert_allclose(middle(page, ".handle.z circle"), [x + 60, y - 30], atol=1)


def test_a_click_takes_the_chosen_handle_there_or_to_a_test_image(explored, open_page):
    path, model = explored("vae")
    page = open_page(path)
    box = page.locator("#map .paper").bounding_box()
    page.get_by_text("end B").click()
    page.mouse.click(box["x"] + 3, box["y"] + 3)
    half = page.evaluate("explorer.map.bounds().half")
    np.testing.assert_allclose(code(page, "b"), [-half, half], atol=0.1)
    assert code(page) == [0, 0]
    page.locator("label", has_text="the point z").click()
    far = page.evaluate("explorer.codes.reduce((m, z, n, all) => z[0] > all[m][0] ? n : m, 0)")
    page.mouse.click(*middle(page, f"#map .posterior >> nth={far}"))
    assert code(page) == page.evaluate("n => Array.from(explorer.codes[n])", far)
    page.locator("#examples button").nth(6).click()
    assert code(page) == page.evaluate("Array.from(explorer.codes[explorer.labels.indexOf(3)])")
    settle(page)
    assert page.inner_text("#nearest-text") == "class 3, 0.00 away"


def test_the_keyboard_moves_every_handle(explored, open_page):
    page = open_page(explored("vae")[0])
    page.focus("#map")
    step = page.evaluate("explorer.map.bounds().half / 50")
    for key in ("ArrowRight", "ArrowUp", "ArrowUp", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    np.testing.assert_allclose(code(page), [-4 * step, 2 * step])
    before = code(page, "a")
    page.keyboard.press("a")
    page.keyboard.press("ArrowDown")
    np.testing.assert_allclose(code(page, "a"), [before[0], before[1] - step])
    page.keyboard.press("z")
    page.keyboard.press("Home")
    assert code(page) == [0, 0] and page.is_checked("#handle-z")


def test_a_finger_moves_the_point_on_a_phone(explored, open_page):
    path, model = explored("vae")
    page = open_page(path, width=360, height=740, touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator("#map").scroll_into_view_if_needed()
    box = page.locator("#map .paper").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] - 4, box["y"] + box["height"] - 4)
    half = page.evaluate("explorer.map.bounds().half")
    np.testing.assert_allclose(code(page), [half, -half], atol=0.2)
    assert_shown(page, model, code(page))
    assert page.locator("#image").bounding_box()["y"] < 740     # it stays in sight
    touch = page.context.new_cdp_session(page)
    scrolled = page.evaluate("scrollY")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.9
    for kind, up in (("Start", 0), ("Move", 40), ("Move", 80), ("Move", 120)):
        touch.send("Input.dispatchTouchEvent",
                   {"type": f"touch{kind}", "touchPoints": [{"x": x, "y": y - up}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    end = half * (1 - 2 * (0.9 - 120 / box["height"]))
    np.testing.assert_allclose(code(page), [0, end], atol=0.1)
    assert page.evaluate("scrollY") == scrolled         # the map moves the point, not the page


def test_the_path_runs_from_a_to_b_in_equal_steps(explored, open_page):
    path, model = explored("vae-conv")
    page = open_page(path)
    settle(page)
    a, b = np.array(code(page, "a")), np.array(code(page, "b"))
    canvases = page.locator("#strip canvas").count()
    for n in range(canvases):
        t = n / (canvases - 1)
        assert_shown(page, model, (1 - t) * a + t * b, f"#strip button:nth-child({n + 1}) canvas")
    page.locator("#strip button").nth(2).click()
    np.testing.assert_allclose(code(page), 0.75 * a + 0.25 * b, rtol=1e-6)


def slide(page, selector, value):
    page.locator(selector).evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }",
        str(value))


def test_a_class_is_moved_to_and_along(explored, open_page):
    page = open_page(explored("vae")[0])
    page.select_option("#class", "4")
    codes, labels = (np.array(page.evaluate(f"Array.from(explorer.{name}, x => x.length ? "
                                            "Array.from(x) : x)")) for name in ("codes", "labels"))
    mean, others = codes[labels == 4].mean(axis=0), codes[labels != 4].mean(axis=0)
    page.locator("#strip button").first.click()
    start = np.array(code(page))
    slide(page, "#amount", 0.5)
    np.testing.assert_allclose(code(page), (start + mean) / 2, atol=1e-6)
    page.locator("#strip button").first.click()         # from there anew
    assert page.input_value("#amount") == "0" and (code(page) == start).all()
    page.select_option("#way", "attribute")
    slide(page, "#amount", -1)
    np.testing.assert_allclose(code(page), start - (mean - others), atol=1e-6)
    slide(page, "#amount", 0)
    np.testing.assert_allclose(code(page), start)


def test_three_dimensions_two_axes_and_a_slider_for_each(explored, open_page):
    path, model = explored("vae-conv")
    page = open_page(path)
    order = page.evaluate("explorer.state.axes")
    left = ({0, 1, 2} - set(order)).pop()
    slide(page, f"#unit-{left}", 1)
    assert abs(code(page)[left] - 1) < 0.01
    assert_shown(page, model, code(page))
    page.select_option("#axis-x", str(left))
    page.focus("#map")
    page.keyboard.press("ArrowRight")
    assert code(page)[left] > 1 and code(page)[order[0]] == 0
    page.select_option("#axis-y", str(left))            # no axis twice: they change places
    assert page.evaluate("explorer.state.axes") == [order[1], left]
    settle(page)
    assert [f"z{'₁₂₃'[unit]}," in title for unit, title in zip(
        (order[1], left), page.locator("#map .title").all_text_contents())] == [True, True]


def test_one_dimension_moves_along_a_line(explored, open_page):
    path, model = explored("one")
    page = open_page(path)
    page.focus("#map")
    page.keyboard.press("ArrowUp")
    assert code(page) == [0]
    page.keyboard.press("ArrowRight")
    assert code(page)[0] > 0
    assert_shown(page, model, code(page))
    assert page.is_hidden("#axes") and page.is_hidden("#tiled")


def test_a_conditional_decoder_is_told_a_class(explored, open_page):
    path, model = explored("conditional")
    page = open_page(path)
    for label in (3, 8):
        page.select_option("#label", str(label))
        assert_shown(page, model, [0, 0], label=label)
    page.locator("#examples button").nth(2).click()
    assert page.input_value("#label") == "1" and page.is_hidden("#about-class")
    assert_shown(page, model, code(page), label=1)


def test_the_whole_map_decoded(explored, open_page):
    path, model = explored("ae")
    page = open_page(path)
    page.check("#tiled")
    page.wait_for_selector("#tiles[aria-busy=false]")
    bounds = page.evaluate("explorer.map.bounds()")
    z = np.array(bounds["low"]) + 2 * bounds["half"] * np.array([0.5, 1.5]) / 15
    tile = np.array(page.evaluate("""() => {            // the first of the last row but one
        const c = document.getElementById("tiles"), side = c.width / 15;
        const data = c.getContext("2d").getImageData(0, 13 * side, side, side).data;
        return Array.from(data).filter((_, i) => i % 4 === 0); }"""))
    side = round(len(tile) ** 0.5)
    gap = round(side * 0.04)
    tile = tile.reshape(side, side)[gap:side - gap, gap:side - gap]
    pick = ((np.arange(8) + 0.5) * len(tile) / 8).astype(int)
    expected = 255 * np.clip(image(model, z), 0, 1).reshape(8, 8)
    np.testing.assert_allclose(tile[np.ix_(pick, pick)], expected, atol=0.51)


# ---- who it is for -----------------------------------------------------------------------------

def test_it_is_dark_where_the_reader_wants_that(explored, open_page):
    path, _ = explored("vae")
    paper = [open_page(path, dark=dark).evaluate("getComputedStyle(document.body).backgroundColor")
             for dark in (False, True)]
    assert paper == ["rgb(251, 250, 247)", "rgb(22, 25, 29)"]


@pytest.mark.parametrize("kind", ["vae-conv", "conditional"])
def test_everything_that_can_be_used_has_a_name(kind, explored, open_page):
    page = open_page(explored(kind)[0])
    nameless = page.evaluate("""() => [...document.querySelectorAll(
        "input, select, button, [role=application], [role=img]")].filter(node =>
        !node.getAttribute("aria-label") && !(node.labels && [...node.labels].some(
            label => label.textContent.trim()))).map(node => node.outerHTML)""")
    assert not nameless
    page.locator("#spoken", has_text="Nearest test image: class").wait_for(state="attached")
