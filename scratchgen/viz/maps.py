"""What a model does to the plane: points, the grid that it deforms, the ellipses of Gaussians."""
import numpy as np

from scratchgen.viz.style import CLASS_COLOURS, HAIRLINE, INK, dressed


def scatter(x, *, modes=None, limits=None, title="", ax=None):
    """Points of the plane (N, 2), each so faint that where many are it gets darker.

    modes   (K, 2): places to mark by circles
    limits  (low, high) of both axes; by default what the points need
    """
    x = np.asarray(x, dtype=float)
    if x.ndim != 2 or x.shape[1] != 2 or not len(x):
        raise ValueError(f"these are not points of the plane\n  expected  (N, 2)\n"
                         f"  got       {x.shape}")
    ax = dressed(ax, (4.4, 4.4), title, "$x_1$", "$x_2$")
    if modes is not None:
        ax.scatter(*np.asarray(modes, dtype=float).T, s=90, facecolors="none",
                   edgecolors=CLASS_COLOURS[2], linewidths=0.8)
    ax.scatter(*x.T, s=4, color=CLASS_COLOURS[0], linewidths=0,
               alpha=float(np.clip(800 / len(x), 0.15, 0.8)))
    return _square(ax, limits)


def deformed_grid(nodes, *, every=1, points=None, limits=None, title="", ax=None):
    """Where a map takes the lines of a square grid, and with them the space between.

    nodes   (R, C, 2): the images of the grid's nodes.  Lines that ran to the right are blue, lines
            that ran up are red; where they are close together the map gathers what it is given
    every   k draws each k-th line, through all its nodes: a few smooth curves of a fine grid
    points  (N, 2) behind the grid, data for instance
    """
    nodes = np.asarray(nodes, dtype=float)
    if nodes.ndim != 3 or nodes.shape[-1] != 2 or min(nodes.shape[:2]) < 2:
        raise ValueError(f"a grid has rows and columns of points of the plane\n"
                         f"  expected  (R, C, 2), R and C at least 2\n  got       {nodes.shape}")
    ax = dressed(ax, (4.8, 4.8), title, "$x_1$", "$x_2$")
    _behind(ax, points)
    for lines, colour in ((nodes, CLASS_COLOURS[0]), (nodes.swapaxes(0, 1), CLASS_COLOURS[2])):
        for line in lines[::every]:
            ax.plot(*line.T, color=colour, linewidth=0.8)
    return _square(ax, limits)


def ellipses(means, scale_trils, *, radius=2.0, points=None, limits=None, title="", ax=None):
    """Gaussians as the ellipses |L^-1 (x - mean)| = radius, 2 standard deviations by default.

    means (K, 2), scale_trils (K, 2, 2) with L L^T the covariance; `points` (N, 2) are drawn behind.
    """
    means, roots = np.asarray(means, dtype=float), np.asarray(scale_trils, dtype=float)
    if means.ndim != 2 or means.shape[1] != 2 or roots.shape != (len(means), 2, 2):
        raise ValueError(f"each Gaussian of the plane has a mean and a root of its covariance\n"
                         f"  expected  (K, 2) and (K, 2, 2)\n"
                         f"  got       {means.shape} and {roots.shape}")
    ax = dressed(ax, (4.8, 4.8), title, "$x_1$", "$x_2$")
    _behind(ax, points)
    angle = np.linspace(0, 2 * np.pi, 100)
    circle = radius * np.stack([np.cos(angle), np.sin(angle)])
    for k, (mean, root) in enumerate(zip(means, roots)):
        colour = CLASS_COLOURS[k % len(CLASS_COLOURS)]
        ax.plot(*(mean[:, None] + root @ circle), color=colour, linewidth=1.6)
        ax.plot(*mean, "+", color=INK, markersize=5)
    return _square(ax, limits)


def _behind(ax, points):
    if points is not None:
        ax.scatter(*np.asarray(points, dtype=float).T, s=4, color=HAIRLINE, linewidths=0)


def _square(ax, limits):
    """Both axes in one unit, and between the same limits if there are any."""
    if limits is not None:
        ax.set(xlim=limits, ylim=limits)
    ax.set_aspect("equal", adjustable="box" if limits is not None else "datalim")
    return ax
