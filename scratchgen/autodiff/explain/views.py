"""The graph as pictures: one of all of it, or, of a large one, one for each module.

Values flow up, to the loss in the first row; gradients flow down.  In the picture of a module the
tensors that it takes from outside, and those it gives to, stand as dashed boxes.
"""
from collections import defaultdict
from html import escape

from .layout import Layout
from .modules import MOST, Group, homes, tree

LETTER, LINE, PADDING = 7.25, 16, 9     # pixels: of a monospace letter of 12, a line, the margin
FEWEST = 6                              # boxes of a picture, however small a graph is to be
NARROW = 124                            # a box with room for its gradient


class Views:
    """`svg`: the pictures.  `groups`: of each its name, the group around it (None for the first)
    and its size.  `home`: of each tensor the group in whose picture it stands.
    """

    def __init__(self, tensors, nodes, names, collapse):
        self.tensors, self.names = tensors, names
        interior = [x for x in nodes if x.op is not None]
        if len(tensors.facts) > collapse:
            root = tree(homes(interior, names), min(MOST, max(collapse, FEWEST)))
        else:
            root = Group((), sorted(x.order for x in interior))
        self.groups, self._inside = [], []
        self.home = [None] * len(tensors.facts)
        self._enter(root, None)
        self._settle()
        self.svg = [self._draw(k) for k in range(len(self.groups))]

    def _enter(self, group, around):
        k = len(self.groups)
        label = "all" if around is None else group.label(self.names)
        self.groups.append({"name": label, "parent": around, "size": len(group)})
        self._inside.append([])
        for member in group.members:
            if isinstance(member, Group):
                self._inside[k].append(("group", self._enter(member, k)))
            else:
                place = self.tensors.place[member]
                self._inside[k].append(("tensor", place))
                self.home[place] = k
        return k

    def _settle(self):
        """Leaves and constants stand in the smallest picture that holds all that use them."""
        users = defaultdict(list)
        for y, x in self.tensors.edges:
            if self.tensors.facts[x]["kind"] != "node":
                users[x].append(self.home[y])
        for x in range(len(self.home)):
            if self.home[x] is None:
                homes_of_users = users.get(x, [0])
                k = homes_of_users[0]
                while not all(k in self._chain(user) for user in homes_of_users):
                    k = self.groups[k]["parent"]
                self.home[x] = k
                self._inside[k].append(("tensor", x))

    def _chain(self, k):
        """The group k and those around it."""
        chain = []
        while k is not None:
            chain.append(k)
            k = self.groups[k]["parent"]
        return chain

    def box(self, place, k):
        """The box in picture k that stands for a tensor, or None if it is outside."""
        chain = self._chain(self.home[place])
        if k not in chain:
            return None
        below = chain[:chain.index(k)]
        return ("group", below[-1]) if below else ("tensor", place)

    # ---- one picture ----------------------------------------------------------------------------

    def _draw(self, k):
        edges = []
        boxes = sorted(self._inside[k], key=self._when, reverse=True)
        for y, x in self.tensors.edges:
            a, b = self.box(y, k), self.box(x, k)
            if a is None and b is None or a == b:
                continue
            edges.append((a or ("outside", y), b or ("outside", x)))
        boxes += [box for edge in edges for box in edge if box[0] == "outside"]
        boxes = list(dict.fromkeys(boxes))
        lines = {box: self._lines(box) for box in boxes}
        sizes = {box: (max(NARROW, LETTER * max(map(len, text)) + 2 * PADDING),
                       LINE * len(text) + PADDING) for box, text in lines.items()}
        layout = Layout(sizes, edges)
        drawn = [_edge(_id(a), _id(b), layout.routes[a, b]) for a, b in layout.routes]
        drawn += [self._box(box, lines[box], layout.x[box], layout.y[box], *sizes[box])
                  for box in boxes]
        width, height = layout.width + 4, layout.height + 4
        name = self.groups[k]["name"]
        about = f"the graph, {len(boxes)} boxes, the loss first" if k == 0 else f"inside {name}"
        return (f'<svg data-view="{k}" role="group" aria-label="{escape(about)}" '
                f'viewBox="-2 -2 {width:.0f} {height:.0f}" '
                f'style="width:{width:.0f}px;min-width:{0.72 * width:.0f}px"'
                f'{" hidden" if k else ""}>{"".join(drawn)}</svg>')

    def _when(self, box):
        """When it was made: a tensor's place; of a group that of its newest tensor."""
        kind, k = box
        return k if kind == "tensor" else max(map(self._when, self._inside[k]))

    def _lines(self, box):
        kind, k = box
        if kind == "group":
            return [self.groups[k]["name"], f"{self.groups[k]['size']} ops: open", ""]
        fact = self.tensors.facts[k]
        value = fact["value"] if fact["shape"] == "()" else f"{fact['shape']}  {fact['value']}"
        name = fact.get("line") if kind == "tensor" else None
        lines = [name or fact["short"], value]
        return lines if fact["kind"] == "constant" else [*lines, ""]

    def _box(self, box, lines, x, y, width, height):
        kind, k = box
        fact = {"kind": "group"} if kind == "group" else self.tensors.facts[k]
        which = f'data-group="{k}"' if kind == "group" else f'data-tensor="{k}"'
        text = "".join(f'<text x="{PADDING}" y="{LINE * row + 17}" class="{role}">'
                       f'{escape(line)}</text>'
                       for row, (line, role) in enumerate(zip(lines, ("name", "value", "grad"))))
        label = ", ".join(line for line in lines if line)
        return (f'<g class="box {fact["kind"]}{" outside" if kind == "outside" else ""}" {which} '
                f'tabindex="0" role="button" aria-label="{escape(label)}" '
                f'transform="translate({x:.1f},{y:.1f})">'
                f'<rect width="{width:.1f}" height="{height:.1f}" rx="7"/>{text}</g>')


def _id(box):
    kind, k = box
    return f"{'g' if kind == 'group' else 't'}{k}"


def _edge(a, b, points):
    """A line from the lower side of a to the upper side of b, with an arrowhead for each way."""
    (x, y), *others = points
    (top_x, top_y), (end_x, end_y) = points[0], points[-1]
    path = f"M{x:.1f},{y:.1f}"
    for to_x, to_y in others:
        if to_x == x:
            path += f"V{to_y:.1f}"
        else:
            middle = (y + to_y) / 2
            path += f"C{x:.1f},{middle:.1f} {to_x:.1f},{middle:.1f} {to_x:.1f},{to_y:.1f}"
        x, y = to_x, to_y
    return (f'<g class="edge" data-edge="{a} {b}"><path d="{path}"/>'
            f'<path class="up" d="M{top_x:.1f},{top_y:.1f}l-4,8h8z"/>'
            f'<path class="down" d="M{end_x:.1f},{end_y:.1f}l-5,-10h10z"/></g>')
