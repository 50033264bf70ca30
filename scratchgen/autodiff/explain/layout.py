"""Where to draw the boxes of a graph: in rows, with few crossings, and nothing on top of anything.

The method of Sugiyama, Tagawa and Toda (1981) in four steps: rows by longest paths, places for the
edges that pass a row, an order in each row by barycentres, and coordinates as near to the
neighbours' as the widths allow.
"""
from bisect import bisect_right, insort
from collections import defaultdict

GAP_X, GAP_Y = 26, 46           # pixels between boxes side by side, and between rows
LANE = 10                       # the width that an edge takes where it passes a row
SWEEPS, ROUNDS = 16, 24
STRAIGHT = 4                    # how much more an edge wants to be straight in its middle


class Layout:
    """`x[node]`, `y[node]` of each box's left upper corner, `routes[a, b]` of each edge: points
    (x, y) from the lower side of a to the upper side of b; `width`, `height` of it all.
    """

    def __init__(self, sizes, edges):
        """`sizes`: {node: (width, height)}; `edges`: pairs (a, b), a above b, without cycles."""
        edges = list(dict.fromkeys(edges))
        self._sizes = dict(sizes)
        self._row = _rows(list(sizes), edges)
        self._chains = {edge: self._chain(edge) for edge in edges}
        self._up, self._down = _neighbours(self._chains.values())
        rows = defaultdict(list)
        for node, row in self._row.items():
            rows[row].append(node)
        self._rows, self.crossings = _ordered([rows[k] for k in sorted(rows)], self._up, self._down)
        centre = self._centres()
        left = min((centre[n] - self._wide(n) / 2 for n in centre), default=0)
        self._centre = {n: c - left for n, c in centre.items()}
        self._place()

    def _chain(self, edge):
        """a, a lane in each row between, b: an edge as steps from row to row."""
        a, b = edge
        lanes = [("lane", edge, row) for row in range(self._row[a] + 1, self._row[b])]
        for lane in lanes:
            self._sizes[lane], self._row[lane] = (LANE, 0), lane[2]
        return [a, *lanes, b]

    def _wide(self, node):
        return self._sizes[node][0]

    def _centres(self):
        """{node: x of its middle}: in turns each row moves towards the means of its neighbours."""
        centre = {}
        for row in self._rows:
            x = 0
            for node in row:
                centre[node] = x + self._wide(node) / 2
                x += self._wide(node) + GAP_X
        pulls = self._pulls()
        for k in range(ROUNDS):
            for row in self._rows[::-1] if k % 2 else self._rows:
                wanted = [_mean_place(pulls[node], centre, node) for node in row]
                apart = [(self._wide(a) + self._wide(b)) / 2 + _gap(a, b)
                         for a, b in zip(row, row[1:])]
                centre.update(zip(row, _nearest(wanted, apart)))
        return centre

    def _pulls(self):
        """{node: [(neighbour, weight)]}: from lane to lane an edge wants to be straight."""
        return {node: [(n, STRAIGHT if _is_lane(node) and _is_lane(n) else 1)
                       for n in self._up[node] + self._down[node]]
                for row in self._rows for node in row}

    def _place(self):
        self.x, self.y, top, band = {}, {}, 0, []
        for row in self._rows:
            tall = max(self._sizes[node][1] for node in row)
            band.append((top, top + tall))
            for node in row:
                if not _is_lane(node):
                    self.x[node] = self._centre[node] - self._wide(node) / 2
                    self.y[node] = top + (tall - self._sizes[node][1]) / 2
            top += tall + GAP_Y
        self.height = max(top - GAP_Y, 0)
        self.width = max((self._centre[n] + self._wide(n) / 2 for n in self._centre), default=0)
        self.routes = {edge: self._route(chain, band) for edge, chain in self._chains.items()}

    def _route(self, chain, band):
        """The points of an edge: straight down through each row, so bends are between rows only."""
        a, *lanes, b = chain
        points = [(self._port(a, chain[1], self._down), self.y[a] + self._sizes[a][1]),
                  (self._port(a, chain[1], self._down), band[self._row[a]][1])]
        for lane in lanes:
            points += [(self._centre[lane], y) for y in band[self._row[lane]]]
        x = self._port(b, chain[-2], self._up)
        return [*points, (x, band[self._row[b]][0]), (x, self.y[b])]

    def _port(self, node, neighbour, side):
        """x where the edge to this neighbour meets the box: edges keep the order of their ends."""
        ends = sorted(side[node], key=self._centre.get)
        share = (ends.index(neighbour) + 1) / (len(ends) + 1)
        return self._centre[node] + (share - 0.5) * 0.7 * self._wide(node)


