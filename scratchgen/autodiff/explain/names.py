"""What the user calls things: names of tensors, found by identity where the user can see them."""
import re
from collections import Counter
from itertools import count

from ..tensor import Tensor
from .numbers import number


def variable_names(*scopes):
    """{id of a tensor or array: its name} from dictionaries of variables, the nearest scope first.

    Found are variables, entries of lists, tuples and dictionaries, and the parameters of anything
    with `named_parameters()`.  A variable goes before a path to it, and names that begin with an
    underscore are left out, as is what a nearer scope hides.
    """
    found, visible = {}, {}
    for scope in scopes:
        for name, value in scope.items():
            if name.isidentifier() and not name.startswith("_"):
                visible.setdefault(name, value)
    for look in (_variables, _members):
        for name, value in visible.items():
            for path, x in look(name, value):
                found.setdefault(id(x), path)
    return found


def _variables(name, value):
    if isinstance(value, Tensor) or hasattr(value, "shape"):
        yield name, value


def _members(name, value):
    if isinstance(value, type):
        return
    if callable(getattr(value, "named_parameters", None)):
        for path, x in value.named_parameters():
            yield f"{name}.{path}", x
    elif isinstance(value, (list, tuple)):
        for k, x in enumerate(value[:1000]):
            yield from _variables(f"{name}[{k}]", x)
    elif isinstance(value, dict) and len(value) <= 1000:
        for key, x in value.items():
            yield from _variables(f"{name}[{key!r}]", x)


class Names:
    """tensor -> its name: the user's if there is one, else v1, v2, ... in the order of creation.

    No two tensors share a name: of two that the user calls w, the younger is w_2.
    """

    def __init__(self, nodes, found):
        nodes = sorted(nodes, key=lambda x: x.order)
        given = [getattr(x, "name", None) or found.get(id(x)) for x in nodes]
        taken, self._names = set(given) | set(found.values()), {}
        unused = (name for name in map("v{}".format, count(1)) if name not in taken)
        seen = set()
        for x, name in zip(nodes, given):
            if name and name in seen:
                name = next(other for other in map(f"{name}_{{}}".format, count(2))
                            if other not in taken)
                taken.add(name)
            seen.add(name)
            self._names[x.order] = name or next(unused)
        self._found = found
        self._short = dict(zip(self._names, _shortened(list(self._names.values()))))

    def __call__(self, x):
        """The name of a tensor of the graph; of a constant its name, its value, or just `const`."""
        if isinstance(x, Tensor) and x.order in self._names:
            return self._names[x.order]
        array = x.data if isinstance(x, Tensor) else x
        if self.is_value(x):
            value = number(array)
            return f"{value:.4g}" if value >= 0 else f"({value:.4g})"
        return self._found.get(id(x)) or self._found.get(id(array)) or "const"

    def is_value(self, x):
        """Whether this is a single number without a name, which is written out in formulas."""
        array = x.data if isinstance(x, Tensor) else x
        named = id(x) in self._found or id(array) in self._found
        return not named and getattr(array, "size", 1) == 1

    def of(self, order):
        """The name of the tensor of that number."""
        return self._names[order]

    def short(self, x):
        """The name, and of a parameter of a module no more of its path than tells it apart:
        "encoder.1.weight" for "vae.encoder.layers.1.weight".
        """
        return self._short.get(getattr(x, "order", None)) or self(x)


def is_path(name):
    """Whether this is the name of a module's parameter: "net.layers.0.weight"."""
    return re.fullmatch(r"[^\W\d]\w*(\.\w+)+", name) is not None


def _shortened(names):
    """Of each path its last words, three or as many more as no other path ends with."""
    ends = [[".".join(words[-n:]) for n in range(min(3, len(words)), len(words) + 1)] + [name]
            if is_path(name) else [name]
            for name, words in ((name, [word for word in name.split(".") if word != "layers"])
                                for name in names)]
    times = Counter(end for each in ends for end in set(each))
    return [next((end for end in each if times[end] == 1), name)
            for each, name in zip(ends, names)]
