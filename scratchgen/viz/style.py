"""What all figures share: where they are drawn, their colours, their type."""

INK, MUTED, HAIRLINE, PAPER = "#22262e", "#5c6370", "#d9dce1", "#ffffff"
NOT_A_NUMBER = "#e76300"        # a NaN is shown, never hidden
DENSITY, SIGNED = "cividis", "RdBu_r"

# Ten colours that stay apart (CIELAB distance of at least 17) for normal and for each kind of
# colour-deficient sight: M. A. Petroff (2021), "Accessible Color Sequences for Data
# Visualization", arXiv:2107.02270.
CLASS_COLOURS = ("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
                 "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd")

TITLE_SIZE, LABEL_SIZE, TICK_SIZE = 11, 9.5, 8.5


def panels(rows=1, columns=1, *, size=(5.0, 3.6)):
    """A figure of rows x columns axes, each `size` inches: (figure, axes in reading order).

    The figure belongs to nobody: it is made without pyplot, so no window opens, no backend is
    chosen and nothing has to be closed.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    figure = Figure(figsize=(columns * size[0], rows * size[1]), dpi=144, layout="constrained",
                    facecolor=PAPER)
    FigureCanvasAgg(figure)
    return figure, list(figure.subplots(rows, columns, squeeze=False).flat)


def dressed(ax, size, title="", xlabel="", ylabel="", *, frame=True, grid=None):
    """The given axes, or new ones of `size` inches if there are none, in the package's style.

    frame: lines along the axes; grid: hairlines behind the drawing along "x", "y" or "both".
    """
    if ax is None:
        _, (ax,) = panels(size=size)
    ax.set_title(title, loc="left", fontsize=TITLE_SIZE, color=INK, pad=8)
    ax.set_xlabel(xlabel, fontsize=LABEL_SIZE, color=MUTED)
    ax.set_ylabel(ylabel, fontsize=LABEL_SIZE, color=MUTED)
    ax.tick_params(labelsize=TICK_SIZE, colors=MUTED, length=3 if frame else 0, width=0.8)
    for side, spine in ax.spines.items():
        spine.set_visible(frame and side in ("left", "bottom"))
        spine.set_color(HAIRLINE)
    if grid:
        ax.grid(axis=grid, color=HAIRLINE, linewidth=0.6, alpha=0.7)
        ax.set_axisbelow(True)
    return ax


def legend(ax, **options):
    """The legend of what is labelled, without a box."""
    return ax.legend(fontsize=TICK_SIZE, labelcolor=INK, frameon=False, **options)


def colour_bar(ax, mappable, label):
    """A scale beside `ax` and part of it, so that nothing else in the figure moves."""
    inset = ax.inset_axes([1.03, 0, 0.035, 1])
    bar = ax.figure.colorbar(mappable, cax=inset)
    bar.set_label(label, fontsize=LABEL_SIZE, color=MUTED)
    bar.ax.tick_params(labelsize=TICK_SIZE, colors=MUTED, length=3, width=0.8)
    bar.outline.set_visible(False)
    return bar
