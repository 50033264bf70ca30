"""One self-contained page: the graph, a slider through the backward pass, all numbers in text.

No library and no network.  Without its script, in a notebook that is not trusted say, a page still
shows the graph and the table.
"""
import json
from html import escape
from importlib import resources

from .facts import facts
from .table import HEADER
from .views import Views

LIMIT = 20_000                          # steps
_NUMBERS = (0, 4, 5, 6)                 # columns of the table


def fragment(explanation, collapse, alone=False):
    """The explanation as an element that other pages may hold, as often as they like."""
    if len(explanation) > LIMIT:
        raise ValueError(f"a page of {len(explanation)} steps is too much to read\n"
                         f"  expected  at most {LIMIT}\n"
                         "  hint      explain a smaller network, or a smaller batch of time steps")
    said, tensors = facts(explanation)
    views = Views(tensors, explanation.nodes, explanation.name, collapse)
    for fact, home in zip(said["tensors"], views.home):
        fact["group"] = home
    said["groups"] = views.groups
    where = '<p class="where"></p>' if len(views.groups) > 1 else ""
    return _ELEMENT.format(
        css=_file("page.css"), js=_file("page.js"), data=_embedded(said), where=where,
        title=escape(f"{said['title']} = {said['value']}"), n=len(explanation),
        level="h1" if alone else "h2", alone="data-alone" if alone else "",
        graph="".join(views.svg), head=_row("th", HEADER), rows=_rows(said["steps"]))


def page(explanation, collapse):
    """The same as a page of its own."""
    name = escape(explanation.name(explanation.loss))
    return (_file("page.html").replace("@title@", name)
            .replace("@explanation@", fragment(explanation, collapse, alone=True)))


def _file(name):
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _embedded(data):
    """JSON that can stand in a script element: nothing in it ends the element or begins one."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _rows(steps):
    return "".join(_row("td", step["row"], f'<button type="button" class="link" '
                        f'data-step="{step["row"][0]}">{step["row"][0]}</button>')
                   for step in steps)


def _row(tag, cells, first=None):
    written = [first or escape(cells[0]), *map(escape, cells[1:])]
    numbers = [' class="number"' if k in _NUMBERS else "" for k in range(len(cells))]
    return "<tr>" + "".join(f"<{tag}{number}>{cell}</{tag}>"
                            for number, cell in zip(numbers, written)) + "</tr>"


_ELEMENT = """<div class="sg-explain" {alone}>
<style>
{css}</style>
<{level}>{title}</{level}>
<p class="soft">Values flow up to the loss, gradients flow down: step through them with the slider
or the arrow keys, and choose a box to read it.</p>
<div class="bar" role="group" aria-label="the backward pass, step by step" hidden>
<button type="button" data-go="first" aria-label="to the beginning">&#8676;</button>
<button type="button" data-go="back" aria-label="one step back">&#8592;</button>
<input type="range" min="0" max="{n}" value="0" aria-label="step">
<button type="button" data-go="next" aria-label="one step on">&#8594;</button>
<button type="button" data-go="last" aria-label="to the end">&#8677;</button>
<output></output>
</div>
{where}
<div class="body">
<div class="graph">{graph}</div>
<div class="side">
<section class="now" aria-live="polite"></section>
<section class="about" aria-live="polite"></section>
</div>
</div>
<details><summary>All steps as a table ({n})</summary>
<div class="scroll"><table class="row"><thead>{head}</thead><tbody>{rows}</tbody></table></div>
</details>
<script type="application/json">{data}</script>
<script>
{js}</script>
</div>
"""
