"""The layout of a graph: nothing lies on anything else, edges go down, few of them cross."""
import itertools

import numpy as np
import pytest

from scratchgen.autodiff.explain import layout
from scratchgen.autodiff.explain.layout import Layout


def draw(n, rng, edges=2, far=8):
    """A graph of n boxes of different sizes, each below up to so many of those made before."""
    sizes = {k: (float(rng.integers(60, 220)), float(rng.integers(30, 70))) for k in range(n)}
    pairs = [(int(rng.integers(max(0, k - far), k)), k)
             for k in range(1, n) for _ in range(rng.integers(1, edges + 1))]
    return sizes, pairs


def box(plan, sizes, node):
    x, y = plan.x[node], plan.y[node]
    return x, y, x + sizes[node][0], y + sizes[node][1]


def on_the_curve(points):
    """Points along an edge as it is drawn: straight down, or an S between two rows."""
    for (x, y), (to_x, to_y) in zip(points, points[1:]):
        for t in np.linspace(0, 1, 12):
            s = 3 * t ** 2 - 2 * t ** 3
            down = y + (to_y - y) * (1.5 * t * (1 - t) + t ** 3)
            yield x + (to_x - x) * s, down


@pytest.mark.parametrize("seed", range(12))
def test_no_box_lies_on_another_and_no_edge_on_a_box(seed):
    rng = np.random.default_rng(seed)
    sizes, edges = draw(int(rng.integers(2, 60)), rng)
    plan = Layout(sizes, edges)
    boxes = {node: box(plan, sizes, node) for node in sizes}
    for (a, (x, y, right, low)), (b, (u, v, r, w)) in itertools.combinations(boxes.items(), 2):
        assert right <= u + 1e-9 or r <= x + 1e-9 or low <= v + 1e-9 or w <= y + 1e-9, (a, b)
    for (a, b), points in plan.routes.items():
        for x, y in on_the_curve(points):
            for node, (left, top, right, low) in boxes.items():
                inside = left + 1e-6 < x < right - 1e-6 and top + 1e-6 < y < low - 1e-6
                assert not inside, (a, b, node)


@pytest.mark.parametrize("seed", range(4))
def test_edges_go_down_from_box_to_box_inside_the_picture(seed):
    rng = np.random.default_rng(seed)
    sizes, edges = draw(40, rng)
    plan = Layout(sizes, edges)
    for (a, b), points in plan.routes.items():
        left, _, right, low = box(plan, sizes, a)
        assert left < points[0][0] < right and points[0][1] == pytest.approx(low)
        left, top, right, _ = box(plan, sizes, b)
        assert left < points[-1][0] < right and points[-1][1] == pytest.approx(top)
        heights = [y for _, y in points]
        assert heights == sorted(heights)
    corners = np.array([box(plan, sizes, node) for node in sizes])
    assert corners[:, :2].min() >= -1e-9
    assert corners[:, 2].max() <= plan.width + 1e-9
    assert corners[:, 3].max() <= plan.height + 1e-9


def test_a_ladder_whose_rungs_can_be_parallel_has_no_crossing():
    sizes = {node: (80, 40) for row in range(6) for node in ((row, 0), (row, 1))}
    shuffled = [(row, side ^ row % 2) for row in range(6) for side in (0, 1)]
    edges = [((row, side), (row + 1, side)) for row in range(5) for side in (1, 0)]
    assert Layout({node: sizes[node] for node in shuffled}, edges).crossings == 0


def test_crossings_are_counted_and_reduced():
    """Four edges in reverse order: 6 crossings as given, none once the second row is turned."""
    upper, lower = ["a0", "a1", "a2", "a3"], ["b0", "b1", "b2", "b3"]
    down = dict(zip(upper, ([b] for b in lower[::-1])))
    assert layout._crossings([upper, lower], down) == 6
    edges = [(a, b) for a, (b,) in down.items()]
    assert Layout(dict.fromkeys(upper + lower, (50, 20)), edges).crossings == 0


def test_the_two_sets_of_a_complete_graph_cross_as_often_as_they_must():
    edges = [(f"a{i}", f"b{j}") for i in range(3) for j in range(3)]
    assert Layout({n: (50, 20) for edge in edges for n in edge}, edges).crossings == 9


def test_places_are_the_nearest_in_order_and_so_far_apart(rng):
    wanted, apart = rng.normal(size=7) * 3, rng.uniform(0.5, 2, size=6)
    found = np.array(layout._nearest(wanted, apart))
    assert (np.diff(found) >= apart - 1e-12).all()
    cost = ((found - wanted) ** 2).sum()
    for _ in range(2000):
        other = found + rng.normal(size=7) * 0.1
        if (np.diff(other) >= apart).all():
            assert ((other - wanted) ** 2).sum() >= cost - 1e-12


def test_a_cycle_is_refused_and_an_empty_graph_is_not():
    with pytest.raises(ValueError, match="cycle"):
        Layout({1: (5, 5), 2: (5, 5)}, [(1, 2), (2, 1)])
    assert Layout({}, []).width == 0 and Layout({1: (5, 7)}, []).height == 7


def test_the_same_graph_is_drawn_the_same_way(rng):
    sizes, edges = draw(30, rng)
    assert Layout(sizes, edges).x == Layout(sizes, edges).x
