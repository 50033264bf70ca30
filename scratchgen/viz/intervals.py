"""Estimates with their standard errors, one row each."""
import numpy as np

from scratchgen.viz.style import CLASS_COLOURS, INK, MUTED, PAPER, dressed, legend


def intervals(values, errors, *, hollow=None, reference=None, title="", xlabel="value", ax=None):
    """{name: value} as dots, the first on top, with a bar of one standard error to each side.

    errors      one for each value, in the same order
    hollow      True for each value that is drawn as a ring: it is shown, but not to be trusted
    reference   (value, name) of a vertical line to hold them against

    A line joins the dots, so that steps are seen.
    """
    names, at = list(values), np.array([float(values[name]) for name in values])
    errors = np.asarray(errors, dtype=float)
    hollow = np.zeros(len(at), dtype=bool) if hollow is None else np.asarray(hollow, dtype=bool)
    rows = np.arange(len(at))
    ax = dressed(ax, (7.2, 0.9 + 0.5 * len(at)), title,
                 xlabel + ", \N{PLUS-MINUS SIGN} one standard error", grid="x")
    if reference is not None:
        value, name = reference
        ax.axvline(value, color=CLASS_COLOURS[1], linewidth=1.6, label=name, zorder=1)
    ax.plot(at, rows, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
    for ring in (False, True):
        chosen = hollow == ring
        if chosen.any():
            label = "not to be trusted" if ring else None
            ax.errorbar(at[chosen], rows[chosen], xerr=errors[chosen], fmt="o", markersize=6,
                        color=CLASS_COLOURS[0], markerfacecolor=PAPER if ring else CLASS_COLOURS[0],
                        markeredgewidth=1.4, ecolor=INK, elinewidth=1.2, capsize=3, label=label,
                        zorder=3)
    ax.set_yticks(rows, names)
    ax.set_ylim(len(at) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    if reference is not None or hollow.any():
        legend(ax, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)
    return ax
