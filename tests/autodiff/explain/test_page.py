"""The page: complete, self-contained, safe to embed, and in agreement with table and engine."""
import html.parser
import json
import re

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import ops
from scratchgen.autodiff.explain import modules

from tests.autodiff.explain import graphs

GRAPHS = {name: getattr(graphs, name) for name in
          ("parabola", "network", "vae_elbo", "convolution", "second_order")}


def data(text):
    found = re.findall(r'<script type="application/json">(.*?)</script>', text, re.DOTALL)
    assert len(found) == 1
    return json.loads(found[0])


class Outline(html.parser.HTMLParser):
    """Which elements are open at the end, and what any of them points to."""

    VOID = {"meta", "input"}

    def __init__(self, text):
        super().__init__()
        self.open, self.links, self.ids, self.labels = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        if tag not in self.VOID:
            self.open.append(tag)
        self.look_at(attributes)

    def handle_startendtag(self, tag, attributes):
        self.look_at(attributes)

    def look_at(self, attributes):
        for name, value in attributes:
            if name in ("src", "href", "action", "data", "srcset"):
                self.links.append(value)
            if name == "id":
                self.ids.append(value)
            if name == "aria-label":
                self.labels.append(value)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", GRAPHS)
def test_the_page_is_one_well_formed_file_that_needs_nothing_else(name, tmp_path):
    e = GRAPHS[name]()
    path = e.to_html(tmp_path / "page.html")
    text = path.read_text(encoding="utf-8")
    outline = Outline(text)
    assert text.startswith("<!doctype html>") and not outline.open
    assert outline.links == [] and outline.ids == []        # two on one page cannot clash
    assert not re.search(r"https?:|@import|url\(|@title|@explanation", text)
    assert 'name="viewport"' in text and "prefers-color-scheme: dark" in text


@pytest.mark.parametrize("name", GRAPHS)
def test_each_step_says_what_the_table_and_the_records_say(name):
    e = GRAPHS[name]()
    said = data(e.to_html())
    assert len(said["steps"]) == len(e)
    rows = [line for line in str(e).splitlines() if re.match(r" +\d+  ", line)]
    tensors, total = said["tensors"], {}
    for r, step, row in zip(e, said["steps"], rows, strict=True):
        assert step["row"][0] == str(r.step) == row.split()[0]
        assert row.split()[-1] == step["row"][7].split()[-1]
        assert tensors[step["y"]]["name"] == e.name(r.node)
        assert tensors[step["x"]]["name"] == e.name(r.parent)
        x = r.parent.order
        total[x] = r.contribution if r.first else total[x] + r.contribution
        if r.parent.size == 1:
            assert float(step["sum"]) == pytest.approx(total[x].item(), rel=1e-3)
            assert float(step["row"][6]) == pytest.approx(r.contribution.item(), rel=1e-3)
        if r.node.op is ops.square:
            assert step["row"][1].endswith("^2") and step["rule"] == "g * (2 * x)"


def test_the_numbers_of_small_arrays_are_all_there():
    e = graphs.network()
    said = data(e.to_html())
    bias = next(x for x in e.nodes if e.name(x) == "net.layers.0.bias")
    k = next(k for k, fact in enumerate(said["tensors"]) if fact["name"] == "net.layers.0.bias")
    np.testing.assert_allclose([float(v) for v in said["tensors"][k]["entries"].split()],
                               bias.data, rtol=1e-3)
    last = [step for step in said["steps"] if step["x"] == k][-1]
    np.testing.assert_allclose([float(v) for v in last["all"].split()], e.gradient(bias), rtol=1e-3)


def test_of_large_arrays_there_is_a_description():
    x = graphs.leaf(np.linspace(-1, 3, 1000).reshape(10, 100))
    x.data[0, 0] = np.inf
    said = data(sg.explain(ops.sum(x * 2.0)).to_html())
    text = next(fact for fact in said["tensors"] if fact["name"] == "x")["entries"]
    assert "1000 entries, 1 of them not finite" in text and " to 3\n" in text and len(text) < 150


def test_constants_are_drawn_unless_a_formula_spells_them_out():
    said = data(graphs.network().to_html())
    constants = {fact["name"] for fact in said["tensors"] if fact["kind"] == "constant"}
    assert constants == {"data", "target"}                  # and not the 5 that the mean divides by


def test_what_is_embedded_cannot_break_out():
    bad, worse = "<b>&\"'", "</script><script>alert(1)</script>"
    table = {bad: graphs.leaf([1.0, 2.0]), worse: graphs.leaf(2.0)}
    e = sg.explain(ops.sum(table[bad] * table[worse]))
    text = e.to_html()
    assert "alert(1)</script>" not in text and "<b>" not in text and not Outline(text).open
    names = {fact["name"] for fact in data(text)["tensors"]}
    embedded = re.findall(r'<script type="application/json">(.*)</script>', text)[0]
    assert not set("<>&") & set(embedded)
    assert any("</script><script>alert(1)" in name for name in names)


