"""The plane: codes of a latent space, densities, matrices, vector fields and paths."""
import math

import numpy as np

from scratchgen.viz.style import (CLASS_COLOURS, DENSITY, INK, PAPER, SIGNED, colour_bar, dressed,
                                  legend)


def latent_map(codes, labels=None, *, classes=None, title=None, ax=None):
    """Each code a point, coloured by its class, whose name stands at the median of its codes.

    codes    (N, L): two dimensions are drawn as they are; more along their two first principal
             axes (the title says so, and their share of the variance); one against the class
    labels   (N,) integers 0 to K - 1, or None
    classes  the K names; by default the integers themselves

    Codes that are not finite cannot be drawn: the title counts them.  Raises ValueError if that
    leaves none, or if there is not one label for each code.
    """
    codes = np.asarray(codes, dtype=float)
    labels = np.zeros(len(codes), int) if labels is None else np.asarray(labels)
    if codes.ndim != 2 or codes.size == 0 or labels.shape != codes.shape[:1]:
        raise ValueError(f"a map needs codes, and for each a label if there are labels\n"
                         f"  expected  (N, L) and (N,)\n"
                         f"  got       {codes.shape} and {labels.shape}")
    names = classes or [str(k) for k in range(labels.max() + 1)]
    finite = np.isfinite(codes).all(axis=1)
    if not finite.any():
        raise ValueError(f"none of the {len(codes):,} codes is finite: there is nothing to draw")
    codes, labels = codes[finite], labels[finite]
    points, about, xlabel, ylabel = _in_the_plane(codes, labels)
    if not finite.all():
        about += f" ({(~finite).sum():,} codes are not finite)"
    ax = dressed(ax, (5.6, 4.8), about if title is None else title, xlabel, ylabel)
    size = np.clip(6000 / len(points), 8, 20)
    for k, name in enumerate(names):
        ax.scatter(*points[labels == k].T, s=size, color=CLASS_COLOURS[k % len(CLASS_COLOURS)],
                   alpha=0.75, linewidths=0, label=name)
    if codes.shape[1] == 1:
        ax.set_yticks(range(len(names)), names)
        return ax
    ax.set_aspect("equal", adjustable="datalim")
    if len(names) > 1:
        for k in np.unique(labels):
            _write(ax, np.median(points[labels == k], axis=0), names[k])
        legend(ax, loc="center left", bbox_to_anchor=(1.01, 0.5), handletextpad=0.2,
               markerscale=float(np.sqrt(40 / size)))
    return ax


def _in_the_plane(codes, labels):
    """(points (N, 2), title, label of x, label of y)."""
    latent = codes.shape[1]
    if latent == 1:
        return np.column_stack([codes, labels]), "Codes of one dimension", "$z$", "class"
    if latent == 2:
        return codes, "The latent plane", "$z_1$", "$z_2$"
    centred = codes - codes.mean(axis=0)
    _, singular, axes = np.linalg.svd(centred, full_matrices=False)
    # The sign of a principal axis is arbitrary: its largest part shall be positive.
    largest = np.abs(axes[:2]).argmax(axis=1)
    axes = axes[:2] * np.sign(axes[[0, 1], largest])[:, None]
    share = (singular[:2] ** 2).sum() / max((singular ** 2).sum(), np.finfo(float).tiny)
    return (centred @ axes.T, f"Two first principal axes of {latent} dimensions, "
            f"{100 * share:.0f} % of the variance", "first axis", "second axis")


def _write(ax, place, text):
    """Text that can be read on top of points: dark, with a white rim."""
    from matplotlib import patheffects
    ax.text(*place, text, color=INK, fontsize=12, fontweight="bold", ha="center", va="center",
            path_effects=[patheffects.withStroke(linewidth=3, foreground=PAPER)])


def plane_grid(limits, n=200):
    """n * n points that fill the square (low, high)^2, (n * n, 2): ready for a log_prob."""
    ticks = np.linspace(limits[0], limits[1], n)
    return np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)


