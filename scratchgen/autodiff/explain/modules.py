"""Large graphs by module: which module a node belongs to, and the tree of them.

A node does not know what made it.  But parameters have paths, and nodes are numbered as they are
made: one that uses parameters of "net.layers.0" belongs there, and one that uses none belongs to
the smallest module that was at work both before and after it.

A group is a run of nodes that were made one after the other.  Creation order is a topological
order, so a graph stays free of cycles however many runs are drawn as one box.
"""
from itertools import groupby

from ..tensor import Tensor
from .names import is_path

MOST = 40                       # members of a group that are drawn; smaller groups are taken apart


class Group:
    """A run of nodes: of one module, or, where there are no modules, of what was made in turn.

    `members` are numbers of tensors and Groups, in order of creation.
    """

    def __init__(self, path, members, part=False):
        self.path, self.members, self.part = path, members, part    # part: of a run too long

    def __len__(self):
        return sum(len(m) if isinstance(m, Group) else 1 for m in self.members)

    def orders(self):
        """The numbers of all its nodes."""
        for member in self.members:
            yield from member.orders() if isinstance(member, Group) else (member,)

    def label(self, names):
        """What it is called: the path of its module, or its first and last node."""
        if not self.part:
            return ".".join(self.path).removesuffix(".layers")
        orders = list(self.orders())
        return f"{names.of(orders[0])} to {names.of(orders[-1])}"


def homes(nodes, name):
    """{number of a node: path of its module, a tuple of words}, () for those of no module."""
    nodes = sorted(nodes, key=lambda x: x.order)
    own = [_own(node, name) for node in nodes]
    after, found = None, []
    for path in reversed(own):
        after = path or after
        found.append(after)
    before, result = None, {}
    for node, path, after in zip(nodes, own, reversed(found)):
        before = path or before
        result[node.order] = path or (_common([before, after]) if before and after else ())
    return result


def _own(node, name):
    paths = [name(x).split(".")[:-1] for x in node.inputs
             if isinstance(x, Tensor) and x.op is None and is_path(name(x))]
    return _common(paths) if paths else None


def _common(paths):
    """The words that all paths begin with."""
    same = []
    for words in zip(*paths):
        if len(set(words)) > 1:
            break
        same.append(words[0])
    return tuple(same)


def tree(home, most=MOST):
    """The Group of all nodes, given {number: path}.  No group has more than `most` members, and
    groups that fit into the one around them are taken apart, small ones first.
    """
    root = Group((), _split(sorted(home), home, 0))
    _fit(root, most)
    return root


def _split(orders, home, depth):
    members = []
    for word, run in groupby(orders, key=lambda k: home[k][depth:depth + 1]):
        run = list(run)
        if word and len(run) > 1:
            members.append(Group(home[run[0]][:depth + 1], _split(run, home, depth + 1)))
        else:
            members += run
    return members


def _fit(group, most):
    while True:
        inner = [m for m in group.members if isinstance(m, Group)]
        smallest = min(inner, key=lambda m: len(m.members), default=None)
        alone = len(group.members) == 1                         # then it folds nothing
        if smallest is None or len(group.members) - 1 + len(smallest.members) > most and not alone:
            break
        k = group.members.index(smallest)
        group.members[k:k + 1] = smallest.members
    while len(group.members) > most:
        n = most // 2
        runs = [group.members[k:k + n] for k in range(0, len(group.members), n)]
        group.members = [Group(group.path, run, part=True) if len(run) > 1 else run[0]
                         for run in runs]
    for member in group.members:
        if isinstance(member, Group):
            _fit(member, most)