def _rows(nodes, edges):
    """{node: its row}: one below the lowest of those above it, so that every edge goes down."""
    above, waiting = defaultdict(list), defaultdict(int)
    for a, b in edges:
        above[a].append(b)
        waiting[b] += 1
    row = {node: 0 for node in nodes}
    ready = [node for node in nodes if not waiting[node]]
    for a in ready:
        for b in above[a]:
            row[b] = max(row[b], row[a] + 1)
            waiting[b] -= 1
            if not waiting[b]:
                ready.append(b)
    if len(ready) != len(row):
        raise ValueError("a graph with a cycle has no rows")
    return row


def _neighbours(chains):
    up, down = defaultdict(list), defaultdict(list)
    for chain in chains:
        for a, b in zip(chain, chain[1:]):
            down[a].append(b)
            up[b].append(a)
    return up, down


def _ordered(rows, up, down):
    """(the rows, each in an order with few crossings; how many are left)."""
    best, fewest = rows, _crossings(rows, down)
    rows = [list(row) for row in rows]
    for sweep in range(SWEEPS):
        if not fewest:
            break
        downwards = sweep % 2 == 0
        near = up if downwards else down
        for k in range(1, len(rows)) if downwards else range(len(rows) - 2, -1, -1):
            place = {n: i for i, n in enumerate(rows[k - 1 if downwards else k + 1])}
            own = {n: i for i, n in enumerate(rows[k])}
            rows[k].sort(key=lambda n: _mean([place[m] for m in near[n]], own[n]))
        crossings = _crossings(rows, down)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    return best, fewest


def _mean(places, otherwise):
    return sum(places) / len(places) if places else otherwise


def _crossings(rows, down):
    """How many pairs of edges cross: inversions between neighbouring rows."""
    count = 0
    for upper, lower in zip(rows, rows[1:]):
        place = {n: k for k, n in enumerate(lower)}
        seen = []                           # ends of the edges to the left, sorted
        for node in upper:
            ends = sorted(place[n] for n in down[node])
            count += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return count


def _mean_place(pulls, centre, node):
    total = weights = 0
    for neighbour, weight in pulls:
        total += weight * centre[neighbour]
        weights += weight
    return total / weights if weights else centre[node]


def _nearest(wanted, apart):
    """Places nearest to the wanted ones in the squared sense, in order and so far apart.

    Without the distances this is isotonic regression: neighbours that want to pass each other meet
    at their mean (pool adjacent violators).
    """
    offset = [0]
    for distance in apart:
        offset.append(offset[-1] + distance)
    pools = []
    for want, off in zip(wanted, offset):
        pools.append((want - off, 1))
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            (total, n), (more, m) = pools[-2:]
            pools[-2:] = [(total + more, n + m)]
    places = [total / n for total, n in pools for _ in range(n)]
    return [place + off for place, off in zip(places, offset)]


def _gap(a, b):
    return LANE / 2 if _is_lane(a) and _is_lane(b) else GAP_X / 2 if _is_lane(a) or _is_lane(b) \
        else GAP_X


def _is_lane(node):
    return isinstance(node, tuple) and node[:1] == ("lane",)
