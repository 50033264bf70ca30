"""Results as text: one table for each number of threads."""
from . import summary
from .plan import fewer
from .results import ordered

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"))


def seconds(value):
    """0.00123 -> "1.23 ms": three digits and a unit."""
    for unit, name in _UNITS:
        if value >= unit or name == "ns":
            return f"{_three(value / unit)} {name}"


def _three(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def fraction(value):
    """0.4567 -> "0.46", 0.00123 -> "0.001"."""
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def label(seat):
    contender, device = seat
    return contender if device == "cpu" else f"{contender} {device}"


def lines(document):
    """The whole report, line by line."""
    if document["command"] == "memory":
        yield from _memory(document)
    else:
        for threads in ordered(row["threads"] for row in document["rows"]):
            yield from _timed(document, threads)
            yield ""
    if document["command"] == "cpu-gpu":
        yield from summary.crossovers(document)
        yield from summary.roof(document)
    yield from notes(document)


def _timed(document, threads):
    rows = [row for row in document["rows"] if row["threads"] == threads]
    seats = ordered((row["contender"], row["device"]) for row in rows)
    cells = {(row["case"], row["size"], row["contender"], row["device"]): _cell(row)
             for row in rows}
    table = [[f"{threads} thread{'s' * (threads > 1)}", "size", *map(label, seats)]]
    compared = document["command"] != "cpu-gpu"
    for case, size in ordered((row["case"], row["size"]) for row in rows):
        star = "*" if compared and any(row["headline"] for row in rows if (
            row["case"], row["size"]) == (case, size)) else " "
        table.append([case, f"{size:,}{star}",
                      *(cells.get((case, size, *seat), "") for seat in seats)])
    for name, without in (("geometric mean", ()), ("the same without chain", ("chain",))):
        means = summary.geometric_means(document, threads, without)
        if means and (not without or any(row["case"] in without for row in rows)):
            table.append([name, "*", *(fraction(means[seat]) if seat in means else "-"
                                       for seat in seats)])
    yield from _aligned(table)


def _cell(row):
    """The median, and the ratio to the baseline; a dash for what a contender lacks."""
    if row["status"] != "measured":
        return {"lacks": "-", "failed": "failed", "differs": "differs"}[row["status"]]
    ratio = f" {fraction(row['ratio']['median']):>5}" if "ratio" in row else ""
    return f"{'~' * row['noisy']}{seconds(row['median'])}{ratio}"


def _memory(document):
    table = [["peak memory above the loaded library", "batch", "contender", "MiB", "library, MiB"]]
    for row in document["rows"]:
        if row["status"] == "measured":
            values = [f"{(row['peak'] - row['baseline']) / 2**20:.1f}",
                      f"{row['baseline'] / 2**20:.0f}"]
        else:
            values = ["-", "-"]
        table.append([row["case"], str(row["size"]), row["contender"], *values])
    yield from _aligned(table)
    yield ""


def _aligned(table):
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    for row in table:
        yield "  ".join(cell.ljust(width) if column == 0 else cell.rjust(width)
                        for column, (cell, width) in enumerate(zip(row, widths))).rstrip()


def notes(document):
    """What a reader must know to believe the table."""
    machine, method = document["machine"], document["method"]
    yield (f"{document['date']}, {document['minutes']:.1f} minutes"
           + ("" if document["complete"] else ", interrupted: this is a part"))
    yield f"{machine['processor']}, {machine['cores']} cores, {machine['platform']}"
    if method["quick"]:
        yield "a quick run: it shows that everything works, its numbers mean nothing"
    if machine["load_average"]:
        yield f"load average at the start {' '.join(map(str, machine['load_average']))}"
    if machine["unset"]:
        yield f"unset for all contenders: {', '.join(machine['unset'])}"
    for name, about in document["contenders"].items():
        if "missing" in about:
            yield f"{name}: not measured, {about['missing']}"
        else:
            yield f"{name} {about['version']}: {about['about']}; {about['blas']}"
    if document["command"] != "memory":
        base = label(method["baseline"])
        where = "" if document["command"] == "cpu-gpu" else \
            f" at the sizes marked *, {fewer(method['rounds'])} at the others"
        yield (f"median of {method['rounds']} rounds{where}; behind it the median of the "
               f"round-by-round ratios to {base} (less is faster)")
    for reading in document["control"]:
        spread = (reading["upper"] - reading["lower"]) / reading["median"]
        yield (f"control at {reading['threads']} thread{'s' * (reading['threads'] > 1)}: quartiles "
               f"{spread:.0%} apart, {reading['disturbed']} of {reading['readings']} readings "
               f"disturbed, {_discarded(document, reading['threads'])} rounds discarded")
    if any(row.get("noisy") for row in document["rows"]):
        yield "~ the machine was busy in almost every round: none was discarded, do not trust these"
    for row in document["rows"]:
        if row["status"] in ("failed", "differs"):
            yield f"{row['contender']}, {row['case']} {row['size']}: {row['reason']}"
    yield from method["notes"]


def _discarded(document, threads):
    found = {(row["case"], row["size"]): row["discarded"] for row in document["rows"]
             if row["threads"] == threads and "discarded" in row}
    return sum(found.values())
