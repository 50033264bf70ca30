"""Numbers along one axis: learning curves, histograms, bars with error bars."""
import numpy as np

from scratchgen.viz.style import CLASS_COLOURS, INK, dressed, legend


# How each part of the data is drawn.
_PARTS = {"train": "-", "validation": (0, (3, 1.5)), "test": (0, (1, 1.2))}


def loss_curves(columns, *, x="epoch", names=None, title="Learning curves",
                ylabel="nats per example", ax=None):
    """Numbers against the column x: train_... solid, validation_... dashed, test_... dotted.

    columns  {"epoch": [...], "train_elbo": [...], "validation_elbo": [...], ...}, all of the same
             length; NaN leaves a gap.  One colour a quantity
    names    which quantities: "elbo" for train_elbo, test_elbo, ...; by default all of that form
    """
    if names is None:
        names = list(dict.fromkeys(key.partition("_")[2] for key in columns
                                   if key.partition("_")[0] in _PARTS and "_" in key))
    lines = [(name, part, f"{part}_{name}") for name in names for part in _PARTS
             if f"{part}_{name}" in columns]
    if x not in columns or not lines:
        raise ValueError(f"there is nothing to draw\n"
                         f"  expected  the column {x!r}, and columns that begin with "
                         f"{', '.join(part + '_' for part in _PARTS)}\n"
                         f"  got       {', '.join(columns) or 'no columns'}")
    ax = dressed(ax, (5.6, 3.4), title, x, ylabel, grid="both")
    steps = np.asarray(columns[x], dtype=float)
    marker = "o" if len(steps) == 1 else None           # a line through one point is not seen
    for name, part, key in lines:
        ax.plot(steps, np.asarray(columns[key], dtype=float), marker=marker, linewidth=1.8,
                color=CLASS_COLOURS[list(names).index(name) % len(CLASS_COLOURS)],
                linestyle=_PARTS[part],
                label=f"{name.replace('_', ' ')}, {part}")
    ax.xaxis.get_major_locator().set_params(integer=True)
    legend(ax, loc="center left", bbox_to_anchor=(1.01, 0.5))
    return ax


def course(columns, names, *, x="epoch", level=None, logarithmic=False, title="", ylabel="",
           ax=None):
    """Quantities against the column x, a line each: {column: what it is called}.

    level        (y, name) of a horizontal line to hold them against
    logarithmic  the scale of positive quantities that differ by factors
    """
    missing = [key for key in (x, *names) if key not in columns]
    if missing or not names:
        raise ValueError("there is nothing to draw\n"
                         f"  expected  columns among {', '.join(columns) or 'none'}\n"
                         f"  got       {', '.join(missing) or 'no names'}")
    ax = dressed(ax, (5.6, 3.0), title, x, ylabel, grid="both")
    steps = np.asarray(columns[x], dtype=float)
    if level is not None:
        ax.axhline(level[0], color=INK, linewidth=1.0, linestyle=(0, (1, 1.5)), label=level[1])
    for colour, (key, name) in zip(CLASS_COLOURS, names.items()):
        ax.plot(steps, np.asarray(columns[key], dtype=float), color=colour, linewidth=1.4,
                marker="o" if len(steps) == 1 else None, label=name)
    ax.xaxis.get_major_locator().set_params(integer=True)
    if logarithmic:
        from matplotlib import ticker
        ax.set_yscale("log")
        ax.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 3)))
        ax.yaxis.set_major_formatter(ticker.StrMethodFormatter("{x:g}"))
        ax.yaxis.set_minor_locator(ticker.NullLocator())
    legend(ax, loc="center left", bbox_to_anchor=(1.01, 0.5))
    return ax


def histogram(values, *, bins=40, curve=None, title="", xlabel="value", ylabel="density",
              ax=None):
    """How often each value occurs, as a density: the area under every histogram is one.

    values  an array of any shape, or {name: array} for several in the same bins
    curve   (x, y, name) of a density to hold it against
    """
    groups = values if isinstance(values, dict) else {"": values}
    groups = {name: np.asarray(group, dtype=float).ravel() for name, group in groups.items()}
    edges = np.histogram_bin_edges(np.concatenate(list(groups.values())), bins)
    ax = dressed(ax, (5.0, 3.2), title, xlabel, ylabel)
    for colour, (name, group) in zip(CLASS_COLOURS, groups.items()):
        heights = np.histogram(group, edges, density=True)[0]
        ax.stairs(heights, edges, fill=True, color=colour, alpha=0.35, linewidth=0)
        ax.stairs(heights, edges, color=colour, linewidth=1.4, label=name or None)
    if curve is not None:
        x, y, name = curve
        ax.plot(x, y, color=INK, linewidth=1.4, label=name)
    ax.set_ylim(bottom=0)
    if curve is not None or len(groups) > 1:
        legend(ax)
    return ax


def bars(values, errors=None, *, title="", xlabel="value", ax=None):
    """{name: value} as horizontal bars from zero, with {name: standard error} one to each side."""
    names = list(values)
    heights = np.array([float(values[name]) for name in names])
    widths = None if errors is None else [float(errors[name]) for name in names]
    if widths is not None:
        xlabel += ", \N{PLUS-MINUS SIGN} one standard error"
    ax = dressed(ax, (5.0, 0.7 + 0.38 * len(names)), title, xlabel, grid="x")
    ax.barh(names, heights, xerr=widths, height=0.6, color=CLASS_COLOURS[0],
            error_kw={"ecolor": INK, "elinewidth": 1.2, "capsize": 3})
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    return ax
