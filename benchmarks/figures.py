"""Results as figures: time against size, ratios, the roofline."""
from scratchgen.viz.style import CLASS_COLOURS, INK, MUTED, dressed, legend, panels

from . import summary
from .kernels import counts
from .results import ordered, select
from .table import label

COLOURS = dict(zip(("scratchgen", "torch", "torch-tuned", "jax", "autograd", "dezero", "numpy"),
                   (CLASS_COLOURS[2], CLASS_COLOURS[0], CLASS_COLOURS[4], CLASS_COLOURS[1],
                    CLASS_COLOURS[3], CLASS_COLOURS[5], CLASS_COLOURS[8])))
MARKERS = {"scratchgen": "o", "torch": "s", "torch-tuned": "D", "jax": "^", "autograd": "v",
           "dezero": "P", "numpy": "x"}


def draw(document):
    """{file name: figure} of all that this document has something to show for."""
    found = {}
    if document["command"] == "memory":
        return found
    threads = document["method"]["threads"]
    if any(len({row["size"] for row in select(document, case=case, threads=threads[0])}) > 1
           for case in ordered(row["case"] for row in document["rows"])):
        found["curves.png"] = curves(document, threads[0])
    for count in threads:
        if document["command"] in ("steps", "layers") and _compared(document, count):
            found[f"ratios-{count}.png"] = ratios(document, count)
    if not document["method"]["quick"] and summary.ceilings(document, "cpu"):
        found["roofline.png"] = roofline(document)
    return found


def curves(document, threads):
    """Time against size, one panel a case; with a GPU, the size from which it wins."""
    cases = ordered(row["case"] for row in document["rows"])
    columns = min(3, len(cases))
    figure, axes = panels(-(-len(cases) // columns), columns, size=(3.7, 2.9))
    for ax in axes[len(cases):]:
        ax.set_visible(False)
    for ax, case in zip(axes, cases):
        _curve(document, case, threads, ax)
    handles = {}
    for ax in axes[:len(cases)]:
        handles |= dict(zip(*ax.get_legend_handles_labels()[::-1]))
    figure.legend(handles.values(), handles, loc="outside lower center", ncols=min(7, len(handles)),
                  frameon=False, fontsize=9, labelcolor=INK)
    figure.suptitle(f"{document['machine']['processor']}, {threads} thread{'s' * (threads > 1)}: "
                    "median and quartiles", fontsize=10, color=MUTED)
    return figure


def _curve(document, case, threads, ax):
    from matplotlib.ticker import LogLocator
    rows = select(document, case=case, threads=threads)
    unit = rows[0]["unit"] if rows else ""
    ax = dressed(ax, None, case, unit, "time", grid="both")
    ax.set_xscale("log")
    ax.set_yscale("log")
    for seat in ordered((row["contender"], row["device"]) for row in rows):
        own = sorted(select(document, case=case, threads=threads, contender=seat[0],
                            device=seat[1]), key=lambda row: row["size"])
        sizes = [row["size"] for row in own]
        style = {"color": COLOURS[seat[0]], "linestyle": "--" if seat[1] == "gpu" else "-"}
        ax.plot(sizes, [row["median"] for row in own], label=label(seat), linewidth=1.5,
                marker=MARKERS[seat[0]], markersize=4, **style)
        ax.fill_between(sizes, [row["lower"] for row in own], [row["upper"] for row in own],
                        color=style["color"], alpha=0.2, linewidth=0)
    ax.set_xticks(ordered(sorted(row["size"] for row in rows)), minor=False)
    ax.xaxis.set_major_formatter(_sizes)
    ax.minorticks_off()
    low, high = ax.get_ylim()
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,)))
    ax.yaxis.set_major_formatter(_times)
    found = summary.crossing(document, case, "scratchgen")
    if found and found[0] is not None:
        ax.axvline(found[0], color=INK, linewidth=0.9, linestyle=":")
        ax.annotate(f"GPU from {found[0]:,}", (found[0], 0.97), xytext=(4, 0), va="top",
                    xycoords=("data", "axes fraction"), textcoords="offset points", fontsize=8,
                    color=INK)


def _sizes(value, position):
    """16384 -> "16k": powers of two as they are said."""
    for unit, name in ((2**20, "M"), (2**10, "k")):
        if value >= unit and value % unit == 0:
            return f"{value / unit:g}{name}"
    return f"{value:g}"