def test_infinities_are_text_and_the_data_is_strict_json():
    x = graphs.leaf(0.0)
    with np.errstate(divide="ignore"):
        text = sg.explain(ops.log(x)).to_html()
    said = data(text)
    assert said["value"] == "-inf" and said["steps"][0]["sum"] == "inf"


def test_the_element_for_other_pages_and_for_jupyter():
    e = graphs.parabola()
    shown = e._repr_html_()
    assert shown == e.to_html(fragment=True) and not Outline(shown).open
    assert shown.startswith('<div class="sg-explain"') and "<body" not in shown
    assert "data-alone" not in shown.split("\n", 1)[0]
    style = re.sub(r"/\*.*?\*/\n", "", shown[:shown.index("</style>")].split("<style>")[1])
    selectors = re.findall(r"^([^\s{}@][^{}]*)\{", style, re.MULTILINE)
    assert len(selectors) > 50 and all(".sg-explain" in part for selector in selectors
                                       for part in selector.split(","))


def test_boxes_have_labels_for_screen_readers():
    labels = Outline(graphs.parabola().to_html()).labels
    assert "v1 = w x, 6" in labels and "w, 2" in labels and "step" in labels


def test_writing_a_page_changes_no_gradient():
    e = graphs.network()
    e.to_html()
    assert all(x.grad is None for x in e.nodes)


def test_the_same_graph_gives_the_same_page():
    assert graphs.vae_elbo().to_html() == graphs.vae_elbo().to_html()


def test_a_page_of_too_many_steps_is_refused(monkeypatch):
    monkeypatch.setattr("scratchgen.autodiff.explain.page.LIMIT", 50)
    with pytest.raises(ValueError, match="too much to read\n  expected  at most 50\n"):
        graphs.chain(60).to_html()


def test_paths_are_left_out_where_they_would_cost_too_much(monkeypatch):
    monkeypatch.setattr("scratchgen.autodiff.explain.facts.EFFORT", 0)
    assert not any(fact.get("terms") for fact in data(graphs.parabola().to_html())["tensors"])


# ---- modules ------------------------------------------------------------------------------------

def test_a_node_belongs_to_the_module_that_is_at_work():
    e = graphs.vae_elbo()
    home = modules.homes([x for x in e.nodes if x.op is not None], e.name)
    where = {}
    for x in e.nodes:
        if x.op is not None:
            where.setdefault(home[x.order], []).append(x.op.name)
    assert where["vae", "encoder", "layers", "0"] == ["linear"]
    assert "exp" in where["vae",] and "getitem" in where["vae",]       # between the two networks
    assert "bce_with_logits" in where[()]                               # after both


@pytest.mark.parametrize("make", [graphs.vae_elbo, graphs.gan, lambda: graphs.chain(400)])
@pytest.mark.parametrize("most", [6, 40])
def test_every_node_is_in_the_tree_once_and_no_group_is_large(make, most):
    e = make()
    orders = sorted(x.order for x in e.nodes if x.op is not None)
    root = modules.tree(modules.homes([x for x in e.nodes if x.op is not None], e.name), most)
    assert sorted(root.orders()) == orders
    waiting = [root]
    while waiting:
        group = waiting.pop()
        assert len(group.members) <= most and len(group) > 1
        inside = list(group.orders())
        low, high = orders.index(min(inside)), orders.index(max(inside))
        assert high - low + 1 == len(inside)                            # a run without gaps
        waiting += [m for m in group.members if isinstance(m, modules.Group)]


@pytest.mark.parametrize("make", [graphs.vae_elbo, graphs.gan, lambda: graphs.chain(400)])
def test_in_a_collapsed_graph_every_tensor_has_one_box_and_every_edge_is_drawn(make):
    e = make()
    text = e.to_html(collapse=8)
    said = data(text)
    groups, svgs = said["groups"], re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(svgs) == len(groups) > 1
    for place, fact in enumerate(said["tensors"]):
        boxes = [f'data-tensor="{place}"' in svg for svg in svgs]
        assert boxes[fact["group"]]
    for step in said["steps"]:
        home = said["tensors"][step["y"]]["group"]
        assert re.search(rf'data-edge="t{step["y"]} [tg]\d+"', svgs[home])
    for k, group in enumerate(groups[1:], 1):
        assert f'data-group="{k}"' in svgs[group["parent"]]
    assert sum(svg.count("<svg") for svg in svgs) == len(groups)
    assert text.count(" hidden>") >= len(groups) - 1


def test_small_graphs_are_not_collapsed():
    text = graphs.gan().to_html()
    assert text.count("<svg") == 1 and 'data-group="' not in text.replace('`[data-group="', "")
    assert 'class="where"' not in text


def test_a_leaf_stands_in_the_smallest_picture_that_holds_its_users():
    said = data(graphs.gan().to_html(collapse=8))
    for k, fact in enumerate(said["tensors"]):
        if fact["kind"] == "leaf":
            users = {said["tensors"][step["y"]]["group"] for step in said["steps"]
                     if step["x"] == k}
            assert fact["group"] in users if len(users) == 1 else fact["group"] == 0