def density(values, limits, *, samples=None, highest=None, title="",
            label="probability density", ax=None):
    """p(x) over the plane: values (n * n,) at plane_grid(limits, n), and samples (N, 2) on top.

    highest  the value of the brightest colour, by default the largest: for densities side by side
    """
    values = np.asarray(values, dtype=float)
    n = math.isqrt(values.size)
    if n < 2 or n * n != values.size:
        raise ValueError(f"a density is drawn over a square of points\n"
                         f"  expected  n * n values, at the points of plane_grid(limits, n)\n"
                         f"  got       {values.size}")
    ax = dressed(ax, (4.8, 4.0), title, "$x_1$", "$x_2$", frame=False)
    step = (limits[1] - limits[0]) / (n - 1) / 2
    edges = (limits[0] - step, limits[1] + step)
    picture = ax.imshow(values.reshape(n, n), origin="lower", extent=edges + edges, cmap=DENSITY,
                        interpolation="bilinear", vmin=0, vmax=highest)
    if samples is not None:
        ax.scatter(*np.asarray(samples).T, s=3, color=PAPER, alpha=0.6, linewidths=0)
        ax.set(xlim=edges, ylim=edges)
    colour_bar(ax, picture, label)
    return ax


def heat_map(matrix, *, rows=None, columns=None, title="", xlabel="", ylabel="", label="",
             ax=None):
    """A matrix as colours: cividis from zero up, or red and blue about zero if any is negative.

    rows, columns  names, by default numbers; label  what the colours measure, with its unit
    """
    matrix = np.asarray(matrix, dtype=float)
    if matrix.ndim != 2 or matrix.size == 0:
        raise ValueError(f"a heat map shows a matrix\n"
                         f"  expected  (rows, columns)\n"
                         f"  got       {matrix.shape}")
    ax = dressed(ax, (4.8, 4.0), title, xlabel, ylabel, frame=False)
    most, signed = np.nanmax(np.abs(matrix)), np.nanmin(matrix) < 0
    picture = ax.imshow(matrix, cmap=SIGNED if signed else DENSITY, aspect="auto",
                        interpolation="nearest", vmin=-most if signed else 0, vmax=most)
    for axis, names in ((ax.yaxis, rows), (ax.xaxis, columns)):
        if names is None:
            axis.get_major_locator().set_params(integer=True)
        else:
            axis.set_ticks(range(len(names)), names)
    colour_bar(ax, picture, label)
    return ax


def vectors(points, arrows, *, title="", xlabel="$x_1$", ylabel="$x_2$", ax=None):
    """An arrow at each point (N, 2): directions true, lengths scaled alike to be legible."""
    points, arrows = np.asarray(points, dtype=float), np.asarray(arrows, dtype=float)
    ax = dressed(ax, (4.4, 4.4), title, xlabel, ylabel)
    ax.quiver(*points.T, *arrows.T, angles="xy", color=CLASS_COLOURS[0], width=0.004, headwidth=4.5)
    ax.margins(0.1)
    ax.set_aspect("equal", adjustable="datalim")
    return ax


def trajectory(paths, *, names=None, title="", xlabel="$x_1$", ylabel="$x_2$", ax=None):
    """Paths in the plane, (T, 2) or several (K, T, 2): from the open circle to the full one."""
    paths = np.asarray(paths, dtype=float)
    paths = paths[None] if paths.ndim == 2 else paths
    if paths.ndim != 3 or paths.shape[-1] != 2:
        raise ValueError(f"a path is a sequence of points in the plane\n"
                         f"  expected  (T, 2), or (K, T, 2) for K paths\n"
                         f"  got       {paths.shape}")
    ax = dressed(ax, (4.4, 4.4), title, xlabel, ylabel)
    for k, path in enumerate(paths):
        colour = CLASS_COLOURS[k % len(CLASS_COLOURS)]
        ax.plot(*path.T, color=colour, linewidth=1.5, label=names[k] if names else None)
        ax.plot(*path[0], "o", markersize=6, markerfacecolor=PAPER, markeredgecolor=colour)
        ax.plot(*path[-1], "o", markersize=6, color=colour)
    ax.set_aspect("equal", adjustable="datalim")
    if names:
        legend(ax)
    return ax
