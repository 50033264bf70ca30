"""Velocity fields of the plane, and the paths that steps along them take."""
import numpy as np

from scratchgen.viz.plane import trajectory
from scratchgen.viz.style import DENSITY, INK, colour_bar, dressed, legend


def phase_portrait(points, velocities, *, paths=None, names=None, speed=True, title="",
                   xlabel="$x$", ylabel="$y$", ax=None):
    """Where a point of the plane would go: arrows of one length, their colour says how fast.

    points, velocities  (N, 2) each, such as plane_grid(limits, n) and the field there.  Where the
                        velocity is 0 there is a dot
    paths               (T, 2) or (K, T, 2) on top, as in `trajectory`, with `names`
    speed               False leaves the scale of colours away
    """
    points, arrows = np.asarray(points, dtype=float), np.asarray(velocities, dtype=float)
    if points.ndim != 2 or points.shape[1] != 2 or points.shape != arrows.shape:
        raise ValueError(f"a field has a velocity at each point\n  expected  (N, 2) and (N, 2)\n"
                         f"  got       {points.shape} and {arrows.shape}")
    ax = dressed(ax, (4.8, 4.4), title, xlabel, ylabel)
    length = np.linalg.norm(arrows, axis=1)
    moving = length > 0
    unit = arrows[moving] / length[moving, None]
    apart = np.sqrt(np.prod(np.ptp(points, axis=0)) / len(points)) or 1.0
    picture = ax.quiver(*points[moving].T, *(0.8 * apart * unit).T, length[moving], cmap=DENSITY,
                        angles="xy", scale_units="xy", scale=1, pivot="mid", width=0.004,
                        headwidth=4.5, alpha=0.75)
    ax.plot(*points[~moving].T, ".", color=INK, markersize=4)
    if paths is not None:
        trajectory(paths, names=names, title=title, xlabel=xlabel, ylabel=ylabel, ax=ax)
    if names:                                                   # below: on arrows nobody can read
        legend(ax, loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2)
    low, high = points.min(axis=0) - apart / 2, points.max(axis=0) + apart / 2
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    ax.set_aspect("equal", adjustable="box")
    if speed:
        colour_bar(ax, picture, "speed")
    return ax