def _times(value, position):
    for unit, name in ((1, "s"), (1e-3, "ms"), (1e-6, "\N{MICRO SIGN}s"), (1e-9, "ns")):
        if value >= 0.999 * unit:
            return f"{value / unit:g} {name}"
    return f"{value:g}"


def _compared(document, threads):
    """The rows that have a ratio to another contender's."""
    base = tuple(document["method"]["baseline"])
    return [row for row in select(document, threads=threads, headline=True)
            if "ratio" in row and (row["contender"], row["device"]) != base]


def ratios(document, threads):
    """Time relative to the baseline, a point a contender and case with its quartiles."""
    base, rows = tuple(document["method"]["baseline"]), _compared(document, threads)
    cases = ordered(row["case"] for row in rows)
    seats = ordered((row["contender"], row["device"]) for row in rows)
    ax = dressed(None, (6.4, 1.2 + 0.5 * len(cases)),
                 f"Time relative to {label(base)}, {threads} thread{'s' * (threads > 1)}",
                 "ratio, median and quartiles of the rounds; less is faster", grid="x")
    ax.set_xscale("log")
    ax.axvline(1, color=INK, linewidth=0.9)
    for seat in seats:
        own = [row for row in rows if (row["contender"], row["device"]) == seat]
        middle = [row["ratio"]["median"] for row in own]
        ax.errorbar(middle, [cases.index(row["case"]) for row in own], linestyle="none",
                    xerr=[[row["ratio"]["median"] - row["ratio"]["lower"] for row in own],
                          [row["ratio"]["upper"] - row["ratio"]["median"] for row in own]],
                    marker=MARKERS[seat[0]], markersize=6, color=COLOURS[seat[0]],
                    label=label(seat), elinewidth=1)
    sizes = {row["case"]: row["size"] for row in rows}
    ax.set_yticks(range(len(cases)), [f"{case}\n{sizes[case]:,}" for case in cases])
    ax.set_ylim(len(cases) - 0.5, -0.5)
    ax.xaxis.set_major_formatter(lambda value, position: f"{value:g}")
    legend(ax, loc="center left", bbox_to_anchor=(1.01, 0.5))
    return ax.figure


def roofline(document):
    """Operations a second against operations a byte, under the ceilings that were measured.

    A kernel on the slope waits for memory, one under the flat part for arithmetic (Williams,
    Waterman and Patterson 2009).  What is counted is what cannot be avoided, so a point far below
    the roof moves bytes, or spends time, that it would not have to; one above the slope works on
    so little that it stays in a cache.
    """
    devices = [d for d in ordered(row["device"] for row in document["rows"])
               if summary.ceilings(document, d)]
    figure, axes = panels(1, len(devices), size=(6.6, 4.0))
    threads = summary.swept(document)
    for ax, device in zip(axes, devices):
        bandwidth, peak = summary.ceilings(document, device)
        dressed(ax, None, f"Roofline, {device.upper()}" + (f", {threads} thread"
                + "s" * (threads > 1) if device == "cpu" else ""),
                "operations a byte (at least)", "GFLOP/s", grid="both")
        ax.set_xscale("log")
        ax.set_yscale("log")
        x = [0.05, peak / bandwidth, 1000]
        ax.plot(x, [min(peak, bandwidth * value) / 1e9 for value in x], color=INK, linewidth=1.4)
        ax.annotate(f"copy {bandwidth / 1e9:.1f} GB/s", (0.4, bandwidth * 0.4 / 1e9),
                    xytext=(10, -8), textcoords="offset points", fontsize=8, color=INK)
        ax.annotate(f"matrix product {peak / 1e9:.0f} GFLOP/s", (1000, peak / 1e9),
                    xytext=(0, 5), textcoords="offset points", ha="right", fontsize=8, color=INK)
        _points(document, device, threads, ax)
        legend(ax, loc="upper left", bbox_to_anchor=(1.01, 1))
    return figure


def _points(document, device, threads, ax):
    shapes = {"elementwise": "o", "matrix": "s", "conv": "^"}
    for case, shape in shapes.items():
        for contender in ordered(row["contender"] for row in select(
                document, suite="kernels", case=case, device=device, threads=threads)):
            rows = select(document, case=case, device=device, threads=threads,
                          contender=contender)
            counted = [counts(case, row["size"]) for row in rows]
            ax.plot([flops / moved for flops, moved in counted],
                    [flops / row["median"] / 1e9 for (flops, _), row in zip(counted, rows)],
                    marker=shape, markersize=5, linewidth=0.6, color=COLOURS[contender],
                    label=f"{contender}, {case}")
